"""What a context held before another conversation took its place, for when that one comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The keys and values that llama.cpp had computed for `tokens`, as bytes of its own form.
    `left_early`: the reply at their end was."""

    tokens: list[int]
    data: Any
    left_early: bool


class SavedStates:
    """Newest first. Those that were saved the longest ago go when all of them take more than
    `limit` bytes; 0 keeps none."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._states: list[State] = []

    def __iter__(self) -> Iterator[State]:
        return iter(tuple(self._states))

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(state.data) for state in self._states)

    def add(self, state: State) -> None:
        self._states.insert(0, state)
        while self.size > self.limit:
            self._states.pop()

    def remove(self, state: State) -> None:
        self._states.remove(state)
