"""The turns that are shown, as a value: the path through a conversation's tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chatui.domain.conversation import Turn

KeyedTurn = tuple[str, Turn]
"""A turn with its key, the id that the store gave it."""


@dataclass(frozen=True, slots=True)
class TurnPath:
    """Oldest first."""

    turns: tuple[KeyedTurn, ...] = ()

    @classmethod
    def of(cls, turns: Iterable[KeyedTurn]) -> TurnPath:
        return cls(tuple(turns))

    @property
    def head(self) -> str | None:
        """The key of the newest turn."""
        return self.turns[-1][0] if self.turns else None

    def turn(self, key: str) -> Turn | None:
        place = self._place(key)
        return None if place is None else self.turns[place][1]

    def up_to(self, key: str | None) -> TurnPath:
        """The path that ends with `key`; empty for None or a key that is not on it."""
        place = None if key is None else self._place(key)
        return TurnPath() if place is None else TurnPath(self.turns[: place + 1])

    def parent_of(self, key: str) -> str | None:
        """The key before `key`, None for the first."""
        place = self._place(key)
        return self.turns[place - 1][0] if place else None

    def with_turn(self, key: str, turn: Turn) -> TurnPath:
        """The turn of that key replaced, or added at the end."""
        place = self._place(key)
        if place is None:
            place = len(self.turns)
        return TurnPath((*self.turns[:place], (key, turn), *self.turns[place + 1 :]))

    def _place(self, key: str) -> int | None:
        """Looked for from the end, where nearly all that happens is."""
        return next(
            (at for at in range(len(self.turns) - 1, -1, -1) if self.turns[at][0] == key), None
        )


def pending(question: str) -> Turn:
    """The turn of a question that has just been asked."""
    from datetime import UTC, datetime

    return Turn(question=question, asked=datetime.now(UTC))
