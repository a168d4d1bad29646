"""library.db: its tables, and how it is opened.

collections ─┬─ files ── chunks ── chunk_words, chunk_sounds (FTS5, same row ids)
             └─ removals              vectors (by fingerprint and text hash)

SQLite is the truth and Chroma an index of it: `chunks.indexed` is how many vectors of the chunk
Chroma has said that it holds, and `removals` are the chunks that it has yet to drop.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from chatui.domain.errors import LibraryFailed
from chatui.system.sqlite import (
    ForeignDatabase,
    Schema,
    VersionMismatch,
    connect,
    connect_to_read,
    may_be_read,
)
from chatui.text.fts.lexical import collection_word, index_parts, index_text

BUSY_SECONDS = 20.0

FUNCTIONS: Final = (collection_word, index_text, index_parts)
"""What the full-text index is filled with."""

SCHEMA: Final = Schema(
    # What migrations had come to before the first release: files of then are still opened.
    version=10,
    steps={
        5: """
ALTER TABLE files ADD COLUMN lacks TEXT NOT NULL DEFAULT '';
ALTER TABLE chunks ADD COLUMN header TEXT NOT NULL DEFAULT '';
ALTER TABLE chunks ADD COLUMN running_head TEXT NOT NULL DEFAULT '';
ALTER TABLE chunks ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
""",
        6: """
ALTER TABLE removals ADD COLUMN vectors INTEGER NOT NULL DEFAULT 1;
DROP TRIGGER chunk_gone;
CREATE TRIGGER chunk_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_words WHERE rowid = old.id;
    INSERT OR IGNORE INTO removals (collection_id, chunk_id, vectors)
        SELECT id, old.chunk_id, max(1, old.indexed) FROM collections
        WHERE id = old.collection_id;
END;
""",
        7: """
CREATE VIRTUAL TABLE chunk_sounds USING fts5 (
    collection, sounds, tokenize = "porter unicode61 categories 'L* N* M* Co'"
);
CREATE TRIGGER sounds_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_sounds WHERE rowid = old.id;
END;
CREATE TABLE unheard (names INTEGER PRIMARY KEY);
INSERT INTO unheard (names) SELECT 1 WHERE EXISTS (SELECT 1 FROM chunks);
""",
        8: """
DROP TABLE unheard;
CREATE TABLE outdated (words INTEGER PRIMARY KEY);
INSERT INTO outdated (words) SELECT 1 WHERE EXISTS (SELECT 1 FROM chunks);
""",
        9: """
ALTER TABLE files ADD COLUMN earlier TEXT NOT NULL DEFAULT '';
""",
    },
    script="""
-- Tells a library from all others that use the same Chroma server.
CREATE TABLE identity (library TEXT NOT NULL);
INSERT INTO identity (library) VALUES (lower(hex(randomblob(10))));

-- Named sets of files. `fingerprint` is that of the embedding model whose vectors are in the
-- index, '' before the first.
CREATE TABLE collections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    fingerprint TEXT NOT NULL DEFAULT ''
);

-- What was found under the paths, also where it was nothing to read.
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    path TEXT NOT NULL,                 -- absolute
    source TEXT NOT NULL,               -- as it is shown: from the folder that was given on
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,               -- names the way it was read and cut
    outcome TEXT NOT NULL CHECK (outcome IN ('read', 'skipped', 'empty', 'failed')),
    reason TEXT NOT NULL,               -- why there are no chunks
    title TEXT NOT NULL,
    ingested TEXT NOT NULL,
    lacks TEXT NOT NULL DEFAULT '',     -- JSON: what was not read of it, '' where all was
    earlier TEXT NOT NULL DEFAULT '',   -- the paths that it had before it was moved, a line each
    UNIQUE (collection_id, path)
);

