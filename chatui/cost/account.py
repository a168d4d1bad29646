"""A conversation's calls added up: by turn, by model, and by what they were for. Values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.cost.what_if import Alternative
from chatui.domain.usage import Cost, Usage, total_cost

REPLY = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call. `turn` counts the conversation's turns from 1, those of left branches among
    them; None for a call of no turn. `savings` is None when nothing was cached."""

    kind: str
    model: str
    started: datetime
    usage: Usage
    cost: Cost
    savings: Cost | None = None
    turn: int | None = None
    outcome: str = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Calls added up, money per currency. `savings` is empty when nothing was cached."""

    calls: int
    usage: Usage
    costs: tuple[Cost, ...]
    savings: tuple[Cost, ...]
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`alternatives` are the replies alone, on other models; `conversion` holds the user's own
    rates."""

    conversation: str
    title: str
    entries: tuple[Entry, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    conversion: Conversion = NO_CONVERSION

    @property
    def total(self) -> Sum:
        return added(self.entries)

    @property
    def replies(self) -> Sum:
        return added(one for one in self.entries if one.kind == REPLY)

    def by_turn(self) -> dict[int, list[Entry]]:
        """The calls of each turn, in the order of the turns."""
        found: dict[int, list[Entry]] = {}
        for one in self.entries:
            if one.turn is not None:
                found.setdefault(one.turn, []).append(one)
        return dict(sorted(found.items()))

    def by_model(self) -> dict[str, Sum]:
        """The replies of each model."""
        return self._sums(lambda one: one.model if one.kind == REPLY else None)

    def apart(self) -> dict[str, Sum]:
        """The calls beside the replies, by what they were for."""
        return self._sums(lambda one: one.kind if one.kind != REPLY else None)

    def _sums(self, key: Callable[[Entry], str | None]) -> dict[str, Sum]:
        groups: dict[str, list[Entry]] = {}
        for one in self.entries:
            if (name := key(one)) is not None:
                groups.setdefault(name, []).append(one)
        return {name: added(group) for name, group in groups.items()}


def added(entries: Iterable[Entry]) -> Sum:
    calls = list(entries)
    return Sum(
        calls=len(calls),
        usage=sum((one.usage for one in calls), Usage()),
        costs=total_cost([one.cost for one in calls]),
        savings=total_cost([one.savings for one in calls if one.savings is not None]),
        unpriced=sum(one.cost.amount is None for one in calls),
    )
