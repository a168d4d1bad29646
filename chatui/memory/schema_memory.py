"""The tables of what stands in for turns that left the prompt: summaries, recalled turns,
the vectors of messages; and of the notes that are kept across conversations."""

from __future__ import annotations

from typing import Final

# A summary stands for the path up to and including its turn `upto`, so it holds on every
# branch that has that turn. `kind` is "rolling" or "compact"; what the user took back is
# `withdrawn`, not deleted. `head` is the turn that was the newest when it was asked for.
SUMMARY_TABLES: Final = (
    """CREATE TABLE summaries (
        id TEXT PRIMARY KEY,
        conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        upto TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        model TEXT NOT NULL,
        focus TEXT NOT NULL DEFAULT '',
        turns INTEGER NOT NULL,
        created TEXT NOT NULL,
        head TEXT,
        withdrawn INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX summaries_conversation ON summaries(conversation)",
    "ALTER TABLE sent_prompts ADD COLUMN summary TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE memory_choices ADD COLUMN summarise INTEGER",
    "ALTER TABLE memory_choices ADD COLUMN recall INTEGER",
)

# Messages are cut into pieces that the embedding model can read whole. A vector belongs to
# the model of its fingerprint.
RECALL_TABLES: Final = (
    """CREATE TABLE message_vectors (
        message INTEGER NOT NULL REFERENCES messages(number) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        piece INTEGER NOT NULL,
        char_start INTEGER NOT NULL,
        char_end INTEGER NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (message, fingerprint, piece)
    ) WITHOUT ROWID""",
    """CREATE TABLE recalls (
        turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        recalled TEXT NOT NULL,
        score REAL NOT NULL,
        PRIMARY KEY (turn, place)
    ) WITHOUT ROWID""",
)

# AUTOINCREMENT: the number of a note that was forgotten never names another one. Of what was
# declined or forgotten a digest stays, so that it is not proposed again. What was only
# proposed goes with its conversation.
NOTE_TABLES: Final = (
    """CREATE TABLE notes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'kept',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL
    )""",
    """CREATE TRIGGER proposals_go BEFORE DELETE ON conversations BEGIN
        DELETE FROM notes WHERE conversation = old.id AND state = 'proposed';
    END""",
    "CREATE TABLE forgotten_notes (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE note_vectors (
        note INTEGER NOT NULL REFERENCES notes(number) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (note, fingerprint)
    ) WITHOUT ROWID""",
    "CREATE TABLE note_switch (place INTEGER PRIMARY KEY CHECK (place = 1), is_on INTEGER)",
)
