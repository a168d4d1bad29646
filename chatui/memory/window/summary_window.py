"""Which summary stands in a prompt for the turns that left it, and where the window starts
behind it: a pure function, as `window` is.

A summary changes only when the window's start moves, for the same reason that the start
holds: a prompt with another beginning is no use to a prefix cache. One that the user asked
for (`/compact`) is taken at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatui.domain.errors import ContextTooLong
from chatui.memory.window.candidates import Candidate, Candidates
from chatui.memory.window.window import (
    Bounds,
    ContextWindow,
    Held,
    LeftOut,
    fit,
    loosened,
)

OVERSHOOT = 0.5
"""Share of what a trim drops that a summary prepared for it may drop beyond that. The trim
was foreseen some turns before, when the sizes of the last ones were not known."""

_STOOD_FOR = (LeftOut.HELD, LeftOut.BEYOND_CAP, LeftOut.BEYOND_TURNS, LeftOut.TOO_LONG)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A summary that could stand in a prompt: for the turns before the place `after`, in so
    many `tokens`. `compact`: the user asked for it; `cut`: it was made shorter to fit."""

    id: str
    after: int
    tokens: int
    compact: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    window: ContextWindow
    summary: StandIn | None = None


@dataclass(frozen=True, slots=True)
class _Room:
    """What every fit of one prompt has in common."""

    turns: Candidates
    question: int
    fixed: int
    bounds: Bounds
    last: Held | None
    back_to: int
    """What a compact summary stands for does not come back."""

    def fit(
        self,
        start: int,
        summary: StandIn | None,
        cap: int | None = None,
        *,
        trimmed: bool = False,
    ) -> ContextWindow:
        """The window from a start on, or from where a trim has to begin."""
        bounds = self.bounds if cap is None else replace(self.bounds, cap=cap)
        held = Held(start, bounds.cap, bounds.turns)
        if self.last is not None and start == self.last.start and not trimmed:
            held = replace(held, refilled=self.last.refilled)
        fixed = self.fixed + (summary.tokens if summary else 0)
        return fit(
            self.turns,
            self.question,
            fixed,
            bounds,
            held,
            back_to=self.back_to if summary else 0,
            trimmed=trimmed,
        )

    def holds(self, summary: StandIn) -> bool:
        cap = self.bounds.cap
        return cap is None or self.fixed + self.question + summary.tokens <= cap


def fit_summarised(  # noqa: PLR0917 - as `fit`, with the summaries
    turns: Sequence[Candidate],
    question_tokens: int,
    fixed_tokens: int,
    bounds: Bounds,
    held: Held | None,
    summaries: Sequence[StandIn],
) -> Fitted:
    """What `fit` gives, with the summary that stands before it. `summaries` are all that
    stand for turns of this path, in the order in which they were made.

    The last prompt's summary stays as long as the window's start holds. When turns must
    leave, the newest summary that doesn't drop many more than those takes its place, and the
    window starts behind it; turns between the two are in no summary until the next. Bounds
    that were loosened let turns come back, but none that a compact one stands for. A summary
    for which there is no room beside the question or a pinned turn is left out.
    """
    last = None if held is None or loosened(bounds, held) else held
    compacted = max((one.after for one in summaries if one.compact), default=0)
    room = _Room(Candidates.of(turns), question_tokens, fixed_tokens, bounds, last, compacted)
    usable = [one for one in summaries if room.holds(one)]
    start, current = _before_trims(usable, bounds, held)
    fitted = Fitted(room.fit(start, current), current)
    if fitted.window.start != start:
        fitted = _trimmed(room, fitted, start, usable)
    return _explained(_with_pins(room, fitted))


def suits(turns: Sequence[Candidate], start: int, end: int, after: int) -> bool:
    """Whether a summary of the turns before `after` may be taken for a trim from `start` to
    `end`: one that goes much beyond would drop turns for which there is room."""
    dropped, beyond = _tokens(turns[start:end]), _tokens(turns[end:after])
    return beyond <= OVERSHOOT * dropped


def _tokens(turns: Sequence[Candidate]) -> int:
    return sum(turn.tokens for turn in turns if turn.answered)


def _before_trims(
    usable: Sequence[StandIn], bounds: Bounds, held: Held | None
) -> tuple[int, StandIn | None]:
    """Where the window would start if everything fitted, and behind which summary."""
    compact = next((one for one in reversed(usable) if one.compact), None)
    current = next((one for one in usable if held and one.id == held.summary), None)
    newer = compact is not None and (
        current is None or usable.index(compact) > usable.index(current)
    )
    # The last prompt's summary was taken back, or is not of this path.
    lost = held is not None and held.summary and current is None
    if held is None or lost or loosened(bounds, held):
        return (compact.after, compact) if compact else (0, None)
    if newer and compact is not None:
        return max(held.start, compact.after), compact
    return held.start, current


def _trimmed(room: _Room, plain: Fitted, start: int, usable: Sequence[StandIn]) -> Fitted:
    """A trim with the newest summary that suits it, or the plain one."""
    reached = plain.window.start
    behind = plain.summary.after if plain.summary else 0
    for one in sorted(usable, key=lambda one: one.after, reverse=True):
        if one.after <= behind:
            break
        if suits(room.turns, start, reached, one.after):
            return Fitted(room.fit(_rested(room, one), one, trimmed=True), one)
    return plain


def _rested(room: _Room, summary: StandIn) -> int:
    """Where to start behind the summary, so that the next trim is not due at once."""
    cap, low = room.bounds.cap, room.bounds.low_water
    if cap is None or room.bounds.full:
        return summary.after
    try:
        return room.fit(summary.after, summary, cap=int(cap * (1 + low) / 2)).start
    except ContextTooLong:
        return summary.after


def _with_pins(room: _Room, fitted: Fitted) -> Fitted:
    """Without the summary where that gives a pinned turn its room back."""
    if fitted.summary is None or not _pins_left_out(room, fitted.window):
        return fitted
    bare = room.fit(fitted.window.start, None)
    fewer = _pins_left_out(room, bare) < _pins_left_out(room, fitted.window)
    return Fitted(bare) if fewer else fitted


def _pins_left_out(room: _Room, window: ContextWindow) -> int:
    no_room = (LeftOut.PINNED_NO_ROOM, LeftOut.TOO_LONG)
    return sum(reason in no_room for _, reason in window.left_out.of(room.turns.pins))


def _explained(fitted: Fitted) -> Fitted:
    """With the turns named that the summary stands for."""
    if fitted.summary is None:
        return fitted
    after = fitted.summary.after

    def why(place: int, reason: LeftOut) -> LeftOut:
        return LeftOut.SUMMARISED if place < after and reason in _STOOD_FOR else reason

    told = fitted.window.left_out.told_as(why)
    return replace(fitted, window=replace(fitted.window, left_out=told))
