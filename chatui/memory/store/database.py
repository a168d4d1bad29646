"""The connection to chats.db: how it is opened, written to, and how its faults are told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chatui.domain.errors import StoreError
from chatui.system.files import touch_private_file
from chatui.system.sqlite import is_busy, use_write_ahead_log
from chatui.text.fts.lexical import conversation_word, index_parts, index_text


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Opens or creates the file, readable by the user alone, in WAL mode.

    Every commit reaches the disk before it returns (synchronous=FULL), which is what makes
    a question durable. A write waits `busy_seconds` for another process's to end.
    """
    touch_private_file(path)
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for function in (conversation_word, index_text, index_parts):
            connection.create_function(function.__name__, 1, function, deterministic=True)
        # Some builds refuse application functions in triggers unless this is said.
        connection.execute("PRAGMA trusted_schema = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        use_write_ahead_log(connection, busy_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block's writes, on disk when it ends, or none of them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """The block's reads all see the file as it was at the first of them."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite or the file system raises into StoreError: the one seam for it."""
    try:
        yield
    except (sqlite3.Error, OSError, OverflowError) as error:
        raise StoreError(_sentence(error, path)) from error


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
