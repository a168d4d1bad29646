from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(amount: str | None = "0.1", currency: str = "USD", **changes: object) -> LedgerRow:
    cost = Cost(None if amount is None else Decimal(amount), currency, "config")
    made = LedgerRow(kind="reply", model="openai/x", started=NOON, cost=cost)
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_a_row_comes_back_as_it_was_booked(store: ChatStore) -> None:
    conversation = await store.create()
    turn = await store.begin_turn(conversation.id, "Q")
    booked = LedgerRow(
        kind="summary",
        model="openai/x",
        started=NOON,
        usage=Usage(1, 2, 3, 4, 1, estimated=True),
        cost=Cost(Decimal("0.0000001230"), "EUR", "genai-prices", estimated=True),
        conversation_id=conversation.id,
        turn_id=turn.id,
        raw_usage={"prompt_tokens": 6, "details": {"cached": 2}},
        price={"input": "1.25", "dated": "2026-01-01"},
        ttft=0.2,
        seconds=1.5,
        outcome="interrupted",
        profile="reviewer",
        concise=True,
    )
    await store.book(booked)
    assert await store.ledger(conversation.id) == [booked]


async def test_a_price_row_of_decimals_and_dates_is_kept_as_text(store: ChatStore) -> None:
    await store.book(row(price={"input": Decimal("1.25"), "from": NOON.date()}))
    (booked,) = await store.ledger()
    assert booked.price == {"input": "1.25", "from": "2026-03-01"}


async def test_sums_are_exact(store: ChatStore) -> None:
    conversation = await store.create()
    for _ in range(10):
        await store.book(row("0.1", conversation_id=conversation.id))
    assert (await store.costs(conversation.id))[0].amount == Decimal("1.0")


async def test_currencies_are_never_added_up(store: ChatStore) -> None:
    for amount, currency in (("1", "USD"), ("2", "EUR"), ("3", "USD")):
        await store.book(row(amount, currency))
    sums = {cost.currency: cost.amount for cost in await store.costs_since(NOON)}
    assert sums == {"USD": Decimal(4), "EUR": Decimal(2)}


async def test_an_unknown_price_is_not_nothing(store: ChatStore) -> None:
    await store.book(row(None))
    assert await store.costs_since(NOON) == (UNKNOWN_COST,)


async def test_nothing_spent_is_no_sum(store: ChatStore) -> None:
    assert await store.costs_since(NOON) == ()


async def test_costs_since_count_from_that_moment_in_any_zone(store: ChatStore) -> None:
    tokyo = timezone(timedelta(hours=9))
    await store.book(row("1", started=NOON))
    await store.book(row("2", started=(NOON - timedelta(seconds=1)).astimezone(tokyo)))
    assert (await store.costs_since(NOON.astimezone(tokyo)))[0].amount == Decimal(1)
    assert [booked.cost.amount for booked in await store.ledger(since=NOON)] == [Decimal(1)]


async def test_costs_belong_to_their_conversation(store: ChatStore) -> None:
    first, second = await store.create(), await store.create()
    await store.book(row("1", conversation_id=first.id))
    await store.book(row("2", conversation_id=second.id))
    assert (await store.costs(first.id))[0].amount == Decimal(1)


async def test_a_fork_costs_nothing_more(store: ChatStore) -> None:
    conversation = await store.create()
    turn = await store.begin_turn(conversation.id, "Q")
    await store.book(row("1", conversation_id=conversation.id, turn_id=turn.id))
    copy = await store.fork(conversation.id, turn.id)
    assert await store.costs(copy) == ()
    assert (await store.costs_since(NOON))[0].amount == Decimal(1)


async def test_what_was_spent_outlives_the_conversation(store: ChatStore) -> None:
    conversation = await store.create()
    await store.book(row("1", conversation_id=conversation.id))
    await store.remove(conversation.id)
    (booked,) = await store.ledger()
    assert (booked.cost.amount, booked.conversation_id) == (Decimal(1), None)


async def test_a_call_of_a_removed_conversation_is_booked_all_the_same(store: ChatStore) -> None:
    conversation = await store.create()
    await store.remove(conversation.id)
    await store.book(row("1", conversation_id=conversation.id, turn_id="gone"))
    assert (await store.costs_since(NOON))[0].amount == Decimal(1)


async def test_rows_come_in_the_order_of_their_calls(store: ChatStore) -> None:
    for minutes in (2, 0, 1):
        await store.book(row(started=NOON + timedelta(minutes=minutes)))
    starts = [booked.started.minute for booked in await store.ledger()]
    assert starts == [0, 1, 2]
