"""What providers reported of calls that we had counted ourselves, in chats.db."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from chatui.cost.tokens.calibration import Observation
from chatui.memory.store.database import storable
from chatui.memory.store.query_thread import QueryThread

KEPT = 50
"""Rows of a model, its vocabulary and a side; older ones are removed."""


class Observations:
    """All methods raise StoreError. What was read last stays in memory: it is asked for at
    every keystroke."""

    def __init__(self, thread: QueryThread) -> None:
        self._thread = thread
        self._known: dict[str, Sequence[Observation]] = {}

    async def of(self, model: str) -> Sequence[Observation]:
        """Those of the model of that full name, oldest first."""
        if model not in self._known:
            self._known[model] = await self._thread.read(lambda db: _of(db, model))
        return self._known[model]

    async def add(self, observations: Sequence[Observation]) -> None:
        def work(db: sqlite3.Connection) -> None:
            for one in observations:
                _add(db, one)

        await self._thread.write(work)
        for one in observations:
            self._known.pop(one.model, None)


def _of(connection: sqlite3.Connection, model: str) -> Sequence[Observation]:
    rows = connection.execute(
        "SELECT model, encoding, side, counted, estimated, reported FROM token_observations"
        " WHERE model = ? ORDER BY number",
        (storable(model),),
    )
    return tuple(Observation(*row) for row in rows)


def _add(connection: sqlite3.Connection, one: Observation) -> None:
    series = (storable(one.model), storable(one.encoding), one.side)
    connection.execute(
        "INSERT INTO token_observations (model, encoding, side, counted, estimated, reported)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (*series, one.counted, one.estimated, one.reported),
    )
    connection.execute(
        "DELETE FROM token_observations WHERE number IN (SELECT number FROM token_observations"
        " WHERE model = ? AND encoding = ? AND side = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
        (*series, KEPT),
    )
