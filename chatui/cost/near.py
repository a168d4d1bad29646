"""Budgets that are nearly used up, to be told before they refuse anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.domain.usage import Cost
from chatui.text.figures import money

if TYPE_CHECKING:
    from chatui.cost.budget import Limit

NEAR = Decimal("0.8")
"""The share of a budget from which on it is told."""


@dataclass(frozen=True, slots=True)
class NearLimit:
    """A limit of which the `share`, 0.8 or more, is spent."""

    span: str
    amount: Cost
    left: Cost
    share: Decimal

    @property
    def sentence(self) -> str:
        if not self.left.amount:
            return f"The budget of {money(self.amount)} for {self.span} is used up."
        return (
            f"{int(self.share * 100)}% of the budget of {money(self.amount)} for {self.span} "
            f"is spent; {money(self.left)} left."
        )


def near_limits(limits: Sequence[Limit], turn: Cost | None = None) -> tuple[NearLimit, ...]:
    """Those of which four fifths or more are spent, with what a running turn costs so far."""
    estimated = turn is not None and turn.estimated
    return tuple(
        NearLimit(
            limit.span,
            Cost(limit.amount, limit.currency),
            Cost(limit.left(turn), limit.currency, estimated=estimated),
            1 - limit.left(turn) / limit.amount,
        )
        for limit in limits
        if limit.left(turn) <= limit.amount * (1 - NEAR)
    )


class ToldLimits:
    """Remembers what was told until the budget is no longer near its end."""

    def __init__(self) -> None:
        self._told: frozenset[tuple[str, str]] = frozenset()

    def news(self, near: tuple[NearLimit, ...]) -> str:
        """What is to be told now, "" for nothing."""
        told = {(each.span, str(each.amount)): each for each in near}
        fresh = [each.sentence for key, each in told.items() if key not in self._told]
        self._told = frozenset(told)
        return " ".join(fresh)
