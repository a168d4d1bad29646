"""Queries on the calls that are under way. Each is kept with what is known of it so far, so that
the money is not forgotten when its process dies before it can book it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from chatui.domain.conversation import TurnState
from chatui.memory.records import LedgerRow
from chatui.memory.store.codec import cost_to_json, usage_to_json
from chatui.memory.store.ledger import CALL, book, call_values, row_of


def keep(connection: sqlite3.Connection, row: LedgerRow, writer: str) -> None:
    """Keeps the call of a pending turn, in place of what was kept of it before; that of a
    settled one is booked already."""
    values = call_values(row)
    connection.execute(
        f"""INSERT OR REPLACE INTO open_calls (turn, writer, {CALL})
        SELECT id, ? {", ?" * len(values)} FROM turns WHERE id = ? AND state = ?""",
        (writer, *values, row.turn_id, TurnState.PENDING),
    )


def drop(connection: sqlite3.Connection, turn: str) -> None:
    """The call has ended: it is booked, or was never made."""
    connection.execute("DELETE FROM open_calls WHERE turn = ?", (turn,))


def left(connection: sqlite3.Connection, alive: Callable[[str], bool]) -> list[str]:
    """The writers that have left calls behind."""
    found = connection.execute("SELECT DISTINCT writer FROM open_calls")
    return [row["writer"] for row in found if not alive(row["writer"])]


def book_left(connection: sqlite3.Connection, writer: str) -> None:
    """Books the calls that a dead writer has left behind, as they were known last."""
    found = connection.execute(
        "SELECT open_calls.*, conversation FROM open_calls JOIN turns ON turns.id = turn"
        " WHERE open_calls.writer = ?",
        (writer,),
    )
    for row in [row_of(one) for one in found]:
        book(connection, row)
        figures = usage_to_json(row.usage), cost_to_json(row.cost)
        connection.execute(
            "UPDATE turns SET usage = ?, cost = ? WHERE id = ?",
            (*map(json.dumps, figures), row.turn_id),
        )
    connection.execute("DELETE FROM open_calls WHERE writer = ?", (writer,))
