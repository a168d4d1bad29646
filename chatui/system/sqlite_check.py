"""Whether a database contradicts itself, and what of that can be mended in its place."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import Literal

from chatui.system.sqlite import is_busy, is_damage

MOST_LINES = 50
Fault = Literal["indexes", "words", "rows", "file"]
"""Indexes and the full-text index can be made anew from the rows. Rows that no chatui writes can be
left out of a new file, as pages can that make no sense."""

_INDEX = re.compile(r"missing from index|wrong # of entries in index|non-unique entry in index")
_ROW = re.compile(r"^(NULL|NUMERIC|TEXT|INTEGER|REAL|BLOB|CHECK|row \d+ refers)\b")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The worst kind that was found, and the first sign of it, in SQLite's words."""

    fault: Fault
    sign: str


def contradiction(connection: sqlite3.Connection, words: str) -> Contradiction | None:
    """What is wrong with the file; None when it is sound. `words` is the full-text index. Reads all
    of it. Raises sqlite3.Error for what is no fault of the file."""
    lines: list[tuple[Fault, str]] = []
    try:
        rows = connection.execute(f"PRAGMA integrity_check({MOST_LINES})").fetchall()
        lines += [(_kind(line, words), line) for (line,) in map(tuple, rows) if line != "ok"]
        for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(1):
            lines.append(("rows", f"{table} refers to {parent} that is gone"))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        lines.append(("file", str(error)))
    kinds: tuple[Fault, ...] = ("file", "rows", "words", "indexes")
    for kind in kinds:
        for fault, line in lines:
            if fault == kind:
                return Contradiction(kind, line)
    return None


def words_fault(connection: sqlite3.Connection, words: str, rows: str) -> Contradiction | None:
    """What is wrong with a full-text index, which is to have a row for each number that the query
    `rows` gives."""
    try:
        if not connection.execute("PRAGMA query_only").fetchone()[0]:
            connection.execute(f"INSERT INTO {words} ({words}) VALUES ('integrity-check')")
        row = connection.execute(
            f"SELECT EXISTS ({rows} EXCEPT SELECT rowid FROM {words})"
            f" OR EXISTS (SELECT rowid FROM {words} EXCEPT {rows})"
        ).fetchone()
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise
        return Contradiction("words", str(error))
    return (
        Contradiction("words", "it does not have just the rows that there are") if row[0] else None
    )


def _kind(line: str, words: str) -> Fault:
    if words in line:
        return "words"
    if _INDEX.search(line):
        return "indexes"
    return "rows" if _ROW.search(line) else "file"
