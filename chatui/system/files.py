"""Files and folders that only their owner may read, and what a user asks to have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chatui.domain.errors import UsageError

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


def write_export(path: Path, text: str, *, replace: bool = False, instead: str) -> None:
    """Writes a file that the user named, mode 0600, whole or not at all. Nothing is written over a
    file that is there unless `replace`, and never through a link or into a device. Raises
    UsageError; `instead` says what to do when the name is taken."""
    try:
        there = path.lstat()
    except OSError:
        there = None
    if there is not None and not stat.S_ISREG(there.st_mode):
        kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
        what = kinds.get(stat.S_IFMT(there.st_mode), "no plain file")
        raise UsageError(f"{path} is {what}, which is never written to: give another name.")
    if there is not None and not replace:
        raise UsageError(f"{path} is there already: {instead}.")
    # Beside its place and then moved there, so that a full disk leaves what was there before.
    written = path.with_name(f".{path.name[:200]}.{os.getpid()}.part") if replace else path
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(written, flags, PRIVATE_FILE), "w", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                written.unlink()
                raise
        if replace:
            written.replace(path)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already: {instead}.") from error
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}.") from error
