"""What was counted in library.db, as long as nothing has changed in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from chatui.text.fts.matching import rows_matching

MOST_KEPT = 4096

P = ParamSpec("P")
T = TypeVar("T")


class Counts:
    """For the connection of one thread. A question counts all chunks and those with its words,
    which takes SQLite a millisecond or two of 20,000; the next one has common words with it."""

    def __init__(self) -> None:
        self._state: tuple[int, int] | None = None
        self._kept: dict[object, object] = {}

    def of(
        self,
        db: sqlite3.Connection,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the function says, whose arguments can be compared."""
        key = function, args, tuple(kwargs.items())
        kept = self._current(db)
        if key not in kept:
            kept[key] = function(db, *args, **kwargs)
        value: T = kept[key]  # type: ignore[assignment]
        return value

    def rows(self, db: sqlite3.Connection, table: str, expression: str, most: int) -> int:
        """How many rows of the table match, as `text.fts.matching` counts them: what a search has
        counted to find its passages is known when their share of the words is told."""
        return self.of(db, rows_matching, table, expression, most)

    def _current(self, db: sqlite3.Connection) -> dict[object, object]:
        """Empty once this connection, or any other of any process, has changed something."""
        (others,) = db.execute("PRAGMA data_version").fetchone()
        state = others, db.total_changes
        if state != self._state or len(self._kept) > MOST_KEPT:
            self._state, self._kept = state, {}
        return self._kept
