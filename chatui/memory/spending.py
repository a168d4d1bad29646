"""What was spent in the spans of a budget, and the limits on more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.cost.budget import Limit, limits
from chatui.cost.meter import Spent
from chatui.cost.spans import day_start, month_start
from chatui.domain.usage import Cost

if TYPE_CHECKING:
    from chatui.config.schema import Budget
    from chatui.cost.prices.prices import PriceBook
    from chatui.memory.store.store import ChatStore


@dataclass(frozen=True, slots=True)
class BudgetSpan:
    """One span of the budget: its name, what was spent in it, one sum per currency, and its
    limit, None where there is none."""

    name: str
    spent: Sequence[Cost]
    limit: Limit | None


class Spending:
    """Reads the ledger for the budget. All methods raise StoreError."""

    def __init__(self, store: ChatStore, prices: PriceBook, budget: Budget) -> None:
        self._store = store
        self._prices = prices
        self._budget = budget

    async def spent(self, conversation_id: str | None, max_cost: Decimal | None) -> Spent:
        """What this conversation and this day have cost, and the limits on more."""
        return (await self._read(conversation_id, max_cost, month=bool(self._budget.month)))[0]

    async def spans(self, conversation_id: str | None) -> list[BudgetSpan]:
        """The conversation, the day and the month, and the turn where it has a limit."""
        spent, month = await self._read(conversation_id, None, month=True)
        by_name = {limit.span: limit for limit in spent.limits}
        found = [
            BudgetSpan("this conversation", spent.conversation, by_name.get("this conversation")),
            BudgetSpan("today", spent.today, by_name.get("today")),
            BudgetSpan("this month", month, by_name.get("this month")),
        ]
        if turn := by_name.get("this turn"):
            found.insert(0, BudgetSpan("this turn", (), turn))
        return found

    async def _read(
        self, conversation_id: str | None, max_cost: Decimal | None, *, month: bool
    ) -> tuple[Spent, Sequence[Cost]]:
        now, store = datetime.now(), self._store
        conversation: Sequence[Cost] = ()
        own = None
        if conversation_id is not None:
            conversation = await store.costs(conversation_id)
            own = await store.budgets.of(conversation_id)
        today = await store.costs_since(day_start(now))
        since_first = await store.costs_since(month_start(now)) if month else ()
        bounds = limits(
            self._budget,
            own=own,
            max_cost=max_cost,
            conversation=conversation,
            today=today,
            month=since_first,
            conversion=self._prices.conversion,
        )
        return Spent(conversation, today, bounds, self._prices.conversion), since_first
