-- What the 5 migrations before the first release left in library.db, with a document.
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
, gap TEXT);
CREATE INDEX chunks_of_collection ON chunks (collection_id, indexed);
CREATE INDEX chunks_by_text ON chunks (text_hash);
CREATE TABLE removals (
    collection_id INTEGER NOT NULL REFERENCES collections ON DELETE CASCADE,
    chunk_id TEXT NOT NULL,
    PRIMARY KEY (collection_id, chunk_id)
) WITHOUT ROWID;
CREATE TABLE vectors (
    text_hash BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    vector BLOB NOT NULL, unused REAL,
    UNIQUE (text_hash, fingerprint)
);
CREATE TRIGGER chunk_gone AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_words WHERE rowid = old.id;
    INSERT OR IGNORE INTO removals (collection_id, chunk_id)
        SELECT id, old.chunk_id FROM collections WHERE id = old.collection_id;
END;
CREATE TABLE identity (library TEXT NOT NULL);
CREATE INDEX vectors_unused ON vectors (unused) WHERE unused IS NOT NULL;
CREATE TABLE unscrubbed (text INTEGER PRIMARY KEY);
CREATE TRIGGER chunk_unscrubbed AFTER DELETE ON chunks BEGIN
    INSERT OR IGNORE INTO unscrubbed (text) VALUES (1);
END;
CREATE VIRTUAL TABLE chunk_words USING fts5 (
    collection, prefix, text, parts,
    tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);
CREATE INDEX chunks_of_file ON chunks (file_id, place);
INSERT INTO collections (id, name, created, fingerprint) VALUES (1, 'notes', '2026-05-01T12:00:00+00:00', 'model-a');
INSERT INTO files (id, collection_id, path, source, size, mtime_ns, sha256, recipe, outcome, reason, title, ingested) VALUES (1, 1, '/notes/a.md', 'a.md', 31, 20, '1', 'recipe', 'read', '', 'Title', '2026-05-01T12:00:00+00:00');
INSERT INTO chunks (id, chunk_id, collection_id, file_id, place, prefix, heading, page, char_start, char_end, line_start, line_end, text, text_hash, indexed, gap) VALUES (1, 'ffc809ccc8498f78b6fb9bf4db2e80dd', 1, 1, 0, 'Title', '', NULL, 0, 15, 1, 1, 'The river rose.', X'A075300E8454F0F1A0B0ECFDAB4C1DB8', 1, '
');
INSERT INTO chunks (id, chunk_id, collection_id, file_id, place, prefix, heading, page, char_start, char_end, line_start, line_end, text, text_hash, indexed, gap) VALUES (2, '6af23d029d6cb79c616b8e8c4dc99c27', 1, 1, 1, 'Title', '', NULL, 16, 32, 2, 2, 'The lake stayed.', X'E0DB140BBB8C4A9828511A45D5B8C697', 1, NULL);
INSERT INTO vectors (text_hash, fingerprint, vector, unused) VALUES (X'A075300E8454F0F1A0B0ECFDAB4C1DB8', 'model-a', X'0000803F', NULL);
INSERT INTO vectors (text_hash, fingerprint, vector, unused) VALUES (X'E0DB140BBB8C4A9828511A45D5B8C697', 'model-a', X'0000803F', NULL);
INSERT INTO identity (library) VALUES ('34f665dea09c889fa332');
INSERT INTO chunk_words (rowid, collection, prefix, text, parts)
    SELECT id, collection_word(collection_id), index_text(prefix), index_text(text),
    index_parts(prefix || char(10) || text) FROM chunks;
PRAGMA user_version = 5;
