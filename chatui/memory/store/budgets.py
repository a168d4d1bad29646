"""The limits that users set for single conversations, in chats.db."""

from __future__ import annotations

import sqlite3

from chatui.cost.budget import Allowance
from chatui.memory.store.codec import amount_of
from chatui.memory.store.database import text_of
from chatui.memory.store.query_thread import QueryThread


class ConversationBudgets:
    """All methods raise StoreError."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread

    async def of(self, conversation_id: str) -> Allowance | None:
        """None leaves the conversation to the settings."""
        return await self._thread.read(lambda db: of(db, conversation_id))

    async def set(self, conversation_id: str, allowance: Allowance | None) -> None:
        """Replaces what was set before."""
        await self._thread.write(lambda db: put(db, conversation_id, allowance))


def of(connection: sqlite3.Connection, conversation: str) -> Allowance | None:
    row = connection.execute(
        "SELECT amount, currency FROM conversation_budgets WHERE conversation = ?",
        (conversation,),
    ).fetchone()
    amount = amount_of(row["amount"]) if row else None
    return None if amount is None else Allowance(amount, text_of(row["currency"]))


def put(connection: sqlite3.Connection, conversation: str, allowance: Allowance | None) -> None:
    connection.execute("DELETE FROM conversation_budgets WHERE conversation = ?", (conversation,))
    if allowance is not None:
        connection.execute(
            "INSERT INTO conversation_budgets VALUES (?, ?, ?)",
            (conversation, str(allowance.amount), allowance.currency),
        )
