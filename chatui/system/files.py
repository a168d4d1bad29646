"""Files and folders that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE_FOLDER = 0o700

PRIVATE_FILE = 0o600


def make_private_folder(path: Path) -> Path:
    """Creates the folder and its missing parents, readable by the user alone."""
    missing = [path, *path.parents]
    for folder in reversed([p for p in missing if not p.exists()]):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def touch_private_file(path: Path) -> Path:
    """Creates an empty file with mode 0600 before anyone else opens it with a wider one."""
    make_private_folder(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, PRIVATE_FILE))
    return path
