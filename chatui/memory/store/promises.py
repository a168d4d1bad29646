"""What calls that are under way may cost at most, in chats.db: no other call may use that up.

A call is promised its part when it begins and gives it back when it has ended and is booked.
Whoever was promised first comes first, in whichever process it runs; what a process that died was
promised counts for nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatui.domain.usage import Cost
from chatui.memory.store.codec import amount_of
from chatui.memory.store.database import text_of
from chatui.memory.store.query_thread import QueryThread
from chatui.memory.store.writers import Writers


@dataclass(frozen=True, slots=True)
class Promised:
    """`cost` is the most that a call of that turn may cost."""

    number: int
    conversation_id: str
    turn_id: str
    cost: Cost
    own: bool
    """Whether it is a call of this process."""


class Promises:
    """All methods raise StoreError."""

    def __init__(self, thread: QueryThread, writers: Writers) -> None:
        self._thread = thread
        self._writers = writers

    async def make(self, conversation_id: str, turn_id: str, cost: Cost) -> Promised:
        """Promises a call that much; `others` tells what that leaves."""

        def work(db: sqlite3.Connection) -> int:
            number = db.execute(
                "INSERT INTO promises (writer, conversation, turn, amount, currency)"
                " VALUES (?, ?, ?, ?, ?)",
                (self._writers.own(), conversation_id, turn_id, *_values(cost)),
            ).lastrowid
            assert number is not None
            return number

        number = await self._thread.write(work)
        return Promised(number, conversation_id, turn_id, cost, own=True)

    async def lower(self, promised: Promised, cost: Cost) -> None:
        """It turns out to need no more than that."""
        await self._thread.write(
            lambda db: db.execute(
                "UPDATE promises SET amount = ?, currency = ? WHERE number = ?",
                (*_values(cost), promised.number),
            )
        )

    async def end(self, promised: Promised) -> None:
        await self._thread.write(
            lambda db: db.execute("DELETE FROM promises WHERE number = ?", (promised.number,))
        )

    async def others(self, turn_id: str, before: Promised | None = None) -> Sequence[Promised]:
        """What calls of other turns are promised, those `before` one where that is given."""
        return await self._thread.read(
            lambda db: others(db, self._writers, turn_id, before.number if before else None)
        )


def others(
    connection: sqlite3.Connection, writers: Writers, turn_id: str, before: int | None
) -> list[Promised]:
    rows = connection.execute("SELECT * FROM promises WHERE turn != ? ORDER BY number", (turn_id,))
    alive: dict[str, bool] = {}
    found = []
    for row in rows:
        writer = text_of(row["writer"])
        if writer not in alive:
            alive[writer] = writers.alive(writer)
        amount = amount_of(row["amount"])
        if alive[writer] and amount is not None and (before is None or row["number"] < before):
            cost = Cost(amount, text_of(row["currency"]), "budget", estimated=True)
            own = writers.is_own(writer)
            conversation, turn = text_of(row["conversation"]), text_of(row["turn"])
            found.append(Promised(row["number"], conversation, turn, cost, own))
    return found


def dead_writers(connection: sqlite3.Connection, writers: Writers) -> list[str]:
    """Those that have left promises behind."""
    named = [row["writer"] for row in connection.execute("SELECT DISTINCT writer FROM promises")]
    return [writer for writer in named if not writers.alive(writer)]


def forget_dead(connection: sqlite3.Connection, writers: Writers) -> None:
    """Takes away what they have left behind."""
    for writer in dead_writers(connection, writers):
        connection.execute("DELETE FROM promises WHERE writer = ?", (writer,))


def _values(cost: Cost) -> tuple[str, str]:
    return str(cost.amount if cost.amount is not None else Decimal(0)), cost.currency
