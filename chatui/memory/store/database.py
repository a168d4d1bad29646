"""The connection to chats.db: how it is opened, written to, and how its faults are told."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from pathlib import Path
from typing import Final

from chatui.domain.errors import StoreError
from chatui.memory.store.schema import SCHEMA
from chatui.system.sqlite import (
    ForeignDatabase,
    VersionMismatch,
    connect,
    connect_to_read,
    is_busy,
    is_damage,
)
from chatui.text.fts.lexical import conversation_word, index_parts, index_text

NEWER: Final = (
    "The chats were written by a newer chatui: update chatui, or give it another folder with "
    "--data-dir."
)

FOREIGN: Final = (
    "{} is another program's database: give chatui another folder with --data-dir, or move that "
    "file."
)

FUNCTIONS: Final = (conversation_word, index_text, index_parts)
"""What the triggers call."""


def open_chats(
    path: Path, busy_seconds: float, on_older: Callable[[], None] = lambda: None
) -> sqlite3.Connection:
    """Opens or creates the file. Every commit reaches the disk before it returns
    (synchronous=FULL), which is what makes a question durable. `on_older` is called before one of
    an earlier chatui is brought up to date: of 10,000 messages the words take seconds."""
    connection = connect(
        path,
        SCHEMA,
        busy_seconds=busy_seconds,
        # Some builds refuse application functions in triggers unless this is said.
        pragmas={"trusted_schema": "ON", "synchronous": "FULL"},
        functions=FUNCTIONS,
        on_older=on_older,
    )
    connection.row_factory = sqlite3.Row
    return connection


def open_chats_to_read(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Opens a file that can't be written at present; what is written raises sqlite3.Error."""
    connection = connect_to_read(path, SCHEMA, busy_seconds=busy_seconds, functions=FUNCTIONS)
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite or the file system raises into StoreError: the one seam for it."""
    try:
        yield
    except VersionMismatch as error:
        raise StoreError(_of_an_older(path) if error.older else NEWER) from error
    except ForeignDatabase as error:
        raise StoreError(FOREIGN.format(path)) from error
    except (sqlite3.Error, OSError, OverflowError) as error:
        raise StoreError(sentence(error, path)) from error


def _of_an_older(path: Path) -> str:
    return (
        f"{path} was written by an older chatui, and this one does not read its tables: export "
        "the conversations with that version (`chatui sessions export CID --format json`), move "
        "the file away, and bring them in here with `chatui sessions import FILE`."
    )


def sentence(error: Exception, path: Path) -> str:
    """What is wrong with the chats, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    if is_busy(error):
        return (
            f"Another program is holding {path} locked: close it, or wait a moment, and try again."
        )
    if is_damage(error):
        return (
            f"{path} is damaged or not a chat database: `chatui doctor --fix` puts what can be "
            "read of it into a new file and keeps this one beside that."
        )
    if _is_about_space(error):
        return f"The disk that holds {path} is full: free some space and try again."
    if isinstance(error, OSError) and error.errno == errno.EINVAL:
        return (
            f"The chats can't be in {path}: {error.strerror}. Move it away, or give another folder "
            "with --data-dir."
        )
    if isinstance(error, OSError) or name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
        reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        return (
            f"The chats in {path} cannot be opened for writing{reason}: check the folder's "
            "permissions, or give another one with --data-dir."
        )
    return f"The chats in {path} cannot be read or written: {error}. `chatui doctor` looks closer."


def _is_about_space(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorname", "").startswith(
        ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
    )


def new_id() -> str:
    """16 hex digits, random: unique enough for one user's messages, short enough to type."""
    return os.urandom(8).hex()


def now() -> datetime:
    return datetime.now(UTC)


def time_text(moment: datetime) -> str:
    """UTC in ISO 8601 with microseconds, so that texts sort as times do. A time without a
    zone is taken as local time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(stored: object) -> datetime:
    """The moment that a row holds. Where it holds none, or one at the ends of the calendar, which
    no time zone can show, it is UNKNOWN_TIME: that costs the row its time and nothing else."""
    try:
        moment = datetime.fromisoformat(stored if isinstance(stored, str) else "")
    except ValueError:
        return UNKNOWN_TIME
    if not MINYEAR + 1 < moment.year < MAXYEAR - 1:
        return UNKNOWN_TIME
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def text_of(stored: object) -> str:
    """The text that a row holds, or what comes nearest to it in one that another hand wrote."""
    if isinstance(stored, str):
        return stored
    if isinstance(stored, bytes):
        return forgiving_text(stored)
    return "" if stored is None else str(stored)


def forgiving_text(stored: bytes) -> str:
    """Bytes that should be UTF-8, whatever they are."""
    return stored.decode("utf-8", "replace")


def storable(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates, which UTF-8 has no bytes
    for, replaced by U+FFFD. Everything else is kept, NUL too."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
