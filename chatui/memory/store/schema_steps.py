"""What brings a chats.db of an earlier chatui to the tables of the present one.

Each step is SQL, by the version of the tables that it begins with. `schema` has the tables as they
are now; a change of them goes into both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STEPS: Final[Mapping[int, str]] = {
    15: """
CREATE TABLE masks (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    original TEXT NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;
""",
    # What was stored before is listed as it was.
    16: """
ALTER TABLE conversations ADD COLUMN ask INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_asks ON conversations(ask, updated);
""",
    17: """
CREATE TABLE promises (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- whoever was promised first comes first
    writer TEXT NOT NULL,
    conversation TEXT NOT NULL,
    turn TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL
);
""",
    18: """
ALTER TABLE conversations ADD COLUMN origin TEXT NOT NULL DEFAULT '';
CREATE INDEX conversations_origin ON conversations(origin) WHERE origin <> '';
""",
    # What came piece by piece of calls that were booked before is not known.
    19: """
ALTER TABLE ledger ADD COLUMN streamed INTEGER;
ALTER TABLE ledger ADD COLUMN gap_p95 REAL;
ALTER TABLE ledger ADD COLUMN gap_longest REAL;
ALTER TABLE sent_prompts ADD COLUMN refilled TEXT NOT NULL DEFAULT '';
ALTER TABLE open_calls ADD COLUMN streamed INTEGER;
ALTER TABLE open_calls ADD COLUMN gap_p95 REAL;
ALTER TABLE open_calls ADD COLUMN gap_longest REAL;
""",
    20: """
ALTER TABLE turns ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN left_out TEXT;
CREATE INDEX turns_first ON turns(conversation) WHERE parent IS NULL;
""",
    21: """
CREATE TABLE ledger_sums (
    what TEXT PRIMARY KEY,
    upto INTEGER NOT NULL,
    zone TEXT NOT NULL,
    sums TEXT NOT NULL,
    times BLOB NOT NULL
);
""",
    22: """
CREATE TABLE media (
    hash TEXT PRIMARY KEY,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE turn_media (
    turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    hash TEXT NOT NULL REFERENCES media(hash),
    name TEXT NOT NULL,
    PRIMARY KEY (turn, place)
) WITHOUT ROWID;
CREATE INDEX turn_media_hash ON turn_media(hash);
CREATE TRIGGER media_go AFTER DELETE ON turn_media
WHEN NOT EXISTS (SELECT 1 FROM turn_media WHERE hash = old.hash) BEGIN
    DELETE FROM media WHERE hash = old.hash;
END;
""",
    23: """
CREATE TABLE conversation_choices (
    conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    chosen TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE drafts (
    writer TEXT NOT NULL,
    conversation TEXT REFERENCES conversations(id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    waiting TEXT NOT NULL,
    updated TEXT NOT NULL
);
CREATE INDEX drafts_conversation ON drafts(conversation);
""",
    24: """
ALTER TABLE conversations ADD COLUMN kept TEXT NOT NULL DEFAULT '';
CREATE INDEX conversations_pinned ON conversations(updated) WHERE kept = 'pinned';
""",
    # What was booked before is put into cells when the file is opened.
    25: """
DROP TABLE ledger_sums;
CREATE TABLE ledger_cells (
    what TEXT NOT NULL,
    span TEXT NOT NULL,
    period TEXT NOT NULL,
    key NOT NULL,
    profile NOT NULL,
    brief NOT NULL,
    price NOT NULL,
    currency TEXT NOT NULL,
    calls INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,
    amount TEXT,
    priced INTEGER NOT NULL,
    cost_estimated INTEGER NOT NULL,
    source TEXT,
    other_source TEXT,
    cached REAL NOT NULL,
    prompt REAL NOT NULL,
    waits BLOB NOT NULL,
    speeds BLOB NOT NULL,
    gaps BLOB NOT NULL,
    stall REAL,
    compared INTEGER NOT NULL,
    output_sum REAL NOT NULL,
    output_square REAL NOT NULL,
    PRIMARY KEY (what, span, period, key, profile, brief, price, currency)
) WITHOUT ROWID;
CREATE TABLE ledger_summed (
    place INTEGER PRIMARY KEY CHECK (place = 1),
    upto INTEGER NOT NULL
);
""",
    26: """
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '';
""",
    # Words are folded in another way, and an index without texts is emptied by the same words.
    27: """
INSERT INTO message_words(message_words) VALUES ('delete-all');
INSERT INTO message_words (rowid, conversation, name, text, parts)
    SELECT number, conversation_word(conversation), index_text(coalesce(name, '')),
        index_text(content), index_parts(content) FROM messages;
""",
    28: """
ALTER TABLE turns ADD COLUMN limited TEXT NOT NULL DEFAULT '';
""",
}
