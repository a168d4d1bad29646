"""Budgets of a month and of a conversation, over the real store and planner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.plan import Planner
from chatui.config.schema import Budget
from chatui.cost.budget import Allowance
from chatui.cost.prices.prices import PriceBook
from chatui.cost.spans import month_start
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.usage import Cost, Usage
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


def planner(store: ChatStore, budget: Budget) -> Planner:
    return Planner(store, TokenCounter(), PriceBook(), MemoryPolicy(), budget)


def call(amount: str, started: datetime, conversation: str | None = None) -> LedgerRow:
    cost = Cost(Decimal(amount), "USD", "config")
    return LedgerRow("reply", "a/b", started, Usage(), cost, conversation_id=conversation)


async def test_a_month_counts_from_its_first_day_on(store: ChatStore) -> None:
    first = month_start(datetime.now())
    await store.book(call("0.25", first - timedelta(seconds=1)))
    await store.book(call("0.50", first))

    (limit,) = (await planner(store, Budget(month=Decimal(2))).spent(None, None)).limits

    assert (limit.span, limit.left()) == ("this month", Decimal("1.50"))


async def test_the_limit_of_a_conversation_stands_in_the_place_of_the_configs(
    store: ChatStore,
) -> None:
    planned = planner(store, Budget(conversation=Decimal(2)))
    chat, other = (await store.create()).id, (await store.create()).id
    await store.book(call("0.25", datetime.now().astimezone(), chat))

    await store.budgets.set(chat, Allowance(Decimal("0.75"), "USD"))

    assert [each.left() for each in (await planned.spent(chat, None)).limits] == [Decimal("0.50")]
    assert [each.left() for each in (await planned.spent(other, None)).limits] == [Decimal(2)]
    await store.budgets.set(chat, Allowance(Decimal(0), "USD"))
    assert (await planned.spent(chat, None)).limits == ()
    await store.budgets.set(chat, None)
    assert [each.amount for each in (await planned.spent(chat, None)).limits] == [Decimal(2)]


async def test_a_copy_of_a_conversation_has_its_limit(store: ChatStore) -> None:
    chat = await store.create()
    turn = await store.begin_turn(chat.id, "q")
    await store.budgets.set(chat.id, Allowance(Decimal("1.50"), "EUR"))

    copy = await store.fork(chat.id, turn.id)

    assert await store.budgets.of(copy) == Allowance(Decimal("1.50"), "EUR")
