"""The connection to chats.db: how it is opened, written to, and how its faults are told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chatui.domain.errors import StoreError
from chatui.memory.store.schema import SCHEMA
from chatui.system.sqlite import VersionMismatch, connect, is_busy
from chatui.text.fts.lexical import conversation_word, index_parts, index_text

NEWER: Final = (
    "The chats were written by a newer chatui: update chatui, or give it another folder with "
    "--data-dir."
)

FUNCTIONS: Final = (conversation_word, index_text, index_parts)
"""What the triggers call."""


def open_chats(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Opens or creates the file. Every commit reaches the disk before it returns
    (synchronous=FULL), which is what makes a question durable."""
    connection = connect(
        path,
        SCHEMA,
        busy_seconds=busy_seconds,
        # Some builds refuse application functions in triggers unless this is said.
        pragmas={"trusted_schema": "ON", "synchronous": "FULL"},
        functions=FUNCTIONS,
    )
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite or the file system raises into StoreError: the one seam for it."""
    try:
        yield
    except VersionMismatch as error:
        raise StoreError(_of_an_older(path) if error.older else NEWER) from error
    except (sqlite3.Error, OSError, OverflowError) as error:
        raise StoreError(_sentence(error, path)) from error


def _of_an_older(path: Path) -> str:
    return (
        f"{path} was written by an older chatui, and this one does not read its tables: export "
        "the conversations with that version (`chatui sessions export CID --format json`), move "
        "the file away, and bring them in here with `chatui sessions import FILE`."
    )


def _sentence(error: Exception, path: Path) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if is_busy(error):
        return (
            f"Another program is holding {path} locked: close it, or wait a moment, and try again."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return (
            f"{path} is damaged or not a chat database: move it away, or put a copy of it back, "
            "and start chatui again."
        )
    if name.startswith("SQLITE_FULL"):
        return f"The disk that holds {path} is full: free some space and try again."
    if isinstance(error, OSError) or name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return (
            f"The chats in {path} cannot be opened for writing: check the folder's permissions, "
            "or give another one with --data-dir."
        )
    return f"The chats in {path} cannot be read or written: {error}. `chatui doctor` looks closer."


def new_id() -> str:
    """16 hex digits, random: unique enough for one user's messages, short enough to type."""
    return os.urandom(8).hex()


def now() -> datetime:
    return datetime.now(UTC)


def time_text(moment: datetime) -> str:
    """UTC in ISO 8601 with microseconds, so that texts sort as times do. A time without a
    zone is taken as local time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates, which UTF-8 has no bytes
    for, replaced by U+FFFD. Everything else is kept, NUL too."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
