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
# the model of its fingerprint. AUTOINCREMENT: who has read up to a number finds what is new
# behind it. `conversation` and `turn` are the message's own, for looking into these alone.
_VECTORS = (
    """CREATE TABLE message_vectors (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES messages(number) ON DELETE CASCADE,
        conversation TEXT NOT NULL,
        turn TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        char_start INTEGER NOT NULL,
        char_end INTEGER NOT NULL,
        vector BLOB NOT NULL
    )""",
    "CREATE INDEX message_vectors_message ON message_vectors(message, fingerprint)",
    "CREATE INDEX message_vectors_scope ON message_vectors(fingerprint, conversation)",
    """CREATE TRIGGER message_reworded AFTER UPDATE OF content ON messages
        WHEN new.content IS NOT old.content BEGIN
        DELETE FROM message_vectors WHERE message = old.number;
    END""",
)

_ADD_WORDS = """
    INSERT INTO message_words(rowid, conversation, name, text, parts) VALUES (
        new.number, conversation_word(new.conversation),
        index_text(coalesce(new.name, '')), index_text(new.content), index_parts(new.content)
    );
"""
_REMOVE_WORDS = """
    INSERT INTO message_words(message_words, rowid, conversation, name, text, parts) VALUES (
        'delete', old.number, conversation_word(old.conversation),
        index_text(coalesce(old.name, '')), index_text(old.content), index_parts(old.content)
    );
"""

# The words of messages as those of documents, with who said them, in a table that can be
# asked for one conversation. It keeps no text of its own: the triggers hand it the words on
# the way in and, as FTS5 asks for, the same again on the way out.
_WORDS = (
    "DROP TRIGGER message_added",
    "DROP TRIGGER message_removed",
    "DROP TRIGGER message_changed",
    "DROP TABLE message_words",
    """CREATE VIRTUAL TABLE message_words USING fts5(
        conversation, name, text, parts, content='',
        tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
    )""",
    f"CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN {_ADD_WORDS} END",
    f"CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN {_REMOVE_WORDS} END",
    f"""CREATE TRIGGER message_changed AFTER UPDATE OF content ON messages BEGIN
        {_REMOVE_WORDS} {_ADD_WORDS} END""",
    """INSERT INTO message_words(rowid, conversation, name, text, parts)
        SELECT number, conversation_word(conversation), index_text(coalesce(name, '')),
        index_text(content), index_parts(content) FROM messages""",
)

RECALL_TABLES: Final = (
    *_VECTORS,
    *_WORDS,
    """CREATE TABLE recalls (
        turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        recalled TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        score REAL NOT NULL,
        PRIMARY KEY (turn, place)
    ) WITHOUT ROWID""",
    "CREATE INDEX recalls_recalled ON recalls(recalled)",
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
