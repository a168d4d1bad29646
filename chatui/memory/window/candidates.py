"""The earlier turns on their way into a prompt, with the sums that every fit of them needs.

Each is added once, when its turn is: what a turn of the conversation costs must not grow with
the turns before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier turn on its way into a prompt. `asked` and `answered`: it has a question,
    and a reply that may be sent; `left_out`: the user has had it left out, and it may not."""

    tokens: int
    pinned: bool = False
    asked: bool = True
    answered: bool = True
    left_out: bool = False


class Candidates(Sequence[Candidate]):
    """Immutable. `pins` are the places of the pinned turns that were answered, and `unasked` those
    of answers without a question, both in order."""

    __slots__ = ("_counts", "_items", "_runs", "pins", "unasked")

    def __init__(self, turns: Iterable[Candidate] = ()) -> None:
        self._items: list[Candidate] = []
        self._runs, self._counts = [0], [0]
        self.pins: list[int] = []
        self.unasked: list[int] = []
        for turn in turns:
            self._add(turn)

    @classmethod
    def of(cls, turns: Sequence[Candidate]) -> Candidates:
        return turns if isinstance(turns, Candidates) else cls(turns)

    def first(self, count: int) -> Candidates:
        """The first so many."""
        if count >= len(self._items):
            return self
        return self._grown(count, ())

    def with_more(self, turns: Sequence[Candidate]) -> Candidates:
        """These, and those behind them."""
        return self._grown(len(self._items), turns) if turns else self

    def tokens(self, start: int = 0, end: int | None = None) -> int:
        """Of the answered turns from `start` on, up to but not including `end`."""
        return self._runs[-1 if end is None else min(end, len(self))] - self._runs[start]

    def answered(self, start: int = 0) -> int:
        """How many turns from `start` on have an answer."""
        return self._counts[-1] - self._counts[start]

    def pins_before(self, start: int) -> list[int]:
        return self.pins[: bisect_left(self.pins, start)]

    def _grown(self, count: int, turns: Sequence[Candidate]) -> Candidates:
        grown = Candidates()
        # Copied as blocks of memory: two thousand places take a few microseconds.
        grown._items = self._items[:count]
        grown._runs, grown._counts = self._runs[: count + 1], self._counts[: count + 1]
        grown.pins = self.pins_before(count)
        grown.unasked = self.unasked[: bisect_left(self.unasked, count)]
        for turn in turns:
            grown._add(turn)
        return grown

    def _add(self, turn: Candidate) -> None:
        place = len(self._items)
        self._items.append(turn)
        self._runs.append(self._runs[-1] + (turn.tokens if turn.answered else 0))
        self._counts.append(self._counts[-1] + turn.answered)
        if turn.answered and turn.pinned:
            self.pins.append(place)
        if turn.answered and not turn.asked:
            self.unasked.append(place)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Candidate: ...

    @overload
    def __getitem__(self, place: slice) -> list[Candidate]: ...

    def __getitem__(self, place: int | slice) -> Candidate | list[Candidate]:
        return self._items[place]

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._items)
