"""Queries on conversations: make, find, read, list, rename, remove."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chatui.domain.errors import NoSuchConversation
from chatui.memory.records import ConversationRow, Kept, Listed, StoredConversation, StoredMessage
from chatui.memory.store import heads, turn_path
from chatui.memory.store.database import (
    new_id,
    now,
    storable,
    text_of,
    time_of,
    time_text,
)
from chatui.memory.store.titles import shorten
from chatui.memory.store.writers import Writers
from chatui.text.foreign_json import read_json

PREVIEW_CHARACTERS = 100
_LISTED: dict[Listed, str] = {
    "all": "",
    "chats": "ask = 0 AND kept <> 'archived'",
    "asks": "ask = 1",
    "pinned": "kept = 'pinned'",
}
_KEPT: dict[object, Kept] = {"pinned": "pinned", "archived": "archived"}


def create(
    connection: sqlite3.Connection, title: str, model: str, *, ask: bool = False
) -> StoredConversation:
    conversation, created = new_id(), now()
    title, model = storable(title), storable(model)
    insert(connection, conversation, title, created, model)
    if ask:
        connection.execute("UPDATE conversations SET ask = 1 WHERE id = ?", (conversation,))
    heads.start_trail(connection, conversation, None)
    return StoredConversation(conversation, title, created)


def insert(
    connection: sqlite3.Connection, conversation: str, title: str, created: datetime, model: str
) -> None:
    connection.execute(
        "INSERT INTO conversations (id, title, created, updated, model) VALUES (?, ?, ?, ?, ?)",
        (conversation, title, time_text(created), time_text(created), model),
    )


def resolve(connection: sqlite3.Connection, prefix: str) -> str:
    """The id that begins with `prefix`. Raises NoSuchConversation for none or several."""
    prefix = storable(prefix.strip())
    found = connection.execute(
        "SELECT id FROM conversations WHERE substr(id, 1, ?) = ? ORDER BY id = ? DESC LIMIT 2",
        (len(prefix), prefix, prefix),
    ).fetchall()
    if not prefix or not found:
        raise NoSuchConversation(
            f"There is no conversation {prefix!r}: `chatui sessions` lists them."
        )
    if len(found) > 1 and found[0]["id"] != prefix:
        raise NoSuchConversation(
            f"Several conversations begin with {prefix!r}: give more of the id."
        )
    return str(found[0]["id"])


def load(connection: sqlite3.Connection, prefix: str, writers: Writers) -> StoredConversation:
    conversation = resolve(connection, prefix)
    row = connection.execute("SELECT * FROM conversations WHERE id = ?", (conversation,)).fetchone()
    return StoredConversation(
        id=conversation,
        title=text_of(row["title"]),
        created=time_of(row["created"]),
        turns=turn_path.read_path(connection, row["head"], writers),
    )


def messages(
    connection: sqlite3.Connection, conversation: StoredConversation
) -> tuple[StoredMessage, ...]:
    by_id = {stored.id: stored for stored in conversation.turns}
    return tuple(
        StoredMessage(
            id=row["id"],
            role=row["role"],
            name=None if row["name"] is None else text_of(row["name"]),
            content=text_of(row["content"]),
            model=text_of(row["model"]),
            created=time_of(row["created"]),
            turn=by_id[row["turn"]],
        )
        for row in turn_path.read_messages(connection, conversation.head)
        if row["turn"] in by_id
    )


def latest(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(
        "SELECT id FROM conversations ORDER BY updated DESC, rowid DESC LIMIT 1"
    ).fetchone()
    return None if row is None else str(row["id"])


def rows(
    connection: sqlite3.Connection, limit: int, offset: int, listed: Listed, tag: str = ""
) -> list[ConversationRow]:
    """`tag` limits them to those that have it, or one within it."""
    tagged = "(instr(tags, ' ' || ? || ' ') OR instr(tags, ' ' || ? || '/'))"
    limits = [part for part in (_LISTED[listed], tagged if tag else "") if part]
    found = connection.execute(
        f"""SELECT conversations.*, turns.depth AS depth,
            (SELECT substr(content, 1, ?) FROM messages
             WHERE turn = conversations.head AND role = 'user') AS question
        FROM conversations LEFT JOIN turns ON turns.id = conversations.head
        {"WHERE " * bool(limits)}{" AND ".join(limits)}
        ORDER BY updated DESC, conversations.rowid DESC LIMIT ? OFFSET ?""",
        (PREVIEW_CHARACTERS * 8, *((tag, tag) if tag else ()), limit, offset),
    )
    return [
        ConversationRow(
            id=row["id"],
            title=text_of(row["title"]),
            created=time_of(row["created"]),
            updated=time_of(row["updated"]),
            turns=row["depth"] if isinstance(row["depth"], int) else 0,
            preview=shorten(text_of(row["question"]), PREVIEW_CHARACTERS),
            ask=row["ask"] == 1,
            model=text_of(row["model"]),
            kept=_KEPT.get(row["kept"], ""),
            tags=tuple(text_of(row["tags"]).split()),
        )
        for row in found
    ]


def become_chat(connection: sqlite3.Connection, conversation: str) -> None:
    """What is gone on with is no longer asked once."""
    connection.execute("UPDATE conversations SET ask = 0 WHERE id = ? AND ask", (conversation,))


def chosen(connection: sqlite3.Connection, conversation: str) -> str:
    row = connection.execute(
        "SELECT chosen FROM conversation_choices WHERE conversation = ?", (conversation,)
    ).fetchone()
    return text_of(row["chosen"]) if row else ""


def limit(connection: sqlite3.Connection, conversation: str) -> tuple[str, ...]:
    """Of what was chosen, the paths of the files that questions are limited to."""
    try:
        told = read_json(chosen(connection, conversation) or "{}")
    except ValueError:
        return ()
    only = told.get("only") if isinstance(told, dict) else None
    return tuple(path for path in only if isinstance(path, str)) if isinstance(only, list) else ()


def choose(connection: sqlite3.Connection, conversation: str, chosen: str) -> None:
    connection.execute("DELETE FROM conversation_choices WHERE conversation = ?", (conversation,))
    if chosen:
        connection.execute(
            "INSERT INTO conversation_choices SELECT id, ? FROM conversations WHERE id = ?",
            (storable(chosen), conversation),
        )


def rename(connection: sqlite3.Connection, conversation: str, title: str) -> None:
    heads.head_of(connection, conversation)
    connection.execute(
        "UPDATE conversations SET title = ? WHERE id = ?", (storable(title), conversation)
    )


def keep(connection: sqlite3.Connection, conversation: str, kept: Kept) -> None:
    """Where it stands in lists. That is no change of what was said: its date stays."""
    heads.head_of(connection, conversation)
    connection.execute("UPDATE conversations SET kept = ? WHERE id = ?", (kept, conversation))


def tags(connection: sqlite3.Connection, conversation: str) -> tuple[str, ...]:
    row = connection.execute(
        "SELECT tags FROM conversations WHERE id = ?", (conversation,)
    ).fetchone()
    return tuple(text_of(row["tags"]).split()) if row else ()


def put_tags(connection: sqlite3.Connection, conversation: str, tags: Sequence[str]) -> None:
    """In the place of those that it has. Its date stays."""
    heads.head_of(connection, conversation)
    written = storable(f" {' '.join(tags)} " if tags else "")
    connection.execute("UPDATE conversations SET tags = ? WHERE id = ?", (written, conversation))


def tags_in_use(connection: sqlite3.Connection) -> dict[str, int]:
    """How many conversations have each, the most frequent first."""
    found: Counter[str] = Counter()
    for row in connection.execute("SELECT tags FROM conversations WHERE tags <> ''"):
        found.update(text_of(row["tags"]).split())
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def remove(connection: sqlite3.Connection, conversation: str) -> None:
    """Deletes the conversation with all its turns; the ledger keeps what it cost."""
    heads.head_of(connection, conversation)
    connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