-- Slices of a file's text, in the order of `place`. `prefix` is embedded and indexed together
-- with the text; `text_hash`, of both, finds their vector.
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
    gap TEXT,                           -- blank characters up to the next chunk that continues it
    text_hash BLOB NOT NULL,
    indexed INTEGER NOT NULL DEFAULT 0, -- how many vectors of it the index holds
    header TEXT NOT NULL DEFAULT '',    -- the names of the columns above its rows
    running_head TEXT NOT NULL DEFAULT '',
    ocr INTEGER NOT NULL DEFAULT 0      -- 1 when it was recognised in a picture
);
CREATE INDEX chunks_of_file ON chunks (file_id, place);
CREATE INDEX chunks_of_collection ON chunks (collection_id, indexed);
CREATE INDEX chunks_by_text ON chunks (text_hash);

-- The words of chunks; `collection` is a word, to search one alone. Marks belong to a word
-- (Indian scripts have vowels among them); parts of words are apart.
CREATE VIRTUAL TABLE chunk_words USING fts5 (
    collection, prefix, text, parts,
    tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);

-- What their names sound like, for questions in another script; apart, so that it makes no chunk
-- longer than its words do.
CREATE VIRTUAL TABLE chunk_sounds USING fts5 (
    collection, sounds, tokenize = "porter unicode61 categories 'L* N* M* Co'"
);
CREATE TRIGGER sounds_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_sounds WHERE rowid = old.id;
END;
-- Has a row while words and sounds of chunks may be indexed as an older chatui did.
CREATE TABLE outdated (words INTEGER PRIMARY KEY);

-- Deleted chunks that the index may still hold, with so many vectors.
CREATE TABLE removals (
    collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    chunk_id TEXT NOT NULL,
    vectors INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (collection_id, chunk_id)
) WITHOUT ROWID;
CREATE TRIGGER chunk_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_words WHERE rowid = old.id;
    INSERT OR IGNORE INTO removals (collection_id, chunk_id, vectors)
        SELECT id, old.chunk_id, max(1, old.indexed) FROM collections
        WHERE id = old.collection_id;
END;

-- Has a row while text of deleted chunks may still be on the disk.
CREATE TABLE unscrubbed (text INTEGER PRIMARY KEY);
CREATE TRIGGER chunk_unscrubbed AFTER DELETE ON chunks BEGIN
    INSERT OR IGNORE INTO unscrubbed (text) VALUES (1);
END;

-- Every vector that was made, by the model of its fingerprint: those of a chunk's windows, one
-- behind the other.
CREATE TABLE vectors (
    text_hash BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    vector BLOB NOT NULL,
    unused REAL,                        -- seconds since the epoch when nothing was seen to use it
    UNIQUE (text_hash, fingerprint)
);
CREATE INDEX vectors_unused ON vectors (unused) WHERE unused IS NOT NULL;
""",
)


def open_database(path: Path) -> sqlite3.Connection:
    """Opens or creates library.db, for use in the thread that opens it; one that can't be written
    is opened for reading.

    Raises LibraryFailed when it was made by another chatui or program, and OSError and
    sqlite3.Error.
    """
    try:
        return _open_or_read(path)
    except VersionMismatch as error:
        raise LibraryFailed(_sentence(path, older=error.older)) from error
    except ForeignDatabase as error:
        raise LibraryFailed(
            f"{path} is another program's database: give chatui another folder with --data-dir, "
            "or move that file."
        ) from error


def create_database(path: Path) -> sqlite3.Connection:
    """Opens or creates the file to write in it. Raises what `connect` does."""
    return connect(
        path,
        SCHEMA,
        busy_seconds=BUSY_SECONDS,
        # What is deleted is overwritten: a removed document must not stay readable on the disk.
        pragmas={"synchronous": "NORMAL", "secure_delete": "ON"},
        functions=FUNCTIONS,
    )


def _open_or_read(path: Path) -> sqlite3.Connection:
    try:
        return create_database(path)
    except (sqlite3.Error, OSError) as error:
        if not may_be_read(error) or not path.exists():
            raise
        try:
            return connect_to_read(path, SCHEMA, busy_seconds=BUSY_SECONDS, functions=FUNCTIONS)
        except (sqlite3.Error, OSError):
            raise error from None


def _sentence(path: Path, *, older: bool) -> str:
    if older:
        return (
            f"{path} was made by an older chatui, and this one does not read its tables: rename "
            "the file and ingest the documents again."
        )
    return f"{path} was made by a newer chatui; update chatui, or use another data folder."
