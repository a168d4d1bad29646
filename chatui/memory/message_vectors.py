"""The vectors of messages, for finding them again by their meaning; in chats.db."""

from __future__ import annotations

from chatui.memory.query_thread import QueryThread


class MessageVectors:
    """All methods raise StoreError. SQLite is the truth; an index over it can be rebuilt."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread
