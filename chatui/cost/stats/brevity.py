"""What `/concise` saved, against the user's own replies without it.

It compares means of output tokens, per model. The questions of the two sides are not the
same ones, so it is told only with enough replies on both sides, and with its margin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from chatui.domain.usage import Cost, total_cost

ENOUGH_REPLIES = 20
"""On each side; with fewer, one long answer decides the mean."""

T_95 = 2.093
"""Student's t for 95% with 19 degrees of freedom, the fewest that there are: with more
replies the margin is a little wider than it had to be."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Output tokens of complete replies: how many replies, their mean and variance."""

    replies: int = 0
    mean: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class OutputRate:
    """Money for one token of output, in so many of the brief replies; None is unknown."""

    replies: int
    rate: Decimal | None
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Brevity:
    """One model's replies with `/concise` and without."""

    model: str
    brief: Sample
    usual: Sample
    rates: tuple[OutputRate, ...] = ()

    @property
    def is_enough(self) -> bool:
        return min(self.brief.replies, self.usual.replies) >= ENOUGH_REPLIES

    @property
    def saved(self) -> float:
        """Tokens a reply; below 0 when the brief ones were longer."""
        return self.usual.mean - self.brief.mean

    @property
    def margin(self) -> float:
        """Tokens on both sides of `saved`: 95% of such comparisons hold the true difference
        (Welch's interval)."""
        sides = (self.brief, self.usual)
        return T_95 * math.sqrt(sum(side.variance / max(1, side.replies) for side in sides))

    @property
    def is_clear(self) -> bool:
        """Whether chance alone hardly makes such a difference."""
        return self.is_enough and abs(self.saved) > self.margin

    @property
    def saved_tokens(self) -> int:
        """Over all brief replies."""
        return round(self.saved * self.brief.replies)

    @property
    def saved_costs(self) -> tuple[Cost, ...]:
        """The price of those tokens, one estimate per currency. What shorter answers save in
        the prompts after them is not in it."""
        each = Decimal(self.saved)
        return total_cost(
            [
                Cost(
                    None if one.rate is None else each * one.rate * one.replies,
                    one.currency,
                    estimated=True,
                )
                for one in self.rates
            ]
        )
