"""SQLite databases: how a file is opened, given its tables, and written to.

Several processes may open, create and write one file at a time. Here sqlite3's errors pass as
they are; whoever owns a database turns them into sentences.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chatui.system.files import touch_private_file

POLL_SECONDS = 0.01
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a database: what makes them in an empty file, and the number that their
    `PRAGMA user_version` has, which is never 0."""

    version: int
    script: str


class VersionMismatch(Exception):
    """The file has tables of another version; `older` tells which way. It is left as it was."""

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(f"the tables have the version {found}, not {wanted}")
        self.older = found < wanted


def connect(
    path: Path,
    schema: Schema,
    *,
    busy_seconds: float,
    pragmas: Mapping[str, str],
    functions: Iterable[Callable[..., str]],
) -> sqlite3.Connection:
    """Opens or creates the file, readable by the user alone, with a write-ahead log, foreign
    keys and the tables of `schema`, for use in the thread that opens it.

    A write waits `busy_seconds` for another process's to end. `functions` can be called from
    SQL by their names, with one argument, on which alone their values depend. Raises OSError,
    sqlite3.Error and VersionMismatch.
    """
    touch_private_file(path)
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        for function in functions:
            connection.create_function(function.__name__, 1, function, deterministic=True)
        for name, value in {"foreign_keys": "ON", **pragmas}.items():
            connection.execute(f"PRAGMA {name} = {value}")
        use_write_ahead_log(connection, busy_seconds)
        migrate(connection, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    """Brings the file to the tables of `schema`, all of it or nothing. Raises VersionMismatch
    for tables of another version."""
    if _version(connection) == schema.version:
        return
    with transaction(connection):
        # Read again: another process may have made the tables while this one waited its turn.
        found = _version(connection)
        if found == 0:
            for statement in _statements(schema.script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {schema.version}")
        elif found != schema.version:
            raise VersionMismatch(found, schema.version)


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block's writes, committed when it ends, or none of them. It takes the write
    lock at once, so that what is read inside stays true until the end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has rolled back by itself.
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


def is_busy(error: Exception) -> bool:
    """Whether another connection is in the way, and not a fault of the file. The primary
    code is the low byte of SQLite's extended ones."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in BUSY


def use_write_ahead_log(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Waits up to `busy_seconds` for others. Raises sqlite3.OperationalError after that."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite's own waiting does not cover every moment of this switch.
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
