"""Facts that are kept across conversations, in chats.db."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from chatui.memory.query_thread import QueryThread
from chatui.memory.records import Note


class Notes:
    """All methods raise StoreError. A note's number is its own for ever."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def all(self) -> list[Note]:
        """Every note, kept or proposed, in the order of their numbers."""
        return await self._thread.read(_all)


def _all(connection: sqlite3.Connection) -> list[Note]:
    return [_note(row) for row in connection.execute("SELECT * FROM notes ORDER BY number")]


def _note(row: sqlite3.Row) -> Note:
    return Note(
        number=row["number"],
        text=row["text"],
        created=datetime.fromisoformat(row["created"]),
        updated=datetime.fromisoformat(row["updated"]),
        state=row["state"],
        conversation=row["conversation"],
    )
