"""Files and folders that only their owner may read, and what a user asks to have written."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chatui.domain.errors import UsageError

PRIVATE_FOLDER = 0o700

PRIVATE_FILE = 0o600

MOST_MADE_UP = 1 << 24
"""Bytes of a file that says that it has none."""

KINDS = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe"}


def at_home(path: str | Path) -> Path:
    """The path with the user's own folder, or another user's, in the place of `~` or `~NAME`. Where
    there is no such user it stays as it is, a name that no file has; `Path.expanduser` raises
    RuntimeError then."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - see above


def make_private_folder(path: Path) -> Path:
    """Creates the folder and its missing parents, readable by the user alone."""
    missing = [path, *path.parents]
    for folder in reversed([p for p in missing if not p.exists()]):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def touch_private_file(path: Path) -> Path:
    """Creates an empty file with mode 0600 before anyone else opens it with a wider one. Raises
    OSError, also for what is there and no plain file."""
    make_private_folder(path.parent)
    os.close(open_plain(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY))
    return path


def is_there(path: Path) -> bool:
    """Whether there is anything of that name that may be looked at; a name that no file can have,
    too long for instance, is none. The methods of Path raise OSError for such."""
    return _is(path.exists)


def is_file(path: Path) -> bool:
    """The same for a plain file."""
    return _is(path.is_file)


def is_folder(path: Path) -> bool:
    """The same for a folder."""
    return _is(path.is_dir)


def _is(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except OSError:
        return False


def read_plain(path: Path, at_most: int = sys.maxsize) -> bytes:
    """The bytes of a file that a user named, or the first of them. Raises what `opened_plain`
    does."""
    with opened_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        # What the kernel makes up, as below /proc, is of no size.
        return file.read(min(at_most, size + 1 if size else MOST_MADE_UP))


@contextmanager
def opened_plain(path: Path) -> Iterator[BinaryIO]:
    """A file that a user named, to be read. Raises OSError, whose `strerror` says what is wrong in
    a clause: also for a pipe or a device, which might never end, and, behind the block, for a file
    that changed meanwhile, of which neither the old nor the new was read."""
    with os.fdopen(open_plain(path, os.O_RDONLY), "rb") as file:
        before = os.fstat(file.fileno())
        yield file
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError(errno.EAGAIN, "it was changed while it was read: try again after that")


def open_plain(path: Path, flags: int) -> int:
    """A descriptor of the plain file, and never a wait for the other end of a pipe. Raises OSError
    for whatever else is there."""
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        kinds = {errno.ENXIO: "a pipe or a socket", errno.EISDIR: "a folder"}
        if error.errno not in kinds:
            raise
        raise _no_plain_file(kinds[error.errno], path) from error
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind == stat.S_IFREG:
        return descriptor
    os.close(descriptor)
    raise _no_plain_file(KINDS.get(kind, "a device"), path)


def _no_plain_file(kind: str, path: Path) -> OSError:
    return OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))


def write_export(path: Path, text: str, *, replace: bool = False, instead: str) -> None:
    """Writes a file that the user named, mode 0600, whole or not at all. Nothing is written over a
    file that is there unless `replace`, and never through a link or into a device. Raises
    UsageError; `instead` says what to do when the name is taken."""
    try:
        there = path.lstat()
    except OSError:
        there = None
    if there is not None and not stat.S_ISREG(there.st_mode):
        what = KINDS.get(stat.S_IFMT(there.st_mode), "no plain file")
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
