"""Who pays for an embedding endpoint: prices its calls, books them, keeps the budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.cost.budget import spent_in
from chatui.cost.charges import open_charge
from chatui.errors import BudgetExceeded
from chatui.memory.records import LedgerRow
from chatui.memory.store import ChatStore
from chatui.retrieval.embedder_endpoint import EmbeddingCall
from chatui.usage import Cost, Usage

if TYPE_CHECKING:
    from chatui.cost.prices import PriceBook
    from chatui.cost.tokens import TokenCounter


class EmbeddingAccount:
    """Books every call in the ledger of `chats` as kind "embedding", under the turn that is
    open, if one is. `model` is its full name; `day_limit` is money for a day, 0 for any."""

    def __init__(
        self,
        chats: Path,
        model: str,
        prices: PriceBook,
        tokens: TokenCounter,
        *,
        day_limit: Decimal = Decimal(0),
        currency: str = "USD",
    ) -> None:
        self._chats = chats
        self._model = model
        self._prices = prices
        self._tokens = tokens
        self._day_limit = day_limit
        self._currency = currency
        self._store: ChatStore | None = None
        self._opening = asyncio.Lock()

    async def allow(self, texts: Sequence[str]) -> None:
        """Raises BudgetExceeded. A price that is unknown can't be held to a limit: such a
        call is refused while there is one, as a reply would be."""
        if not self._day_limit:
            return
        price = await asyncio.to_thread(self._prices.price, self._model)
        if price is not None and price.source == "local":
            return
        conversion = self._prices.conversion
        factor = conversion.factor(price.currency, self._currency) if price else None
        if price is None or price.input is None or factor is None:
            raise BudgetExceeded(
                f"{self._model} was not asked to embed: its price in {self._currency} is "
                "unknown, so the budget for today can't be kept. Set its price under [prices] "
                "or lift the budget."
            )
        # An hour of the endpoint can't be priced before it is over.
        cost = price.cost(Usage(input=await asyncio.to_thread(self._count, texts)), seconds=0)
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        today = await (await self._opened()).costs_since(midnight)
        spent = spent_in(self._currency, today, conversion)
        if spent + (cost.amount or 0) * factor > self._day_limit:
            raise BudgetExceeded(
                f"Embedding with {self._model} was stopped because the budget of "
                f"{self._day_limit:f} {self._currency} for today is used up; what is embedded "
                "stays, and the next ingest goes on. Raise budget.day to go on now."
            )

    async def book(self, call: EmbeddingCall) -> None:
        usage = call.usage
        if usage is None:
            counted = await asyncio.to_thread(self._count, call.texts)
            usage = Usage(input=counted, estimated=True)

        def priced() -> tuple[Cost, dict[str, object] | None]:
            cost = self._prices.cost(self._model, usage, at=call.started, seconds=call.seconds)
            return cost, self._prices.row(self._model, cost, call.started)

        cost, price = await asyncio.to_thread(priced)
        charge = open_charge()
        charge.costs.append(cost)
        row = LedgerRow(
            kind="embedding",
            model=self._model,
            started=call.started,
            usage=usage,
            cost=cost,
            conversation_id=charge.conversation_id,
            turn_id=charge.turn_id,
            raw_usage=call.raw_usage,
            price=price,
            seconds=call.seconds,
            profile=charge.profile,
        )
        await (await self._opened()).book(row)

    async def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            await store.close()

    def _count(self, texts: Sequence[str]) -> int:
        return sum(self._tokens.count(text, self._model).tokens for text in texts)

    async def _opened(self) -> ChatStore:
        async with self._opening:
            if self._store is None:
                self._store = await ChatStore.open(self._chats)
            return self._store
