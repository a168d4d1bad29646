"""The tables of chats.db, as numbered migrations.

A conversation is a tree of turns: `turns.parent` points at the turn before, and
`conversations.head` at the newest turn shown. Edits and retries add a sibling and move the
head; `head_moves` is the trail that undo and redo walk along. A turn's texts are messages,
so that each has an id, a time and a place in the full-text index.

`PRAGMA user_version` counts the migrations applied. A migration that has been released is
never changed: what comes next is a new one at the end of the list.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from chatui.domain.errors import StoreError
from chatui.memory.store.database import transaction
from chatui.memory.store.schema_memory import NOTE_TABLES, RECALL_TABLES, SUMMARY_TABLES
from chatui.memory.store.schema_money import (
    BUDGET_TABLES,
    LEDGER_TABLES,
    OBSERVATION_TABLES,
    OPEN_CALL_TABLES,
    PROFILE_COLUMNS,
)


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    statements: tuple[str, ...]


CONVERSATIONS = Migration(
    "conversations as trees of turns",
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            model TEXT NOT NULL DEFAULT '',
            head TEXT REFERENCES turns(id),
            move INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX conversations_updated ON conversations(updated)",
        """CREATE TABLE turns (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            parent TEXT REFERENCES turns(id),
            depth INTEGER NOT NULL,
            state TEXT NOT NULL,
            writer TEXT,
            pinned INTEGER NOT NULL DEFAULT 0,
            asked TEXT NOT NULL,
            reasoning TEXT NOT NULL DEFAULT '',
            finish_reason TEXT,
            error TEXT,
            usage TEXT,
            cost TEXT,
            timing TEXT,
            passages TEXT,
            citations TEXT,
            window_start TEXT,
            window_cap INTEGER
        )""",
        "CREATE INDEX turns_conversation ON turns(conversation)",
        "CREATE INDEX turns_parent ON turns(parent)",
        """CREATE TABLE messages (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
            role TEXT NOT NULL,
            name TEXT,
            content TEXT NOT NULL,
            model TEXT NOT NULL DEFAULT '',
            created TEXT NOT NULL,
            UNIQUE (conversation, id)
        )""",
        "CREATE INDEX messages_turn ON messages(turn, role)",
        "CREATE INDEX messages_created ON messages(role, created)",
        """CREATE TABLE head_moves (
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            move INTEGER NOT NULL,
            head TEXT REFERENCES turns(id) ON DELETE CASCADE,
            PRIMARY KEY (conversation, move)
        ) WITHOUT ROWID""",
        "CREATE INDEX head_moves_head ON head_moves(head)",
    ),
)

# The index keeps no text of its own. The triggers hand it what `search_text` makes of a
# message, on the way in and, as FTS5 asks for, the same again on the way out.
MESSAGE_SEARCH = Migration(
    "full-text search over messages",
    (
        """CREATE VIRTUAL TABLE message_words USING fts5(
            words, content='',
            tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'"
        )""",
        """CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
            INSERT INTO message_words(rowid, words)
            VALUES (new.number, search_text(new.content));
        END""",
        """CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
            INSERT INTO message_words(message_words, rowid, words)
            VALUES ('delete', old.number, search_text(old.content));
        END""",
        """CREATE TRIGGER message_changed AFTER UPDATE OF content ON messages BEGIN
            INSERT INTO message_words(message_words, rowid, words)
            VALUES ('delete', old.number, search_text(old.content));
            INSERT INTO message_words(rowid, words)
            VALUES (new.number, search_text(new.content));
        END""",
    ),
)

MODELS_USED = Migration(
    "the models used last",
    (
        "CREATE TABLE models_used (name TEXT PRIMARY KEY, used TEXT NOT NULL)",
        "CREATE INDEX models_used_used ON models_used(used)",
    ),
)

DANGLING_MARKS = Migration(
    "the numbers that a reply cited and no passage had, a JSON list",
    ("ALTER TABLE turns ADD COLUMN dangling TEXT",),
)

SENT_PROMPTS = Migration(
    "what the sent prompts began with, and what conversations chose for their memory",
    (
        """CREATE TABLE sent_prompts (
            turn TEXT PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            system TEXT NOT NULL,
            turns INTEGER NOT NULL,
            pinned TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE memory_choices (
            conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
            cap INTEGER,
            turns INTEGER,
            whole INTEGER,
            too_long TEXT
        ) WITHOUT ROWID""",
    ),
)

SEARCHED = Migration(
    "what was looked for in the documents",
    ("ALTER TABLE turns ADD COLUMN searched TEXT",),
)

SUMMARIES = Migration("summaries of turns that left the prompt", SUMMARY_TABLES)
RECALL = Migration("vectors of messages, and the turns that were recalled", RECALL_TABLES)
NOTES = Migration("notes that are kept across conversations", NOTE_TABLES)

# A compact is a step of the trail that leaves the head where it was; undo withdraws its summary.
COMPACTED = Migration(
    "summaries that the user asked for on the trail, and what was cut out of questions",
    (
        "ALTER TABLE head_moves ADD COLUMN summary TEXT",
        "ALTER TABLE turns ADD COLUMN window_cut INTEGER NOT NULL DEFAULT 0",
    ),
)

LEDGER = Migration("a ledger of every call", LEDGER_TABLES)
PROFILES = Migration(
    "the profile that a call was made with, and whether it asked for a brief answer",
    PROFILE_COLUMNS,
)
BUDGETS = Migration("what single conversations may cost", BUDGET_TABLES)
OBSERVATIONS = Migration(
    "the tokens that were counted here and those that were reported", OBSERVATION_TABLES
)
OPEN_CALLS = Migration(
    "the calls that are under way, for when their process dies", OPEN_CALL_TABLES
)

MIGRATIONS: tuple[Migration, ...] = (
    CONVERSATIONS,
    MESSAGE_SEARCH,
    LEDGER,
    MODELS_USED,
    DANGLING_MARKS,
    SENT_PROMPTS,
    SEARCHED,
    SUMMARIES,
    RECALL,
    NOTES,
    COMPACTED,
    PROFILES,
    BUDGETS,
    OBSERVATIONS,
    OPEN_CALLS,
)


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Applies what is missing, all of it or nothing. Raises StoreError when the file comes
    from a newer chatui, which may mean things by it that this one would break."""
    if _version(connection) == len(migrations):
        return
    with transaction(connection):
        # Read again: another process may have migrated while this one waited its turn.
        version = _version(connection)
        if version > len(migrations):
            raise StoreError(
                "The chats were written by a newer chatui: update chatui, or give it another "
                "folder with --data-dir."
            )
        for migration in migrations[version:]:
            for statement in migration.statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
