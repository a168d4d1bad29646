"""What a context held: before another conversation took its place, for when that one comes back,
and at places that a model with one state may have to go back to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MOST_CHECKPOINTS = 16
"""Two for each turn: before the question, and before the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What a model keeps of all it has read, behind the first `count` tokens, as bytes."""

    count: int
    data: Any


class Checkpoints:
    """Of the tokens that a context holds, in their order. The first go when all of them take more
    than `limit` bytes or are more than MOST_CHECKPOINTS: what was said last is gone on with."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._points: list[Checkpoint] = []

    def all(self) -> tuple[Checkpoint, ...]:
        return tuple(self._points)

    def last(self, count: int) -> Checkpoint | None:
        """The last one that is behind no more than so many tokens."""
        return next((one for one in reversed(self._points) if one.count <= count), None)

    def add(self, point: Checkpoint) -> None:
        """Behind all others, or in the place of that which is at the same place."""
        self.cut(point.count - 1)
        self._points.append(point)
        while (
            len(self._points) > MOST_CHECKPOINTS
            or sum(len(one.data) for one in self._points) > self.limit
        ):
            del self._points[0]

    def cut(self, count: int) -> None:
        """Forgets those behind more than so many tokens."""
        self._points = [one for one in self._points if one.count <= count]

    def put(self, points: Sequence[Checkpoint]) -> None:
        self._points = list(points)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The keys and values that llama.cpp had computed for `tokens`, as bytes of its own form.
    `left_early`: the reply at their end was. `checkpoints` are those of the tokens."""

    tokens: list[int]
    data: Any
    left_early: bool
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data) + sum(len(one.data) for one in self.checkpoints)


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
        return sum(state.size for state in self._states)

    def add(self, state: State) -> None:
        self._states.insert(0, state)
        while self.size > self.limit:
            self._states.pop()

    def remove(self, state: State) -> None:
        self._states.remove(state)
