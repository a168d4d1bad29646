"""What was counted in library.db, as long as nothing has changed in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

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

    def of_each(
        self,
        db: sqlite3.Connection,
        function: Callable[[sqlite3.Connection, int, Sequence[str]], dict[str, int]],
        within: int,
        names: Sequence[str],
    ) -> dict[str, int]:
        """What the function says of each name, which it is asked together with others."""
        kept = self._current(db)
        missing = [name for name in names if (function, within, name) not in kept]
        if missing:
            found = function(db, within, missing)
            kept.update(((function, within, name), number) for name, number in found.items())
        return {name: kept[function, within, name] for name in names}  # type: ignore[misc]

    def _current(self, db: sqlite3.Connection) -> dict[object, object]:
        """Empty once this connection, or any other of any process, has changed something."""
        (others,) = db.execute("PRAGMA data_version").fetchone()
        state = others, db.total_changes
        if state != self._state or len(self._kept) > MOST_KEPT:
            self._state, self._kept = state, {}
        return self._kept
