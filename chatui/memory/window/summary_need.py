"""Which turns the coming trim will drop, so that a summary of them is ready when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatui.memory.window.candidates import Candidate
from chatui.memory.window.summary_window import suits
from chatui.memory.window.window import Bounds

NEAR = 0.75
"""Share of a bound from which a summary is prepared. With trims down to 0.7 that is a turn
or two after the last one, so the model has the time of several turns to write it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The tokens that stand before the turns now, and once the coming summary is there."""

    now: int
    then: int


def coming_start(
    turns: Sequence[Candidate], start: int, head: Head, tail: int, bounds: Bounds
) -> int | None:
    """Where the window will start after the trim that is coming; None while none is near.

    `start` is where it starts now, `tail` the tokens of a last message as it is to be
    expected.
    """
    ends = (_end_by_turns(turns, start, bounds), _end_by_cap(turns, start, head, tail, bounds))
    return max((end for end in ends if end is not None), default=None)


def is_ready(  # noqa: PLR0917 - one trim, in its parts
    turns: Sequence[Candidate], start: int, end: int, head: Head, bounds: Bounds, after: int
) -> bool:
    """Whether a summary of the turns before `after` will do for that trim, from `start` to
    `end`: it may stop short by what lies between the mark of a trim and the middle of what
    there is to the cap, which is where the window may start behind it."""
    if after >= end:
        return suits(turns, start, end, after)
    if after <= start or bounds.cap is None:
        return False
    short = sum(turn.tokens for turn in turns[after:end] if turn.answered)
    return short <= (1 - bounds.low_water) / 2 * (bounds.cap - head.then)


def _end_by_turns(turns: Sequence[Candidate], start: int, bounds: Bounds) -> int | None:
    if not bounds.turns:
        return None
    answered = [place for place in range(start, len(turns)) if turns[place].answered]
    if len(answered) < NEAR * bounds.turns:
        return None
    leaving = bounds.turns + 1 - max(1, int(bounds.low_water * bounds.turns))
    # The trim comes with one turn more than may stay.
    return answered[leaving - 1] + 1 if leaving <= len(answered) else None


def _end_by_cap(
    turns: Sequence[Candidate], start: int, head: Head, tail: int, bounds: Bounds
) -> int | None:
    cap = bounds.cap
    if cap is None or bounds.full:
        return None
    run = tail + sum(turn.tokens for turn in turns[start:] if turn.answered)
    if head.now + run < NEAR * cap:
        return None
    leaving = max(cap - head.now, run) - bounds.low_water * (cap - head.then)
    end = start
    while end < len(turns) and leaving > 0:
        leaving -= turns[end].tokens if turns[end].answered else 0
        end += 1
    return end if end > start else None
