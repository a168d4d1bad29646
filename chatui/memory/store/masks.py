"""What the masks of a conversation stand for, in chats.db: it never leaves this machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatui.memory.store.database import text_of
from chatui.memory.store.query_thread import QueryThread


class MaskStore:
    """All methods raise StoreError."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def of(self, conversation_id: str) -> list[tuple[str, str]]:
        """The names of the masks (`EMAIL_1`) with the texts that they stand for."""
        return await self._thread.read(lambda db: of(db, conversation_id))

    async def add(self, conversation_id: str, masks: Sequence[tuple[str, str]]) -> None:
        await self._thread.write(lambda db: put(db, conversation_id, masks))


def of(connection: sqlite3.Connection, conversation: str) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT name, original FROM masks WHERE conversation = ?", (conversation,)
    )
    return [(text_of(row["name"]), text_of(row["original"])) for row in rows]


def put(
    connection: sqlite3.Connection, conversation: str, masks: Sequence[tuple[str, str]]
) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO masks VALUES (?, ?, ?)",
        [(conversation, name, original) for name, original in masks],
    )
