"""Small JSON files of other programs."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 20


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when it is not there, is no such file, or too large to be
    what it should."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
