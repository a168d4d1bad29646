"""Which turns go into a prompt: a pure function of token counts.

A prompt that drops its oldest turn each time has a new beginning each time, and no
provider's prefix cache can use it: with a cap of 8k tokens over 300 turns 22% of the prompt
could be read from the cache. So when the cap is reached, whole turns are dropped down to a
low-water mark, and then the window's start holds until the cap is reached again: 82% with
a mark of 0.7.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chatui.errors import ContextTooLong


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """The turns that fit. `kept` are their places, oldest first: pinned turns from before
    `start`, then every turn from `start` on. `tokens` is the size of the whole prompt."""

    start: int
    kept: tuple[int, ...]
    dropped: int
    tokens: int


def fit(
    turns_tokens: Sequence[int],
    fixed_tokens: int,
    cap: int,
    low_water: float,
    previous_start: int = 0,
    *,
    previous_cap: int | None = None,
    pinned: Collection[int] = (),
) -> ContextWindow:
    """Keeps the newest turn, which is the last of `turns_tokens`, and as many before it as
    fit into `cap` tokens beside the `fixed_tokens` that every prompt has.

    The window starts where the previous turn's did (`previous_start`) as long as that fits.
    Else it drops whole turns, oldest first, until the rest fills no more than `low_water`
    of what the fixed part and the pinned turns leave of the cap. A cap that has grown since
    (`previous_cap`) lets it start from the first turn again. Pinned turns are dropped last,
    oldest first, and only as far as the cap itself asks for.

    Raises ContextTooLong when the fixed part and the newest turn alone exceed the cap.
    """
    newest = len(turns_tokens) - 1
    if fixed_tokens + turns_tokens[newest] > cap:
        raise ContextTooLong(
            f"The question with its instructions takes {fixed_tokens + turns_tokens[newest]:,} "
            f"tokens, but only {cap:,} fit: shorten it, or choose a model with a larger context."
        )
    grown = previous_cap is not None and cap > previous_cap
    start = 0 if grown else min(max(previous_start, 0), newest)
    pins = sorted({place for place in pinned if 0 <= place < newest})
    sizes = _Sizes(turns_tokens, fixed_tokens, pins)
    if sizes.base(start) + sizes.history(start) > cap:
        while start < newest and sizes.history(start) > low_water * (cap - sizes.base(start)):
            start += 1
    kept_pins = [place for place in pins if place < start]
    tokens = sizes.base(start) + sizes.history(start)
    while tokens > cap:
        tokens -= turns_tokens[kept_pins.pop(0)]
    kept = (*kept_pins, *range(start, newest + 1))
    return ContextWindow(start, kept, newest + 1 - len(kept), tokens)


class _Sizes:
    """What a prompt that starts at a place is made of, in tokens; sums made once."""

    def __init__(self, turns: Sequence[int], fixed: int, pins: Sequence[int]) -> None:
        pinned = set(pins)
        self._fixed = fixed
        self._turns = [0, *accumulate(turns)]
        self._pins = [0, *accumulate(n if i in pinned else 0 for i, n in enumerate(turns))]

    def base(self, start: int) -> int:
        """The fixed part and the pinned turns from before `start`."""
        return self._fixed + self._pins[start]

    def history(self, start: int) -> int:
        """The turns from `start` to the newest."""
        return self._turns[-1] - self._turns[start]
