"""The file on the disk: nothing deleted stays readable in it, and damage is found."""

from __future__ import annotations

import sqlite3

from chatui.retrieval.schema import transaction


def scrub(db: sqlite3.Connection) -> bool:
    """Takes the text of deleted chunks off the disk. False when somebody else was reading, so
    that it is left to the next time.

    Deleted rows are overwritten as they go (`secure_delete`), but the write-ahead log keeps
    pages as they were, and FTS5 the words of a deleted row until its segments are merged.
    """
    if not db.execute("SELECT 1 FROM unscrubbed").fetchone():
        return True
    with transaction(db):
        for table in word_tables(db):
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not busy:
        db.execute("DELETE FROM unscrubbed")
    return not busy


def word_tables(db: sqlite3.Connection) -> list[str]:
    """The names of the full-text indexes."""
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%' "
        "ORDER BY name"
    )
    return [name for (name,) in rows]


def faults(db: sqlite3.Connection) -> list[str]:
    """What is wrong with the database file, each as a clause; [] when it is sound."""
    found = [str(row[0]) for row in db.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
    return [f"library.db is damaged ({line})" for line in found]
