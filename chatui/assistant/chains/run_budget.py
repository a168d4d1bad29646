"""One budget for all calls of a run: what calls under way may still cost counts as spent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.assistant.shared_budget import Bounded, Hold, held, most, part
from chatui.cost.budget import Limit, left, spent_in
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan, Planner
    from chatui.cost.meter import Spent
    from chatui.cost.prices.prices import PriceBook


class RunBudget:
    """Bounds the calls of the run whose turns are those of a conversation. `max_cost` is USD for
    all of them; None leaves it at the config's budgets, which hold for them together as well."""

    def __init__(
        self, planner: Planner, prices: PriceBook, conversation: str, max_cost: Decimal | None
    ) -> None:
        self._planner = planner
        self._prices = prices
        self._conversation = conversation
        self.max_cost = max_cost
        self._asking = asyncio.Lock()
        self._reserved: dict[object, Cost] = {}
        """What each call under way may cost at most."""
        self._unbounded = 0
        """Calls that are about to be made and have no part of the budget yet."""
        self._ended = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @contextmanager
    def call(self) -> Iterator[Hold]:
        """The place of one call among the others, until it is booked. Its hold waits for others
        where they leave too little, and raises BudgetExceeded where none is left to wait for."""
        key, bounded = object(), False
        self._unbounded += 1

        async def hold(plan: Plan) -> Bounded:
            nonlocal bounded
            while True:
                async with self._asking:
                    ended, others = self._ended, list(self._reserved.values())
                    # In this order: what ends meanwhile counts twice, and never not at all.
                    spent = await self._planner.spent(self._conversation, None)
                    try:
                        found, cost = await asyncio.to_thread(self._share, plan, spent, others)
                    except BudgetExceeded:
                        if not others:
                            raise
                    else:
                        self._reserved[key] = cost
                        self._unbounded -= 1
                        bounded = True
                        return found
                if ended == self._ended:
                    await self._next_end()

        try:
            yield hold
        finally:
            self._reserved.pop(key, None)
            self._unbounded -= not bounded
            self._ended += 1
            for future in self._waiting:
                if not future.done():
                    future.set_result(None)
            self._waiting.clear()

    async def left(self) -> Decimal | None:
        """USD that nothing is promised to; None without a limit on the run."""
        if self.max_cost is None:
            return None
        others = list(self._reserved.values())
        spent = await self._planner.spent(self._conversation, None)
        return held(self._limits(spent), others)[0].left()

    async def _next_end(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        await future

    def _share(self, plan: Plan, spent: Spent, others: Sequence[Cost]) -> tuple[Bounded, Cost]:
        """The call within an equal part of what is left, or within all of it where that is too
        little; and what it may cost at most. Raises BudgetExceeded."""
        limits = self._limits(spent)
        room = held(limits, others)
        ways = [room]
        if self._unbounded > 1:
            ways.insert(0, [part(limit, self._unbounded) for limit in room])
        # An answer that has to fit a schema may have to be repaired, by a call like it.
        calls = 2 if plan.request.options.json_schema is not None else 1
        refused: BudgetExceeded | None = None
        for way in ways:
            bounds = [part(limit, calls) for limit in way]
            try:
                within = self._planner.bounded(
                    replace(plan, spent=replace(spent, limits=tuple(bounds)))
                )
            except BudgetExceeded as error:
                refused = error
                continue
            shown = replace(within, spent=replace(spent, limits=tuple(limits)))
            aside = None if self.max_cost is None else bounds[0].left()
            cost = self._at_most(within, bounds)
            if calls == 1:
                return Bounded(shown, bounds), cost
            return Bounded(shown, bounds, aside), self._with(cost, left(bounds))
        assert refused is not None
        raise refused

    def _with(self, cost: Cost, more: Cost | None) -> Cost:
        """Both together; what can't be converted into the other's currency is none."""
        added = more and self._prices.conversion.amount(more, cost.currency)
        return replace(cost, amount=(cost.amount or Decimal(0)) + (added or Decimal(0)))

    def _at_most(self, plan: Plan, bounds: Sequence[Limit]) -> Cost:
        cost = most(plan, self._prices.price)
        length = plan.request.options.max_output_tokens or plan.info.max_output
        if length is not None or not cost.amount:
            return cost
        # Nobody bounds its length: it is stopped where its part is used up.
        return left(bounds) or cost

    def _limits(self, spent: Spent) -> tuple[Limit, ...]:
        if self.max_cost is None:
            return tuple(spent.limits)
        used = spent_in("USD", spent.conversation, spent.conversion)
        run = Limit("this run", self.max_cost, "USD", used, spent.conversion)
        return (run, *spent.limits)
