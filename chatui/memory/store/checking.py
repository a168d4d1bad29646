"""Whether chats.db is sound, and how it is mended; for doctor. Not for the event loop."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chatui.memory.store import media
from chatui.memory.store.database import open_chats, open_chats_to_read, plain_errors, sentence
from chatui.memory.store.mending import set_aside
from chatui.system.sqlite import is_damage, may_be_read, transaction
from chatui.system.sqlite_check import Contradiction, contradiction, words_fault

BUSY_SECONDS = 5.0
WORDS = "message_words"
NAMES = {
    "indexes": "an index is damaged",
    "words": "the index of its words is damaged",
    "rows": "rows of it are damaged",
    "file": "it is damaged",
}


@dataclass(frozen=True, slots=True)
class ChatsCheck:
    """`unwritable` says why the file can only be read at present; "" when it can be written."""

    conversations: int = 0
    contradiction: Contradiction | None = None
    unwritable: str = ""
    spoilt: int = 0
    """Pictures and PDFs that are not what they were when they were stored."""

    @property
    def clause(self) -> str:
        """What is wrong with the file, "" when it is sound."""
        found = self.contradiction
        return f"{NAMES[found.fault]} ({found.sign})" if found else ""


def check(path: Path) -> ChatsCheck | None:
    """None when there is no file yet. Changes nothing. Raises StoreError where the fault is not the
    file's: another version or program, a lock, permissions."""
    with plain_errors(path):
        if not path.exists():
            return None
        unwritable = ""
        try:
            connection = open_chats(path, BUSY_SECONDS)
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                return ChatsCheck(0, Contradiction("file", str(error)))
            if path.is_dir() or not may_be_read(error):
                raise
            unwritable = sentence(error, path)
            connection = open_chats_to_read(path, BUSY_SECONDS)
        with closing(connection):
            found = contradiction(connection, WORDS)
            if found is None:
                found = words_fault(connection, WORDS, "SELECT number FROM messages")
            if found is not None and found.fault == "file":
                return ChatsCheck(0, found, unwritable)
            (count,) = connection.execute("SELECT count(*) FROM conversations").fetchone()
            spoilt = media.damaged(connection) if found is None else 0
            return ChatsCheck(int(count), found, unwritable, spoilt)


def mend(path: Path, found: Contradiction) -> str:
    """Mends what `check` has found; the sentence on what was done. Raises StoreError."""
    with plain_errors(path):
        if found.fault in ("indexes", "words"):
            with closing(open_chats(path, BUSY_SECONDS)) as connection:
                (_reindex if found.fault == "indexes" else _rebuild_words)(connection)
            again = check(path)
            if again is not None and again.contradiction is None:
                return f"{path}: {NAMES[found.fault].replace('is damaged', 'was made anew')}."
        return set_aside(path, by_request=True) or ""


def _reindex(connection: sqlite3.Connection) -> None:
    connection.execute("REINDEX")


def _rebuild_words(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        (made,) = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = ?", (WORDS,)
        ).fetchone()
        connection.execute(f"DROP TABLE {WORDS}")
        connection.execute(made)
        connection.execute(
            f"""INSERT INTO {WORDS} (rowid, conversation, name, text, parts)
            SELECT number, conversation_word(conversation), index_text(coalesce(name, '')),
                index_text(content), index_parts(content) FROM messages"""
        )
