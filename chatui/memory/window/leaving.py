"""Which turns the coming prompt leaves out that the last one held: told before it is sent."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from chatui.memory.window.window import Candidate, ContextWindow, Held, LeftOut

NOT_SENT_ANYWAY = (LeftOut.NO_ANSWER, LeftOut.NO_QUESTION, LeftOut.OFF)


@dataclass(frozen=True, slots=True)
class Leaving:
    """So many turns, and their tokens."""

    turns: int = 0
    tokens: int = 0


def leaving(
    turns: Sequence[Candidate],
    held: Held | None,
    window: ContextWindow,
    pinned: Container[int] = (),
) -> Leaving:
    """The turns that `window` leaves out from where the last prompt started (`held`; None:
    from the first turn, for nothing was left out yet), and of those `pinned` in it."""
    start = held.start if held else 0
    gone = [
        turns[place].tokens
        for place, reason in window.left_out
        if reason not in NOT_SENT_ANYWAY and (place >= start or place in pinned)
    ]
    return Leaving(len(gone), sum(gone))
