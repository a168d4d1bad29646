"""SQLite databases: how a file is opened, given its tables, and written to.

Several processes may open, create and write one file at a time. Here sqlite3's errors pass as
they are; whoever owns a database turns them into sentences.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from chatui.system.files import open_plain, touch_private_file

POLL_SECONDS = 0.01
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
UNWRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
)
UNWRITABLE_FILES = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EPERM, errno.EROFS)
LOG = "-wal"
IN_MEMORY = Path("/dev/shm")
"""Where there is one, files there need no disk."""
BACKUP = ".backup"
_TABLE = re.compile(r"\bCREATE (?:VIRTUAL )?TABLE (\w+)")

Functions = Iterable[Callable[..., str]]


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a database: what makes them in an empty file, and the number that their
    `PRAGMA user_version` has, which is never 0.

    `steps` bring the tables of an older version to the next one, by the number of the older.
    """

    version: int
    script: str
    steps: Mapping[int, str] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        return _TABLE.findall(self.script)


class VersionMismatch(Exception):
    """The file has tables of another version; `older` tells which way. It is left as it was."""

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(f"the tables have the version {found}, not {wanted}")
        self.older = found < wanted


class TablesMissing(sqlite3.DatabaseError):
    """The file has the right version, but not all of its tables."""


class ForeignDatabase(Exception):
    """The file has another program's tables. It is left as it was."""


def connect(
    path: Path,
    schema: Schema,
    *,
    busy_seconds: float,
    pragmas: Mapping[str, str],
    functions: Functions,
    on_older: Callable[[], None] = lambda: None,
) -> sqlite3.Connection:
    """Opens or creates the file, readable by the user alone, with a write-ahead log, foreign
    keys and the tables of `schema`, for use in the thread that opens it. Older tables are brought
    up to date, and a copy of the file is made before that (`backup_of`); `on_older` is told first,
    because that takes its time.

    A write waits `busy_seconds` for another process's to end. `functions` can be called from
    SQL by their names, with one argument, on which alone their values depend. Raises OSError,
    sqlite3.Error (`is_damage` tells a damaged file), VersionMismatch and ForeignDatabase.
    """
    touch_private_file(path)
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        _add_functions(connection, functions)
        for name, value in {"foreign_keys": "ON", **pragmas}.items():
            connection.execute(f"PRAGMA {name} = {value}")
        use_write_ahead_log(connection, busy_seconds)
        migrate(connection, schema, path, on_older)
    # Nothing is handled here: whatever it is, no connection stays open.
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(
    path: Path, schema: Schema, *, busy_seconds: float, functions: Functions
) -> sqlite3.Connection:
    """Opens a file that is there, where nothing can be written: on a full disk, or in a folder of
    which only the reading is allowed. Writes raise sqlite3.OperationalError. Raises what `connect`
    does.

    SQLite wants to write beside a file with a write-ahead log even to read it. So such a file is
    copied with its log, or, without a log, taken as one that nobody changes.
    """
    os.close(open_plain(path, os.O_RDONLY))
    connection = _reading(path, busy_seconds)
    try:
        _add_functions(connection, functions)
        connection.execute("PRAGMA query_only = ON")
        found = _version(connection)
        # One of no version is empty, or another program's: there is nothing to be read.
        if found not in (0, schema.version):
            raise VersionMismatch(found, schema.version)
        _require_tables(connection, schema)
    # Nothing is handled here: whatever it is, no connection stays open.
    except BaseException:
        connection.close()
        raise
    return connection


def may_be_read(error: Exception) -> bool:
    """Whether what `connect` raised is about writing, so that `connect_to_read` may succeed."""
    if isinstance(error, OSError):
        return error.errno in UNWRITABLE_FILES
    return _primary_code(error) in UNWRITABLE


def is_damage(error: Exception) -> bool:
    """Whether the file itself is at fault: not its place, its permissions or another process."""
    return isinstance(error, TablesMissing) or _primary_code(error) in DAMAGED


