"""A damaged database makes room for a new one, with all that can be read of it. The damaged file is
kept beside it, as it was."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from chatui.system.sqlite import LOG, Schema, transaction
from chatui.system.sqlite_pages import DamagedFile, TableShape, Value, shapes_of

DAMAGED = ".damaged"
BESIDE = (LOG, "-shm")
"""What SQLite keeps beside a database, which must never meet another one's file."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """`rows` that were taken over, by table; `kept` is where the damaged file is now."""

    rows: Mapping[str, int]
    kept: Path


def salvaged(
    path: Path,
    schema: Schema,
    make: Callable[[Path], sqlite3.Connection],
    settle: Callable[[sqlite3.Connection], None],
    is_enough: Callable[[Mapping[str, int]], bool] = lambda rows: True,
) -> Salvage | None:
    """Puts a new file in the place of `path`. None, and nothing is changed, when what could be
    read is not enough.

    `make` opens a new file with the tables of `schema`; `settle` makes what came over whole, before
    rows that still refer to what is lost are left out. Nobody else may have the file open. Raises
    OSError and sqlite3.Error, and leaves the file as it was then.
    """
    new = path.with_name(f"{path.name}.salvage")
    for one in _with_those_beside(new):
        one.unlink(missing_ok=True)
    try:
        with closing(make(new)) as connection:
            rows = _fill(connection, path, schema, settle)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not is_enough(rows):
            return None
        return Salvage(rows, _exchange(path, new))
    finally:
        for one in _with_those_beside(new):
            with suppress(OSError):
                one.unlink(missing_ok=True)


def _fill(
    connection: sqlite3.Connection,
    damaged: Path,
    schema: Schema,
    settle: Callable[[sqlite3.Connection], None],
) -> Mapping[str, int]:
    wanted = frozenset(schema.tables)
    shapes = {shape.name: shape for shape in shapes_of(connection) if shape.name in wanted}
    taken: Counter[str] = Counter()
    connection.execute("PRAGMA foreign_keys = OFF")
    with transaction(connection):
        for name in shapes:
            # What a new file begins with is among what is taken over.
            connection.execute(f"DELETE FROM {name}")
        for name, row in DamagedFile(damaged, list(shapes.values())).rows():
            taken[name] += _insert(connection, shapes[name], row)
        settle(connection)
        _leave_out_the_lost(connection, shapes)
    return taken


def _insert(connection: sqlite3.Connection, shape: TableShape, row: Mapping[str, Value]) -> int:
    """1 when the row was taken, 0 for one that the table can't hold."""
    kinds = dict(zip(shape.columns, shape.types, strict=True))
    values = {
        name: _suitable(value, kinds[name], may_be_null=name in shape.nullable)
        for name, value in row.items()
        if name in kinds
    }
    marks = ", ".join("?" * len(values))
    try:
        return connection.execute(
            f"INSERT OR IGNORE INTO {shape.name} ({', '.join(values)}) VALUES ({marks})",
            tuple(values.values()),
        ).rowcount
    except sqlite3.IntegrityError:
        return 0


def _suitable(value: Value, kind: str, *, may_be_null: bool) -> Value:
    """The value as its column has it, or what stands for one that is of another kind."""
    if value is None or kind == "BLOB":
        return value
    if kind == "TEXT":
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if isinstance(value, int | float):
        return value
    return None if may_be_null else 0


def _leave_out_the_lost(connection: sqlite3.Connection, tables: Collection[str]) -> None:
    """Deletes rows that refer to others that are not there, and those that refer to them; or
    empties the reference, where the table says so."""
    changed = True
    while changed:
        before = connection.total_changes
        for table in tables:
            for _, _, parent, column, key, _, when_gone, _ in connection.execute(
                f"PRAGMA foreign_key_list({table})"
            ).fetchall():
                there = f"SELECT {key or 'id'} FROM {parent}"
                lost = f"{column} IS NOT NULL AND {column} NOT IN ({there})"
                if when_gone == "SET NULL":
                    connection.execute(f"UPDATE {table} SET {column} = NULL WHERE {lost}")
                else:
                    connection.execute(f"DELETE FROM {table} WHERE {lost}")
        changed = connection.total_changes > before


def _exchange(path: Path, new: Path) -> Path:
    """The new file takes the place, which is never empty; where the old one is kept."""
    kept = path.with_name(path.name + DAMAGED)
    number = 1
    while any(os.path.lexists(one) for one in _with_those_beside(kept)):
        number += 1
        kept = path.with_name(f"{path.name}{DAMAGED}.{number}")
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:
        path.rename(kept)
    # A log that was another file's would be taken for the new one's.
    for old, aside in zip(_with_those_beside(path), _with_those_beside(kept), strict=True):
        if old != path and os.path.lexists(old):
            old.rename(aside)
    new.replace(path)
    return kept


def _with_those_beside(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in BESIDE)]
