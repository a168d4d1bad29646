"""Calls at the same time under one limit: whatever each turns out to cost, it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.chains.run_budget import RunBudget
from chatui.assistant.plan import Plan, Planner
from chatui.assistant.shared_budget import Bounded, most
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo

MODEL = "a/model"
PRICES = PriceBook({MODEL: PriceEntry(input=Decimal(1), output=Decimal(1))})
"""A dollar for a million tokens: 0.001 is a thousand of them."""


class Calls:
    """A run under a limit, and plans for its calls."""

    def __init__(self, store: ChatStore, conversation: str, limit: str, budget: Budget) -> None:
        self._store = store
        self._conversation = conversation
        self._planner = Planner(store, TokenCounter(), PRICES, MemoryPolicy(), budget)
        most = Decimal(limit) if limit else None
        self.budget = RunBudget(self._planner, PRICES, conversation, most)

    async def plan(self, tokens: int, *, wanted: int | None = None) -> Plan:
        info = ModelInfo(MODEL, context_size=200_000, max_output=100_000)
        settings = ReplySettings()
        settings = replace(settings, options=replace(settings.options, max_output_tokens=wanted))
        plan = await self._planner.plan(Ask(past=(), question="q", settings=settings), info)
        return replace(plan, prompt=TokenCount(tokens, exact=True))

    async def book(self, amount: str) -> None:
        row = LedgerRow(
            kind="reply",
            model=MODEL,
            started=(await self._store.load(self._conversation)).created,
            cost=Cost(Decimal(amount)),
            conversation_id=self._conversation,
        )
        await self._store.book(row)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def calls(store: ChatStore, limit: str, budget: Budget | None = None) -> Calls:
    return Calls(store, (await store.create()).id, limit, budget or Budget())


def output(call: Bounded) -> int | None:
    return call.plan.request.options.max_output_tokens


def worst(call: Bounded) -> Decimal:
    return most(call.plan, PRICES.price).amount or Decimal(0)


async def test_calls_that_begin_together_get_equal_shares(store: ChatStore) -> None:
    run = await calls(store, "0.01")
    with run.budget.call() as one, run.budget.call() as two:
        first, second = await one(await run.plan(100)), await two(await run.plan(100))

    assert [output(first), output(second)] == [4900, 4900]


async def test_a_call_that_comes_alone_may_have_all_of_it(store: ChatStore) -> None:
    run = await calls(store, "0.01")
    with run.budget.call() as hold:
        assert output(await hold(await run.plan(100))) == 9900


async def test_a_call_that_finds_too_little_waits_for_the_next_end(store: ChatStore) -> None:
    run = await calls(store, "0.01")
    begun = asyncio.Event()

    async def first() -> None:
        with run.budget.call() as hold:
            await hold(await run.plan(100))
            begun.set()
            await run.book("0.002")

    async def second() -> Bounded:
        await begun.wait()
        with run.budget.call() as hold:
            return await hold(await run.plan(100))

    _, call = await asyncio.gather(first(), second())

    # All but what the first one cost in the end, although it might have taken everything.
    assert output(call) == 7900


async def test_with_nothing_to_wait_for_it_is_refused(store: ChatStore) -> None:
    run = await calls(store, "0.01")
    await run.book("0.00995")
    with run.budget.call() as hold, pytest.raises(BudgetExceeded, match="for this run"):
        await hold(await run.plan(100))


async def test_what_a_bounded_call_can_not_use_is_left_to_others(store: ChatStore) -> None:
    run = await calls(store, "0.01")
    with run.budget.call() as one:
        await one(await run.plan(100, wanted=900))
        with run.budget.call() as two:
            second = await two(await run.plan(100))

    assert output(second) == 8900


async def test_the_budgets_of_the_config_hold_for_the_calls_together(store: ChatStore) -> None:
    run = await calls(store, "", Budget(day=Decimal("0.01")))
    with run.budget.call() as one, run.budget.call() as two:
        both = [await one(await run.plan(100)), await two(await run.plan(100))]

    assert sum(map(worst, both)) <= Decimal("0.01")
