"""Summaries of turns that left the prompt, in chats.db."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import replace

from chatui.memory.records import Summary
from chatui.memory.store import heads
from chatui.memory.store.database import storable, text_of, time_of, time_text
from chatui.memory.store.query_thread import QueryThread
from chatui.memory.store.standing import Standing, standing


class Summaries:
    """All methods raise StoreError. Nothing is ever deleted: what the user takes back is
    withdrawn."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def add(self, summary: Summary) -> Summary:
        """Stores it under a new id; the one it comes with does not count."""
        stored = replace(summary, id=uuid.uuid4().hex)
        await self._thread.write(lambda db: _add(db, stored))
        return stored

    async def compact(self, summary: Summary) -> Summary:
        """Stores a summary that the user asked for, as a step that `undo` takes back."""
        stored = replace(summary, id=uuid.uuid4().hex)

        def work(db: sqlite3.Connection) -> None:
            _add(db, stored)
            heads.compact(db, stored.conversation, stored.id)

        await self._thread.write(work)
        return stored

    async def standing(self, conversation_id: str) -> Standing:
        """Where the conversation's newest prompt began, and what stood for what is before."""
        return await self._thread.read(
            lambda db: standing(db, conversation_id, _of(db, conversation_id))
        )

    async def of(self, conversation_id: str) -> Sequence[Summary]:
        """Those of a conversation, on all of its branches, oldest first; withdrawn ones too."""
        return await self._thread.read(lambda db: _of(db, conversation_id))


def _add(connection: sqlite3.Connection, summary: Summary) -> None:
    connection.execute(
        "INSERT INTO summaries (id, conversation, upto, text, kind, model, focus, turns,"
        " created, head, withdrawn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            summary.id,
            summary.conversation,
            summary.upto,
            storable(summary.text),
            summary.kind,
            storable(summary.model),
            storable(summary.focus),
            summary.turns,
            time_text(summary.created),
            summary.head,
            summary.withdrawn,
        ),
    )


def _of(connection: sqlite3.Connection, conversation: str) -> list[Summary]:
    rows = connection.execute(
        "SELECT * FROM summaries WHERE conversation = ? ORDER BY created, rowid", (conversation,)
    )
    return [
        Summary(
            id=row["id"],
            conversation=row["conversation"],
            upto=row["upto"],
            text=text_of(row["text"]),
            kind="compact" if row["kind"] == "compact" else "rolling",
            model=text_of(row["model"]),
            turns=row["turns"] if isinstance(row["turns"], int) else 0,
            created=time_of(row["created"]),
            focus=text_of(row["focus"]),
            head=row["head"],
            withdrawn=bool(row["withdrawn"]),
        )
        for row in rows
    ]
