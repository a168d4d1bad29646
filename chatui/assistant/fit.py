"""What of everything at hand fits into one prompt: a pure function of token counts.

The question comes first; it is cut where that is wished and nothing else would do. Pinned turns
and the summary keep their room beside it. Of what is then free, recalled turns take a share
and passages the rest, the best of both first; the newest turns take what is left. Notes give
way to all that must be there, and take a share of the cap at most.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.ask import Amounts
from chatui.cost.tokens.tokens import REPLY_TOKENS
from chatui.domain.errors import ContextTooLong
from chatui.memory.window.candidates import Candidates
from chatui.memory.window.summary_window import Fitted, StandIn, fit_summarised
from chatui.memory.window.window import Bounds, ContextWindow, Held, fit, nothing_but

if TYPE_CHECKING:
    from chatui.assistant.measure import CutQuestion, Parts
    from chatui.memory.policy import MemoryPolicy

NOTES_SHARE = 5
"""Notes take at most a fifth of the cap, whatever they are allowed: a small cap would hold
little of the conversation else."""

SEAM = 4
"""Tokens that the text on both sides of notes may take more beside them than without."""

RECALLED_SHARE = 3
"""Recalled turns take at most this part of what is free beside the question: the newest turns
and the passages need the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What goes into the prompt: so many of the `standing` notes, and in the last message as much
    as it `held`. The other numbers are tokens: `system` of the head with its `notes`,
    `question` of the last message without passages but with `called_notes` and `recalled`
    turns. `coming` is the window once the likely passages are found."""

    standing: int
    held: Amounts
    cut: CutQuestion | None
    window: ContextWindow
    summary: StandIn | None
    coming: ContextWindow
    system: int
    question: int
    passages: int
    notes: int
    called_notes: int
    recalled: int


def fit_parts(parts: Parts, bounds: Bounds, last: Held | None, policy: MemoryPolicy) -> Fit:
    """`last` is where the last prompt began. Raises ContextTooLong."""
    standing, called = notes_that_fit(parts, bounds)
    room = _LastMessageRoom(parts, bounds, last, parts.head(standing))
    held = Amounts(called=called)
    held = replace(held, recalled=recalled_that_fit(parts, held, room, policy.recall_tokens))
    cut = None
    if parts.tail(held) > room.most and policy.too_long == "cut":
        # Where no turn may leave it gives way to all of them, but keeps half: less is refused.
        cut = parts.cut(held, max(room.beside_turns(0), room.most // 2))
        question = tail = cut.tail
    else:
        question = parts.tail(held)
        held = replace(held, passages=passages_that_fit(parts, held, room))
        tail = parts.tail(held)
    foreseen = min(parts.recallable(held), recall_room(parts, held, room, policy.recall_tokens))
    tail, question = tail + foreseen, question + foreseen
    fitted = coming = room.window(tail)
    if parts.likely_tail and not bounds.full:
        likely = min(parts.likely_tail(held) + foreseen, room.free)
        coming = room.window(likely) if likely > tail else fitted
    return Fit(
        standing=standing,
        held=held,
        cut=cut,
        window=fitted.window,
        summary=fitted.summary,
        coming=coming.window,
        system=room.system,
        question=question,
        passages=tail - question,
        notes=room.system - parts.head(0) if standing else 0,
        called_notes=parts.mute_tail(held.called) - parts.mute_tail(0) if held.called else 0,
        recalled=tail - parts.tail(replace(held, recalled=0)) if held.recalled else 0,
    )


def notes_that_fit(parts: Parts, bounds: Bounds) -> tuple[int, int]:
    """How many of the standing notes, the oldest, and of those called, the best. None where the
    question, and the turns that must not be left out, don't fit beside them."""
    there, cap = parts.there, cap_of(bounds)
    if not parts.standing and not there.called:
        return 0, 0
    bare = parts.head(0)
    beside = bare + parts.tail(Amounts(recalled=there.recalled)) + REPLY_TOKENS
    if bounds.full and parts.remember:
        beside += sum(turn.tokens for turn in parts.turns) + longest_summary(parts)
    room = min(cap // NOTES_SHARE, cap - beside - SEAM)
    if room <= 0:
        return 0, 0
    standing = most(parts.standing, lambda count: parts.head(count) - bare <= room)
    if not there.called:
        return standing, 0
    room += parts.mute_tail(0) - (parts.head(standing) - bare)
    return standing, most(there.called, lambda count: parts.mute_tail(count) <= room)


def recalled_that_fit(parts: Parts, held: Amounts, room: _LastMessageRoom, allowed: int) -> int:
    """How many of the recalled turns, the best, in at most `allowed` tokens."""
    if not parts.there.recalled:
        return 0
    question = parts.tail(held)
    allowed = recall_room(parts, held, room, allowed)
    return most(
        parts.there.recalled,
        lambda count: parts.tail(replace(held, recalled=count)) - question <= allowed,
    )


def recall_room(parts: Parts, held: Amounts, room: _LastMessageRoom, allowed: int) -> int:
    """Tokens that recalled turns may take beside the rest of the last message."""
    return max(0, min(allowed, (room.free - parts.tail(held)) // RECALLED_SHARE))


def passages_that_fit(parts: Parts, held: Amounts, room: _LastMessageRoom) -> int:
    """How many of the passages, the best; where no turn may leave, in what they leave."""
    if not parts.there.passages:
        return 0
    allowed = room.beside_turns(parts.tail(held))

    def fits(count: int) -> bool:
        tail = parts.tail(replace(held, passages=count))
        return tail <= allowed and not room.refuses(tail)

    return most(parts.there.passages, fits)


def most(there: int, fits: Callable[[int], bool]) -> int:
    """How many of the first fit. All are tried first: mostly they do, and then nothing else is
    counted."""
    if fits(there):
        return there
    return max(0, bisect_left(range(there), True, key=lambda count: not fits(count)) - 1)


def longest_summary(parts: Parts) -> int:
    return max((offer.stand_in.tokens for offer in parts.offers.values()), default=0)


def cap_of(bounds: Bounds) -> int:
    return sys.maxsize if bounds.cap is None else bounds.cap


class _LastMessageRoom:
    """What there is for a last message behind a head of `system` tokens."""

    def __init__(self, parts: Parts, bounds: Bounds, last: Held | None, system: int) -> None:
        self.system = system
        self._turns, self._remember = Candidates.of(parts.turns), parts.remember
        self._summaries = [offer.stand_in for offer in parts.offers.values()]
        self._bounds, self._last = bounds, last
        self._fixed = system + REPLY_TOKENS
        self.most = cap_of(bounds) - self._fixed
        """With nothing else before it."""
        self.free = self.most
        """Beside the pinned turns and the longest summary, which only the question pushes out.
        A pinned turn that could not be sent by itself takes no room."""
        if self._remember:
            pins = (self._turns[at].tokens for at in self._turns.pins)
            self.free -= sum(tokens for tokens in pins if tokens <= self.most)
            self.free -= longest_summary(parts)

    def beside_turns(self, tail: int) -> int:
        """What is free; where no turn may be left out, what they all leave beside a last message
        of `tail` tokens. Raises ContextTooLong."""
        if not self._bounds.full:
            return self.free
        return cap_of(self._bounds) - self.window(tail).window.tokens + tail

    def refuses(self, tail: int) -> bool:
        """Whether turns would have to leave for it that may not: a longer last message can push
        a summary out, and its turns come back."""
        if not self._bounds.full:
            return False
        try:
            self.window(tail)
        except ContextTooLong:
            return True
        return False

    def window(self, tail: int) -> Fitted:
        """The window before a last message of that many tokens, and the summary before it.
        Raises ContextTooLong."""
        turns, fixed, bounds = self._turns, self._fixed, self._bounds
        if not self._remember:
            return Fitted(nothing_but(turns, fit((), tail, fixed, bounds).tokens))
        return fit_summarised(turns, tail, fixed, bounds, self._last, self._summaries)
