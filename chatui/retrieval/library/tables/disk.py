"""The file on the disk: nothing deleted stays readable in it, and damage is found."""

from __future__ import annotations

import sqlite3

from chatui.retrieval.library.tables import wording
from chatui.system.sqlite import is_busy, transaction

BROKEN_FILE = "library.db itself is damaged; `chatui doctor --fix` saves what can be read"
BROKEN_WORDS = "the full-text index is damaged"


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
    """What is wrong with the database, each as a clause; [] when it is sound."""
    try:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    # The check of the full-text index is part of the quick one since SQLite 3.44.
    file = [f"{BROKEN_FILE} ({line})" for line in found if "chunk_words" not in line]
    return file or ([BROKEN_WORDS] if words_are_broken(db) else [])


def words_are_broken(db: sqlite3.Connection) -> bool:
    """Whether the full-text index contradicts itself, or does not hold just the chunks."""
    try:
        db.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")
        row = db.execute(
            "SELECT EXISTS (SELECT id FROM chunks EXCEPT SELECT rowid FROM chunk_words) "
            "OR EXISTS (SELECT rowid FROM chunk_words EXCEPT SELECT id FROM chunks)"
        ).fetchone()
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise
        return True
    return bool(row[0])


def mend_words(db: sqlite3.Connection) -> bool:
    """Makes a broken full-text index anew from the chunks; whether it was broken."""
    if not words_are_broken(db):
        return False
    with transaction(db):
        _index_anew(db)
    return True


def renew_words(db: sqlite3.Connection) -> bool:
    """Indexes words and sounds anew where an older chatui did it in another way; whether that was
    so."""
    if not db.execute("SELECT 1 FROM outdated").fetchone():
        return False
    with transaction(db):
        _index_anew(db)
        db.execute("DELETE FROM outdated")
    return True


def _index_anew(db: sqlite3.Connection) -> None:
    for table in word_tables(db):
        statement = "SELECT sql FROM sqlite_master WHERE name = ?"
        (made,) = db.execute(statement, (table,)).fetchone()
        db.execute(f"DROP TABLE {table}")
        db.execute(made)
    for chunk in db.execute("SELECT id, prefix, text FROM chunks").fetchall():
        wording.put(db, *chunk)
