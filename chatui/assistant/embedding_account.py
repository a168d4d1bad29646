"""Who pays for an embedding endpoint: prices its calls, books them, keeps the budget."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.assistant.booking import ledger_row
from chatui.assistant.promised_budget import CallOf, PromisedBudget
from chatui.assistant.rate_limit import NO_LIMIT, RateLimit, RateLimiter
from chatui.assistant.request_log import CallDetails, RequestLog
from chatui.cost.budget import Limit, limits, overrun
from chatui.cost.charges import Charge, open_charge
from chatui.cost.spans import day_start, month_start
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost, Timing, Usage
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.endpoint import EmbeddingCall

if TYPE_CHECKING:
    from chatui.config.schema import Budget
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.records import LedgerRow


class EmbeddingAccount:
    """Books every call in the ledger of `chats` as kind "embedding", under the turn that is
    open, if one is. `model` is its full name; of the `budget` the day and the month hold.
    Calls wait for what the endpoint takes in a minute, the `rate`; `say` gets how long."""

    def __init__(
        self,
        chats: Path,
        model: str,
        prices: PriceBook,
        tokens: TokenCounter,
        *,
        budget: Budget,
        rate: RateLimit = NO_LIMIT,
        say: Callable[[str], None] | None = None,
        log: RequestLog | None = None,
    ) -> None:
        self._chats = chats
        self._model = model
        self._prices = prices
        self._tokens = tokens
        self._budget = replace(budget, turn=Decimal(0), conversation=Decimal(0))
        self._rate = rate
        self._say = say
        self._log = log or RequestLog()
        self._limiter: RateLimiter | None = None
        self._store: ChatStore | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def allowed(self, texts: Sequence[str]) -> AsyncIterator[None]:
        """Is entered when the call may be made, and holds what it takes against the calls beside
        it, as a reply does, until it is left. Raises BudgetExceeded. A price that is unknown can't
        be held to a limit: such a call is refused while there is one, as a reply would be."""
        async with self._promised(texts):
            await self._keep_rate(texts)
            yield

    async def _keep_rate(self, texts: Sequence[str]) -> None:
        if self._rate != NO_LIMIT:
            store = await self._opened()
            limits = {self._model.partition("/")[0]: self._rate}
            self._limiter = self._limiter or RateLimiter(store, limits, self._say, embedding=True)
            await self._limiter.wait(self._model, await asyncio.to_thread(self._count, texts))

    @asynccontextmanager
    async def _promised(self, texts: Sequence[str]) -> AsyncIterator[None]:
        cost = await self._most(texts)
        if cost is None:
            yield
            return

        def bounding(left: Sequence[Limit]) -> Cost:
            if (passed := overrun(left, cost)) is not None:
                raise self._used_up(passed)
            return cost

        # None of the turn that it is for: that one's reply is promised its part later.
        call = CallOf(open_charge().conversation_id or "", uuid.uuid4().hex)
        budget = PromisedBudget(await self._opened())
        async with budget.promised(call, await self._limits(), bounding):
            yield

    async def _most(self, texts: Sequence[str]) -> Cost | None:
        """What the call takes; None where nothing holds it. Raises BudgetExceeded where that can't
        be known."""
        bounds = limits(self._budget)
        if not bounds:
            return None
        price = await asyncio.to_thread(self._prices.price, self._model)
        if price is not None and price.source == "local":
            return None
        conversion = self._prices.conversion
        currency = self._budget.currency
        factor = conversion.factor(price.currency, currency) if price else None
        if price is None or price.input is None or factor is None:
            raise BudgetExceeded(
                f"{self._model} was not asked to embed: its price in {currency} is unknown, so "
                f"the budget for {bounds[0].span} can't be kept. Set its price under [prices] or "
                "lift the budget."
            )
        # An hour of the endpoint can't be priced before it is over.
        return price.cost(Usage(input=await asyncio.to_thread(self._count, texts)), seconds=0)

    def _used_up(self, passed: Limit) -> BudgetExceeded:
        key = "day" if passed.span == "today" else "month"
        return BudgetExceeded(
            f"Embedding with {self._model} was stopped because the budget of {passed.amount:f} "
            f"{passed.currency} for {passed.span} is used up; what is embedded stays, and the next "
            f"ingest goes on. Raise budget.{key} to go on now."
        )

    async def _limits(self) -> tuple[Limit, ...]:
        store, now = await self._opened(), datetime.now()
        return limits(
            self._budget,
            today=await store.costs_since(day_start(now)),
            month=await store.costs_since(month_start(now)) if self._budget.month else (),
            conversion=self._prices.conversion,
        )

    async def book(self, call: EmbeddingCall) -> None:
        usage = call.usage
        if usage is None:
            counted = await asyncio.to_thread(self._count, call.texts)
            usage = Usage(input=counted, estimated=True)

        charge = open_charge()
        row = await asyncio.to_thread(self._row, call, usage, charge)
        charge.costs.append(row.cost)
        await (await self._opened()).book(row)
        await self._log.note(row, CallDetails(texts=call.texts), charge)

    def _row(self, call: EmbeddingCall, usage: Usage, charge: Charge) -> LedgerRow:
        return ledger_row(
            self._prices,
            charge,
            kind="embedding",
            model=self._model,
            started=call.started,
            usage=usage,
            cost=self._prices.cost(self._model, usage, at=call.started, seconds=call.seconds),
            timing=Timing(call.seconds),
            raw_usage=call.raw_usage,
        )

    async def close(self) -> None:
        store, self._store, self._limiter = self._store, None, None
        if store is not None:
            await store.close()

    def _count(self, texts: Sequence[str]) -> int:
        return sum(self._tokens.count(text, self._model).tokens for text in texts)

    async def _opened(self) -> ChatStore:
        async with self._opening:
            if self._store is None:
                self._store = await ChatStore.open(self._chats)
            return self._store
