"""What was typed and not sent, in chats.db: it outlives the process that it was typed into."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from chatui.memory.store.codec import decoded
from chatui.memory.store.database import now, storable, text_of, time_text
from chatui.memory.store.query_thread import QueryThread
from chatui.memory.store.writers import Writers


@dataclass(frozen=True, slots=True)
class Draft:
    """`waiting` are questions that were sent and not yet asked."""

    text: str = ""
    waiting: tuple[str, ...] = ()


class Drafts:
    """One for each conversation, and one for a conversation that has not begun, which is None. A
    window that is open keeps its own to itself. All methods raise StoreError."""

    def __init__(self, thread: QueryThread, writers: Writers) -> None:
        self._thread = thread
        self._writers = writers

    async def keep(self, conversation: str | None, draft: Draft) -> None:
        """Stores it in the place of the one before; an empty one leaves none."""
        await self._thread.write(lambda db: _keep(db, self._writers.own(), conversation, draft))

    async def take(self, conversation: str | None) -> Draft:
        """The newest that no other window has, which is this one's from now on."""
        if not await self._thread.read(lambda db: _is_there(db, conversation)):
            return Draft()
        return await self._thread.write(lambda db: _take(db, self._writers, conversation))


def _keep(
    connection: sqlite3.Connection, writer: str, conversation: str | None, draft: Draft
) -> None:
    connection.execute(
        "DELETE FROM drafts WHERE writer = ? AND conversation IS ?", (writer, conversation)
    )
    if draft.text.strip() or draft.waiting:
        connection.execute(
            # Another window may have removed the conversation.
            "INSERT INTO drafts (writer, conversation, text, waiting, updated)"
            " SELECT ?1, id, ?3, ?4, ?5 FROM conversations WHERE id = ?2"
            " UNION ALL SELECT ?1, NULL, ?3, ?4, ?5 WHERE ?2 IS NULL",
            (
                writer,
                conversation,
                storable(draft.text),
                json.dumps(list(draft.waiting)),
                time_text(now()),
            ),
        )


def _is_there(connection: sqlite3.Connection, conversation: str | None) -> bool:
    query = "SELECT 1 FROM drafts WHERE conversation IS ?"
    return connection.execute(query, (conversation,)).fetchone() is not None


def _take(connection: sqlite3.Connection, writers: Writers, conversation: str | None) -> Draft:
    rows = connection.execute(
        "SELECT rowid, writer, text, waiting FROM drafts WHERE conversation IS ?"
        " ORDER BY updated DESC",
        (conversation,),
    ).fetchall()
    own = writers.own()
    free = [row for row in rows if row["writer"] == own or not writers.alive(row["writer"])]
    if not free:
        return Draft()
    newest = free[0]
    connection.execute("UPDATE drafts SET writer = ? WHERE rowid = ?", (own, newest["rowid"]))
    waiting = decoded(newest["waiting"], _texts) or ()
    return Draft(text_of(newest["text"]), waiting)


def _texts(stored: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(str, stored))
