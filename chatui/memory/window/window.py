"""Which turns go into a prompt, and why the others don't: a pure function of their sizes.

A prompt that drops its oldest turn each time has a new beginning each time, and no
provider's prefix cache can use it. So when a bound is reached, whole turns are dropped down
to a low-water mark, and then the window's start holds until the bound is reached again. Where a
big message has pushed the others out, and leaves, older turns come back up to that mark: the
beginning is a new one anyway.
`benchmarks/prompt_cache.py` measures what that is worth.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import overload

from chatui.domain.errors import ContextTooLong
from chatui.memory.window.candidates import Candidate, Candidates

REFILL = 0.25
"""Share of what a trim may leave from which room that it left over is filled with older turns:
whole turns never fill it to the mark."""


class LeftOut(StrEnum):
    """Why a turn is not in the prompt."""

    NO_ANSWER = "no answer came"
    BY_USER = "left out by you"
    NO_QUESTION = "an answer without a question can't come first"
    BEYOND_TURNS = "beyond the last turns that may stay"
    TOO_LONG = "longer than the cap by itself"
    PINNED_NO_ROOM = "pinned, but there is no room"
    BEYOND_CAP = "beyond the cap"
    HELD = "left at the last trim; the start holds until the next"
    SUMMARISED = "the summary stands for them"
    OFF = "memory is off"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a prompt may hold: `cap` tokens (None: any number) and the last `turns` (0: all).
    `full` refuses instead of leaving turns out for the cap."""

    cap: int | None = None
    turns: int = 0
    low_water: float = 0.7
    full: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Where the last prompt of the conversation started, the bounds that it kept to, the id of
    the summary in it, "" for none, and the places of the turns from before the start that it
    held because they were pinned, and of those with which a trim had filled the window."""

    start: int
    cap: int | None = None
    turns: int = 0
    summary: str = ""
    pinned: frozenset[int] = frozenset()
    refilled: frozenset[int] = frozenset()


class Reasons(Sequence[tuple[int, LeftOut]]):
    """Of `end` turns those that are not `kept`, each with the reason that `why` gives for its
    place. They are looked for when they are asked for: in a long conversation most turns are
    left out, and hardly anybody asks. `dropped` is how many of them the bounds cost, failed ones
    not counted."""

    __slots__ = ("_end", "_kept", "dropped", "why")

    def __init__(
        self, end: int, kept: Collection[int], why: Callable[[int], LeftOut], dropped: int
    ) -> None:
        self._end, self._kept = end, frozenset(kept)
        self.why, self.dropped = why, dropped

    def since(self, start: int) -> Iterator[tuple[int, LeftOut]]:
        """Those of the places from `start` on."""
        places = (place for place in range(start, self._end) if place not in self._kept)
        return ((place, self.why(place)) for place in places)

    def of(self, places: Collection[int]) -> Iterator[tuple[int, LeftOut]]:
        """Those of certain places."""
        return ((place, self.why(place)) for place in places if place not in self._kept)

    def told_as(self, why: Callable[[int, LeftOut], LeftOut]) -> Reasons:
        """The same turns with other words for the reasons."""
        before = self.why
        return Reasons(self._end, self._kept, lambda at: why(at, before(at)), self.dropped)

    def __len__(self) -> int:
        return self._end - len(self._kept)

    @overload
    def __getitem__(self, place: int) -> tuple[int, LeftOut]: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[tuple[int, LeftOut], ...]: ...

    def __getitem__(
        self, place: int | slice
    ) -> tuple[int, LeftOut] | tuple[tuple[int, LeftOut], ...]:
        return tuple(self)[place]

    def __iter__(self) -> Iterator[tuple[int, LeftOut]]:
        return self.since(0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """`kept` are the places of the turns that are sent, oldest first: pinned ones from
    before `start` and those that it was `refilled` with, then those from `start` on. `left_out`
    has all other places with the reason. `tokens` is the size of the whole prompt."""

    start: int
    kept: tuple[int, ...]
    left_out: Reasons
    tokens: int
    refilled: tuple[int, ...] = ()


def fit(
    turns: Sequence[Candidate],
    question_tokens: int,
    fixed_tokens: int,
    bounds: Bounds,
    held: Held | None = None,
    *,
    back_to: int = 0,
    trimmed: bool = False,
) -> ContextWindow:
    """Keeps the question, the `fixed_tokens` that every prompt has, the pinned turns and as
    many of the newest turns as the bounds allow.

    The window starts where the last prompt's did as long as that fits. Beyond the last
    `turns`, it drops turns, oldest first, until `low_water` of that number are left; beyond
    the cap, until the rest fills no more than `low_water` of what the fixed part and the
    pinned turns leave of it. Bounds that were loosened since let it start from the first
    turn again. Pinned turns don't count as turns once they stand before the start, and only
    those are dropped for which the cap itself has no room, older ones first.

    Where a trim left much less than that, or nothing is left at all, the newest of the older
    turns that fit come back, from the place `back_to` on, and stay until the next trim. Where
    only the last turns may stay, none does. `trimmed`: the start was moved before.

    Raises ContextTooLong when the question alone exceeds the cap, or, with `full`, when
    turns would have to leave for it.
    """
    cap = bounds.cap
    sizes = _Sizes(turns, question_tokens, fixed_tokens, cap)
    if cap is not None and fixed_tokens + question_tokens > cap:
        raise ContextTooLong(
            f"The question with its instructions takes {fixed_tokens + question_tokens:,} "
            f"tokens, but only {cap:,} fit: shorten it, let it be cut (`/context cut`, "
            'memory.too_long = "cut"), raise the cap where you set one (`/context cap`), or choose '
            "a model with a larger context."
        )
    start = 0 if held is None or loosened(bounds, held) else min(max(held.start, 0), len(turns))
    start = _within_turns(sizes, start, bounds)
    if bounds.full and cap is not None and sizes.whole(start) > cap:
        raise ContextTooLong(
            f"The whole conversation takes {sizes.whole(start):,} tokens, but only {cap:,} fit, "
            "and this chat leaves nothing out: `/context trim` lets the oldest turns leave, "
            "`/new` starts afresh, or choose a model with a larger context."
        )
    began, refilled = start, _still_held(sizes, start, bounds, held)
    more = sizes.tokens(refilled)
    start = _within_cap(sizes, start, bounds, more)
    if start != began or (more and sizes.whole(start) + more > (cap or 0)):
        refilled, trimmed = (), True
    if trimmed or (start and not refilled and not sizes.count(start)):
        refilled = _refilled(sizes, start, bounds, back_to)
    kept = sorted([*sizes.pins_that_fit(start), *refilled])
    tokens = fixed_tokens + sizes.run(start) + sizes.tokens(kept)
    kept += [place for place in range(start, len(turns)) if turns[place].answered]
    while kept and not turns[kept[0]].asked:
        tokens -= turns[kept.pop(0)].tokens
    reasons = _reasons(sizes, kept, start, bounds)
    return ContextWindow(start, tuple(kept), reasons, tokens, tuple(refilled))


def nothing_but(turns: Sequence[Candidate], tokens: int) -> ContextWindow:
    """The window of a chat without memory: the question alone, `tokens` with all."""
    candidates = Candidates.of(turns)

    def why(place: int) -> LeftOut:
        return LeftOut.OFF if candidates[place].answered else _unanswered(candidates[place])

    reasons = Reasons(len(candidates), (), why, candidates.answered())
    return ContextWindow(len(candidates), (), reasons, tokens)


def loosened(bounds: Bounds, held: Held) -> bool:
    """Whether more may stay than when the last prompt was made."""

    def looser(now: int | None, before: int | None) -> bool:
        return bool(before) and (not now or now > (before or 0))

    return looser(bounds.cap, held.cap) or looser(bounds.turns, held.turns)


def _within_turns(sizes: _Sizes, start: int, bounds: Bounds) -> int:
    if not bounds.turns or sizes.count(start) <= bounds.turns:
        return start
    least = max(1, int(bounds.low_water * bounds.turns))
    while sizes.count(start) > least:
        start += 1
    return start


def _still_held(sizes: _Sizes, start: int, bounds: Bounds, held: Held | None) -> tuple[int, ...]:
    """The turns with which an earlier trim filled the window."""
    if held is None or start != held.start or bounds.full or bounds.turns or loosened(bounds, held):
        return ()
    return tuple(place for place in sorted(held.refilled) if sizes.may_come_back(place, start))


def _refilled(sizes: _Sizes, start: int, bounds: Bounds, back_to: int) -> tuple[int, ...]:
    """The newest turns from before the start that fit up to the low-water mark."""
    if bounds.cap is None or bounds.full or bounds.turns:
        return ()
    most = bounds.low_water * (bounds.cap - sizes.base(start))
    room = most - sizes.run(start)
    if room < REFILL * most:
        return ()
    found: list[int] = []
    for place in range(start - 1, back_to - 1, -1):
        tokens = sizes.turns[place].tokens
        if tokens <= room and sizes.may_come_back(place, start):
            found.append(place)
            room -= tokens
    return tuple(reversed(found))


def _within_cap(sizes: _Sizes, start: int, bounds: Bounds, more: int) -> int:
    """`more` tokens stand before the start."""
    cap = bounds.cap
    if cap is None or sizes.whole(start) + more <= cap:
        return start
    # The question is part of what must sink to the mark: it will be a turn next time.
    while start < sizes.end and sizes.run(start) > bounds.low_water * (cap - sizes.base(start)):
        start += 1
    return start


def _reasons(sizes: _Sizes, kept: Sequence[int], start: int, bounds: Bounds) -> Reasons:
    sent = frozenset(kept)
    turns = sizes.turns
    unfit = sum(at not in sent and (at >= start or turns[at].pinned) for at in turns.unasked)
    dropped = turns.answered() - len(sent) - unfit
    return Reasons(sizes.end, sent, lambda place: _reason(sizes, place, start, bounds), dropped)


def _reason(sizes: _Sizes, place: int, start: int, bounds: Bounds) -> LeftOut:
    turn, cap = sizes.turns[place], bounds.cap
    if not turn.answered:
        return _unanswered(turn)
    if not turn.asked and (place >= start or turn.pinned):
        return LeftOut.NO_QUESTION
    if cap is not None and sizes.alone(place) > cap:
        return LeftOut.TOO_LONG
    return LeftOut.PINNED_NO_ROOM if turn.pinned else _beyond(sizes, place, bounds)


def _unanswered(turn: Candidate) -> LeftOut:
    return LeftOut.BY_USER if turn.left_out else LeftOut.NO_ANSWER


def _beyond(sizes: _Sizes, place: int, bounds: Bounds) -> LeftOut:
    if 0 < bounds.turns < sizes.count(place):
        return LeftOut.BEYOND_TURNS
    if bounds.cap is not None and sizes.whole(place) > bounds.cap:
        return LeftOut.BEYOND_CAP
    return LeftOut.HELD


class _Sizes:
    """What a prompt that starts at a place is made of, in tokens."""

    def __init__(
        self, turns: Sequence[Candidate], question: int, fixed: int, cap: int | None
    ) -> None:
        self.turns, self.fixed, self.end = Candidates.of(turns), fixed, len(turns)
        self._question, self._cap = question, cap
        # A pinned turn that could never fit must not shut the others out.
        self._pins = [at for at in self.turns.pins if cap is None or self.alone(at) <= cap]
        self._pinned = [0, *accumulate(self.turns[at].tokens for at in self._pins)]

    def alone(self, place: int) -> int:
        """A prompt with no turn but this one before the question."""
        return self.fixed + self._question + self.turns[place].tokens

    def pins_that_fit(self, start: int) -> list[int]:
        """The pinned turns from before `start` for which there is room, newer ones chosen
        first; in their order."""
        room = None if self._cap is None else self._cap - self.fixed - self.run(start)
        kept = []
        for place in reversed(self._pins[: bisect_left(self._pins, start)]):
            tokens = self.turns[place].tokens
            if room is None or tokens <= room:
                kept.append(place)
                room = None if room is None else room - tokens
        return kept[::-1]

    def may_come_back(self, place: int, start: int) -> bool:
        """Whether a turn from before the start can be sent, and isn't as a pinned one."""
        turn = self.turns[place]
        return place < start and turn.answered and turn.asked and not turn.pinned

    def tokens(self, places: Collection[int]) -> int:
        return sum(self.turns[place].tokens for place in places)

    def base(self, start: int) -> int:
        """The fixed part and the pinned turns from before `start`."""
        return self.fixed + self._pinned[bisect_left(self._pins, start)]

    def run(self, start: int) -> int:
        """The turns from `start` on, and the question."""
        return self.turns.tokens(start) + self._question

    def whole(self, start: int) -> int:
        return self.base(start) + self.run(start)

    def count(self, start: int) -> int:
        """How many turns there are from `start` on that can be sent."""
        return self.turns.answered(start)
