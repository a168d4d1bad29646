"""What a SQLite file is made of, for comparing two of them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

WORDS = re.compile(r"--[^\n]*|('[^']*'|\w+|[^\s\w])")

Shape = dict[tuple[str, str], object]


def shape_of(path: Path) -> Shape:
    """Tables with their columns, indexes and triggers, by kind and name. The order of a table's
    columns doesn't count: one that came by ALTER TABLE stands last."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema").fetchall()
        return {(kind, name): _shape(db, kind, name, sql) for kind, name, sql in found}


def _shape(db: sqlite3.Connection, kind: str, name: str, sql: str) -> object:
    words = [word for word in WORDS.findall(sql) if word]
    if kind == "table":
        columns = db.execute(f"SELECT * FROM pragma_table_xinfo('{name}')").fetchall()
        # The words have what the columns don't tell: checks, references, AUTOINCREMENT.
        return sorted(column[1:] for column in columns), sorted(words)
    if kind == "index":
        keys = f"SELECT name, desc, coll FROM pragma_index_xinfo('{name}') WHERE key ORDER BY seqno"
        return db.execute(keys).fetchall(), words
    return words
