"""Which budgets the window has told to be nearly used up: each is told once."""

from __future__ import annotations

from chatui.cost.near import NearLimit


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
