"""What a conversation cost, and what it would have cost on other models: the ledger's rows,
the texts of the turns and the price book, joined."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chatui.cost.account import REPLY, Account, Entry
from chatui.cost.prices.price import Price
from chatui.cost.recount import Recounter
from chatui.cost.what_if import Alternative, ReplyCall, alternative, cache_savings
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.records import LedgerRow
    from chatui.memory.store.spoken import SentTurn
    from chatui.memory.store.store import ChatStore

MOST_MODELS = 6
"""Other models that a conversation is compared with where nobody named any."""


async def account_of(
    store: ChatStore,
    tokens: TokenCounter,
    prices: PriceBook,
    conversation_id: str,
    models: Sequence[str],
) -> Account:
    """The account with an alternative for each of `models`, full names. Raises StoreError."""
    conversation = await store.load(conversation_id)
    rows = await store.ledger(conversation.id)
    turns = await store.spoken(conversation.id)

    def work() -> Account:
        return Account(
            conversation=conversation.id,
            title=conversation.title,
            entries=entries(rows, prices),
            alternatives=alternatives(rows, turns, tokens, prices, models),
            conversion=prices.conversion,
        )

    return await asyncio.to_thread(work)


async def models_to_compare(store: ChatStore, prices: PriceBook, names: Sequence[str]) -> list[str]:
    """The models used last and the configured ones `names`, as far as their price is known;
    those that cost nothing only when they were used."""
    recent = await store.recent_models()

    def priced() -> list[str]:
        found = []
        for name in dict.fromkeys((*recent, *names)):
            price = prices.price(name)
            if price is not None and (name in recent or price.source != "local"):
                found.append(name)
        return found[:MOST_MODELS]

    return await asyncio.to_thread(priced)


def compared(given: Sequence[str], known: Sequence[str]) -> list[str]:
    """The full names of models to compare with: as they are given, or for a bare name the one
    of `known` that ends so. A price is all that is needed, no key. Raises UsageError."""
    found = []
    for name in given:
        full = (one for one in known if one == name or one.partition("/")[2] == name)
        match = name if "/" in name else next(full, None)
        if match is None:
            raise UsageError(f"No model here is called {name}; give it as provider/model.")
        found.append(match)
    return found


def entries(rows: Sequence[LedgerRow], prices: PriceBook) -> tuple[Entry, ...]:
    numbers: dict[str, int] = {}
    for row in rows:
        if row.turn_id is not None:
            numbers.setdefault(row.turn_id, len(numbers) + 1)
    return tuple(
        Entry(
            kind=row.kind,
            model=row.model,
            started=row.started,
            usage=row.usage,
            cost=row.cost,
            savings=cache_savings(
                row.usage, kept_price(row) or prices.price(row.model, row.started)
            ),
            turn=numbers.get(row.turn_id or ""),
            outcome=row.outcome,
        )
        for row in rows
    )


def alternatives(
    rows: Sequence[LedgerRow],
    turns: Sequence[SentTurn],
    tokens: TokenCounter,
    prices: PriceBook,
    models: Sequence[str],
) -> tuple[Alternative, ...]:
    calls = reply_calls(rows, turns)
    if not calls:
        return ()
    recounter = Recounter(tokens, [one.spoken for one in turns])

    def on(model: str) -> Alternative:
        def price_at(moment: datetime) -> Price | None:
            return prices.price(model, moment)

        counts = recounter.counts(calls, model)
        size, rule = prices.context_size(model), prices.cache_rule(model)
        return alternative(model, calls, counts, price_at, size, rule=rule)

    return tuple(on(model) for model in dict.fromkeys(models))


def reply_calls(rows: Sequence[LedgerRow], turns: Sequence[SentTurn]) -> list[ReplyCall]:
    """The replies, each with the one whose prompt its own begins with: that of the turn before,
    when the window, the system prompt and the summary were still the same."""
    by_id = {one.spoken.id: one for one in turns}
    last: dict[str, int] = {}
    calls: list[ReplyCall] = []
    for row in rows:
        if row.kind != REPLY or not row.usage.total:
            continue
        turn = by_id.get(row.turn_id or "")
        before = by_id.get(turn.spoken.parent or "") if turn else None
        at = last.get(before.spoken.id) if before else None
        if at is not None and turn is not None and before is not None:
            moved = turn.head is not None and before.head is not None and turn.head != before.head
            if moved:
                at = None
        if row.turn_id is not None:
            last[row.turn_id] = len(calls)
        calls.append(
            ReplyCall(
                model=row.model,
                started=row.started,
                usage=row.usage,
                cost=row.cost,
                price=kept_price(row),
                seconds=row.seconds,
                turn_id=row.turn_id,
                after=at,
            )
        )
    return calls


def kept_price(row: LedgerRow) -> Price | None:
    return Price.of_row(row.price) if row.price else None
