"""Small JSON files of other programs."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from chatui.text.foreign_json import read_json

MOST_BYTES = 1 << 20


def read_small_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when it is not there, is no such file, or too large to be
    what it should."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return {}
        found = read_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
