"""What is kept of a fault of ours: where in the code it was, and nothing of what was said there.

The message of an exception may quote anything: a question, a document, a key. So a report has
none, of nobody's: it has the types of the exceptions, places in the code without the values of
variables, versions, and of a system's, a database's or a server's error the name or number of its
kind. What is logged otherwise is kept as it stands in our code, without what was put into it.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import stat
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from chatui import __version__
from chatui.system.files import PRIVATE_FILE, make_private_folder

LOG_LIMIT = 1 << 20
"""Bytes. A log that has them is put in the place of the one before it, `chatui.log.1`."""
MOST_CAUSES = 8
FRAMES_SHOWN = (10, 30)
"""Of the calls that led to an exception: the outermost and the innermost ones."""
LONGEST_NAME = 120
LIBRARIES = ("textual", "openai", "httpx2", "chromadb", "onnxruntime", "llama-cpp-python")

_OURS = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class FaultLog:
    """Keeps reports in the file `log`; without one, nowhere. `chats` is where the user's
    conversations are, for the sentence that tells of a fault."""

    log: Path | None = None
    chats: Path | None = None

    def record(self, where: str, error: BaseException) -> str:
        """Keeps a report of a fault, and returns the sentence to show. `where` is of our own
        words. Raises nothing."""
        parts = [f"Something went wrong inside chatui ({type(error).__name__})"]
        if self.chats is not None:
            parts.append(f"your chats are safe in {self.chats}")
        if self.log is not None and self.keep(report(where, error)):
            parts.append(f"{self.log} has the place in the code, and none of your text")
        return "; ".join(parts) + "."

    def keep(self, text: str) -> bool:
        """Adds the text to the log; False where that can't be written."""
        return self.log is not None and add_to_log(self.log, text, LOG_LIMIT)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Meanwhile what Python would print of threads, of objects that are taken away, and
        what is logged is kept here."""
        hooks = threading.excepthook, sys.unraisablehook
        handler = FaultHandler(self.keep)
        logging.getLogger().addHandler(handler)
        take_hooks(self.keep)
        try:
            yield
        finally:
            threading.excepthook, sys.unraisablehook = hooks
            logging.getLogger().removeHandler(handler)


class FaultHandler(logging.Handler):
    """Keeps what is logged: our own words without what was put into them, of others only where
    they logged."""

    def __init__(self, keep: Callable[[str], object]) -> None:
        super().__init__()
        self._keep = keep

    def emit(self, record: logging.LogRecord) -> None:
        ours = record.name.partition(".")[0] == "chatui"
        words = f" {record.msg}" if ours and isinstance(record.msg, str) else ""
        place = f"{short_path(record.pathname)}:{record.lineno}"
        where = f"{record.levelname} {record.name}{words} ({place})"
        error = record.exc_info[1] if record.exc_info else None
        self._keep(f"{moment()} {where}\n" if error is None else report(where, error))


def take_hooks(keep: Callable[[str], object]) -> None:
    """From now on what Python would print of threads and of objects that are taken away goes to
    `keep`, as a report."""

    def of_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and not isinstance(given.exc_value, SystemExit):
            keep(report("a thread", given.exc_value))

    def of_object(given: Any) -> None:
        if given.exc_value is not None:
            keep(report("an object that was taken away", given.exc_value))

    threading.excepthook = of_thread
    sys.unraisablehook = of_object


def add_to_log(path: Path, text: str, limit: int) -> bool:
    """Adds whole lines to a log; False where they can't be written."""
    given = text.encode("utf-8", "replace")
    try:
        descriptor = open_log(path, limit)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                # Of the line before, a full disk took a part: it must not spoil this one too.
                given = b"\n" + given
            # In one write, so that those of several processes stand behind each other.
            return os.write(descriptor, given) == len(given)
        finally:
            os.close(descriptor)
    except OSError:
        return False


def open_log(path: Path, limit: int = LOG_LIMIT) -> int:
    """A descriptor that adds to the log, readable by the user alone; one that has grown to the
    limit becomes the one before. Raises OSError, also for what is no plain file."""
    make_private_folder(path.parent)
    descriptor = _open(path)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "no plain file", str(path))
        if found.st_mode & 0o077:
            os.fchmod(descriptor, PRIVATE_FILE)
        if found.st_size < limit:
            return descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another process makes room just now: this one's words go to the log before.
            return descriptor
        # Else it has done so meanwhile, and its new log must not take that one's place.
        if _is_there(path, found):
            path.replace(path.with_name(f"{path.name}.1"))
    # Nothing is handled here: whatever it is, no descriptor stays behind.
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return _open(path)


def _is_there(path: Path, found: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), found)
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    # Not through a link, and without waiting for someone at the other end of a pipe.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.open(path, flags, PRIVATE_FILE)


def report(where: str, error: BaseException) -> str:
    """Some lines on the error, the errors that led to it, and what it ran on."""
    lines = [f"{moment()} fault in {where}", f"  {versions()}"]
    # What goes wrong while a fault is told must not take its place: memory may have run out.
    with suppress(Exception):
        for link, cause in causes(error):
            lines.append(f"  {link}{type(cause).__name__}{kind(cause)}")
            lines += [f"    {place}" for place in places(cause.__traceback__)]
    return "\n".join(lines) + "\n"


def moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def causes(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """The error and what led to it, each with a word on how."""
    waiting, seen = [("", error)], set[int]()
    while waiting and len(seen) < MOST_CAUSES:
        link, each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield link, each
        if isinstance(each, BaseExceptionGroup):
            waiting += [("one of: ", part) for part in each.exceptions]
        if each.__cause__ is not None:
            waiting.append(("because of: ", each.__cause__))
        elif each.__context__ is not None and not each.__suppress_context__:
            waiting.append(("while handling: ", each.__context__))


def kind(error: BaseException) -> str:
    """What a system, a database or a server calls its kind of error."""
    if isinstance(error, OSError) and error.errno is not None:
        return f" {errno.errorcode.get(error.errno, error.errno)}"
    for name in ("sqlite_errorname", "status_code"):
        found = getattr(error, name, None)
        if isinstance(found, int) or (isinstance(found, str) and found.isidentifier()):
            return f" {found}"
    return ""


def places(trace: TracebackType | None) -> list[str]:
    """`file:line in function` for each call that led there, the outermost first."""
    found = [
        f"{short_path(frame.f_code.co_filename)}:{line} in {frame.f_code.co_qualname}"
        for frame, line in traceback.walk_tb(trace)
    ]
    first, last = FRAMES_SHOWN
    if len(found) <= first + last:
        return found
    return [*found[:first], f"… {len(found) - first - last} more", *found[-last:]]


def short_path(filename: str) -> str:
    """A module's path from its package on: where it is installed names the user."""
    import sysconfig

    path = Path(filename)
    roots = [_OURS, *(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib"))]
    inside = [root for root in roots if path.is_relative_to(root)]
    # An environment may be kept inside the checkout: the innermost one is the package's.
    innermost = max(inside, key=lambda root: len(root.parts), default=None)
    return path.name[:LONGEST_NAME] if innermost is None else path.relative_to(innermost).as_posix()


def versions() -> str:
    """chatui's, Python's, the system's and those of the libraries that most depends on."""
    from importlib.metadata import PackageNotFoundError, version
    from sqlite3 import sqlite_version

    found = []
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    system = os.uname()
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"chatui {__version__}, Python {python}, {system.sysname} {system.release} "
        f"{system.machine}, SQLite {sqlite_version}, {', '.join(found)}"
    )
