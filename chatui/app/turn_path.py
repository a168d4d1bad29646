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
        return next((turn for known, turn in self.turns if known == key), None)

    def up_to(self, key: str | None) -> TurnPath:
        """The path that ends with `key`; empty for None or a key that is not on it."""
        for number, (known, _) in enumerate(self.turns, start=1):
            if known == key:
                return TurnPath(self.turns[:number])
        return TurnPath()

    def parent_of(self, key: str) -> str | None:
        """The key before `key`, None for the first."""
        before = self.up_to(key).turns[:-1]
        return before[-1][0] if before else None

    def with_turn(self, key: str, turn: Turn) -> TurnPath:
        """The turn of that key replaced, or added at the end."""
        if self.turn(key) is None:
            return TurnPath((*self.turns, (key, turn)))
        return TurnPath(tuple((known, turn if known == key else old) for known, old in self.turns))


def pending(question: str) -> Turn:
    """The turn of a question that has just been asked."""
    from datetime import UTC, datetime

    return Turn(question=question, asked=datetime.now(UTC))
