"""library.db: its tables, the numbered steps that make them, and how it is opened.

collections ─┬─ files ── chunks ── chunk_words (FTS5, same row ids)
             └─ removals              vectors (by fingerprint and text hash)

SQLite is the truth and Chroma an index of it: `chunks.indexed` is 1 when Chroma has said
that it holds the chunk's vector, and `removals` are the chunks that it has yet to drop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatui.domain.errors import RetrievalError
from chatui.system.files import touch_private_file
from chatui.system.sqlite import use_write_ahead_log
from chatui.text.fts.lexical import collection_word, index_parts, index_text

BUSY_SECONDS = 20.0

_FIRST = """
CREATE TABLE collections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    fingerprint TEXT NOT NULL DEFAULT ''
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    path TEXT NOT NULL,
    source TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('read', 'skipped', 'empty', 'failed')),
    reason TEXT NOT NULL,
    title TEXT NOT NULL,
    ingested TEXT NOT NULL,
    UNIQUE (collection_id, path)
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    chunk_id TEXT NOT NULL UNIQUE,
    collection_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    place INTEGER NOT NULL,
    prefix TEXT NOT NULL,
    heading TEXT NOT NULL,
    page INTEGER,
    char_start INTEGER NOT NULL,
    char_end INTEGER NOT NULL,
    line_start INTEGER NOT NULL,
    line_end INTEGER NOT NULL,
    text TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    indexed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chunks_of_file ON chunks (file_id);
CREATE INDEX chunks_of_collection ON chunks (collection_id, indexed);
CREATE INDEX chunks_by_text ON chunks (text_hash);
CREATE VIRTUAL TABLE chunk_words USING fts5 (
    prefix, text, tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TABLE removals (
    collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    chunk_id TEXT NOT NULL,
    PRIMARY KEY (collection_id, chunk_id)
) WITHOUT ROWID;
CREATE TABLE vectors (
    text_hash BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (text_hash, fingerprint)
);
CREATE TRIGGER chunk_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_words WHERE rowid = old.id;
    INSERT OR IGNORE INTO removals (collection_id, chunk_id)
        SELECT id, old.chunk_id FROM collections WHERE id = old.collection_id;
END;
"""

_IDENTITY = """
CREATE TABLE identity (library TEXT NOT NULL);
INSERT INTO identity (library) VALUES (lower(hex(randomblob(10))));
"""
"""Tells a library from all others that use the same Chroma server."""

_UNUSED = """
ALTER TABLE vectors ADD COLUMN unused REAL;
CREATE INDEX vectors_unused ON vectors (unused) WHERE unused IS NOT NULL;
CREATE TABLE unscrubbed (text INTEGER PRIMARY KEY);
CREATE TRIGGER chunk_unscrubbed AFTER DELETE ON chunks BEGIN
    INSERT OR IGNORE INTO unscrubbed (text) VALUES (1);
END;
"""
"""`vectors.unused`: seconds since the epoch when nothing was first seen to use the vector,
else NULL. `unscrubbed` has a row while text of deleted chunks may still be on the disk."""

_WORDS = """
DROP TABLE chunk_words;
CREATE VIRTUAL TABLE chunk_words USING fts5 (
    collection, prefix, text, parts,
    tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);
INSERT INTO chunk_words (rowid, collection, prefix, text, parts)
    SELECT id, collection_word(collection_id), index_text(prefix), index_text(text),
    index_parts(prefix || char(10) || text) FROM chunks;
"""
"""Marks belong to a word (Indian scripts have vowels among them); parts of words are apart."""

_GAPS = """
ALTER TABLE chunks ADD COLUMN gap TEXT;
DROP INDEX chunks_of_file;
CREATE INDEX chunks_of_file ON chunks (file_id, place);
"""
"""The blank characters up to the file's next chunk; NULL where none continues this one, and
in files that have not been read again since."""

MIGRATIONS: tuple[tuple[str, str], ...] = (
    ("collections, files, chunks, vectors", _FIRST),
    ("the library's own id", _IDENTITY),
    ("what is to be forgotten: unused vectors, deleted text", _UNUSED),
    ("words of every script, and their parts", _WORDS),
    ("what lies between chunks that belong together", _GAPS),
)
"""(name, SQL) in order; the database's user_version counts those that were run."""


def open_database(path: Path) -> sqlite3.Connection:
    """Opens or creates library.db, readable by the user alone, and brings it up to date.

    Raises RetrievalError when it was made by a newer chatui, and sqlite3.Error. The
    connection may be used in one thread at a time.
    """
    touch_private_file(path)
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        use_write_ahead_log(db, BUSY_SECONDS)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        for function in (collection_word, index_text, index_parts):
            db.create_function(function.__name__, 1, function, deterministic=True)
        # What is deleted is overwritten: a removed document must not stay readable on the disk.
        db.execute("PRAGMA secure_delete = ON")
        _migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Takes the write lock at once, so that what is read inside stays true until the end."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == len(MIGRATIONS):
        return
    with transaction(db):
        done = _version(db)
        if done > len(MIGRATIONS):
            raise RetrievalError(
                f"{path} was made by a newer chatui; update chatui, or use another data folder."
            )
        for _, script in MIGRATIONS[done:]:
            for statement in _statements(script):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