def backup_of(path: Path, version: int) -> Path:
    """Where the file is copied to before its tables of that version are changed."""
    return path.with_name(f"{path.name}.{version}{BACKUP}")


def migrate(
    connection: sqlite3.Connection,
    schema: Schema,
    path: Path,
    on_older: Callable[[], None] = lambda: None,
) -> None:
    """Brings the file to the tables of `schema`, all of it or nothing. Nothing but an empty file
    is changed without a copy of it. Raises VersionMismatch for tables that no step leads from."""
    if _version(connection) != schema.version:
        with transaction(connection):
            # Read again: another process may have done it while this one waited its turn.
            found = _version(connection)
            if found != schema.version:
                for statement in _statements(_way(connection, schema, found, path, on_older)):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {schema.version}")
    _require_tables(connection, schema)


def _way(
    connection: sqlite3.Connection,
    schema: Schema,
    found: int,
    path: Path,
    on_older: Callable[[], None],
) -> str:
    """The statements from the version that was found to the present one; the file is backed up
    when there is something in it, which `on_older` is told before."""
    if found == 0:
        _refuse_foreign(connection)
        return schema.script
    versions = range(found, schema.version)
    if not versions or any(version not in schema.steps for version in versions):
        raise VersionMismatch(found, schema.version)
    on_older()
    _back_up(path, backup_of(path, found))
    return "\n".join(schema.steps[version] for version in versions)


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    """Every file of ours that has tables has a version, by the same commit."""
    query = "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version"
    version, tables = connection.execute(query).fetchone()
    if version == 0 and tables:
        raise ForeignDatabase


def _back_up(path: Path, kept: Path) -> None:
    """The file as it was last committed, under another name: whole or not at all."""
    part = kept.with_name(f"{kept.name}.part")
    part.unlink(missing_ok=True)
    touch_private_file(part)
    # By a connection of its own: the one that holds the write lock can't be copied from.
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(kept)


def _require_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    missing = [name for name in schema.tables if name not in there]
    if missing:
        raise TablesMissing(f"no table {', '.join(missing)}")


def _reading(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """The way in that works, of those that change nothing beside the file."""
    with suppress(sqlite3.OperationalError):
        # Another process may have it open, whose files beside it can be shared.
        return _readable(f"file:{quote(str(path))}?mode=ro", busy_seconds)
    log = path.with_name(path.name + LOG)
    if log.exists() and log.stat().st_size:
        for folder in (None, IN_MEMORY):
            # What is open stays until it is closed, also when the folder is gone.
            with suppress(OSError), TemporaryDirectory(dir=folder) as place:
                copy = Path(place) / path.name
                shutil.copyfile(path, copy)
                shutil.copyfile(log, copy.with_name(copy.name + LOG))
                return _readable(f"file:{quote(str(copy))}", busy_seconds)
    return _readable(f"file:{quote(str(path))}?immutable=1", busy_seconds)


def _readable(uri: str, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    # Nothing is handled here: whatever it is, no connection stays open.
    except BaseException:
        connection.close()
        raise
    return connection


def _add_functions(connection: sqlite3.Connection, functions: Functions) -> None:
    for function in functions:
        connection.create_function(function.__name__, 1, function, deterministic=True)


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
    # Whatever ends the block, also a cancel, ends the transaction, or it would hold the lock.
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
    """Whether another connection is in the way, and not a fault of the file."""
    return _primary_code(error) in BUSY


def _primary_code(error: Exception) -> int:
    """The low byte of SQLite's extended codes; 0 for an error that is none of SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def use_write_ahead_log(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Waits up to `busy_seconds` for others. Raises sqlite3.OperationalError after that, and
    ForeignDatabase."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                _refuse_foreign(connection)
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite's own waiting does not cover every moment of this switch.
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
