"""Calls under one budget, whichever process they run in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.promised_budget import CallOf, PromisedBudget
from chatui.cost.budget import TURN, Limit, for_whole_turn, overrun, with_aside
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost
from chatui.memory.store.promises import Promised
from chatui.memory.store.store import ChatStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


TODAY = Limit("today", Decimal(1), "USD")
CHAT = Limit("this conversation", Decimal(1), "USD")
ONE_TURN = Limit(TURN, Decimal(1), "USD")


def costing(amount: str) -> Cost:
    return Cost(Decimal(amount), "USD", "config")


def dollars(amount: str, least: str = "0.1") -> Callable[[Sequence[Limit]], Cost]:
    """A call that takes so much, or what is left, and needs at least so much."""

    def bounding(limits: Sequence[Limit]) -> Cost:
        room = min(limit.left() for limit in limits)
        if room < Decimal(least):
            raise BudgetExceeded(f"{room} is left.")
        return costing(str(min(room, Decimal(amount))))

    return bounding


async def test_a_later_call_gets_what_the_earlier_one_leaves(store: ChatStore) -> None:
    budget = PromisedBudget(store)
    async with (
        budget.promised(CallOf("c", "one"), [TODAY], dollars("0.7")) as first,
        budget.promised(CallOf("d", "two"), [TODAY], dollars("0.7")) as second,
    ):
        assert first.limits[0].left() == Decimal(1)
        assert second.limits[0].left() == Decimal("0.3")
        (before,) = await store.promises.others("one")
        assert before.cost.amount == Decimal("0.3")


async def test_a_call_that_nothing_is_left_for_is_refused_and_says_why(store: ChatStore) -> None:
    budget = PromisedBudget(store)
    async with budget.promised(CallOf("c", "one"), [TODAY], dollars("1")):
        with pytest.raises(BudgetExceeded, match=r"0 is left\. What the calls .* still running"):
            async with budget.promised(CallOf("d", "two"), [TODAY], dollars("1")):
                pass
        assert len(await store.promises.others("")) == 1
    async with budget.promised(CallOf("d", "two"), [TODAY], dollars("1")) as alone:
        assert alone.limits[0].left() == Decimal(1)


@pytest.mark.parametrize(("limit", "left"), [(CHAT, "1"), (ONE_TURN, "1"), (TODAY, "0.3")])
async def test_a_promise_counts_under_the_limits_that_it_falls_under(
    store: ChatStore, limit: Limit, left: str
) -> None:
    budget = PromisedBudget(store)
    async with (
        budget.promised(CallOf("c", "one"), [TODAY], dollars("0.7")),
        budget.promised(CallOf("d", "two"), [limit], dollars("0.1")) as share,
    ):
        assert share.limits[0].left() == Decimal(left)


async def test_a_call_that_was_bounded_together_with_others_does_not_count_them_again(
    store: ChatStore,
) -> None:
    budget = PromisedBudget(store)
    async with (
        budget.promised(CallOf("c", "one", together=True), [TODAY], dollars("0.7")),
        budget.promised(CallOf("d", "two", together=True), [TODAY], dollars("0.7")) as share,
    ):
        assert share.limits[0].left() == Decimal(1)


async def test_a_running_call_sees_what_came_after_it_and_what_that_may_have_spent(
    store: ChatStore,
) -> None:
    budget = PromisedBudget(store)
    async with budget.promised(CallOf("c", "one"), [TODAY], dollars("0.2")) as share:
        async with budget.promised(CallOf("d", "two"), [TODAY], dollars("0.7")):
            (limit,) = await share.read_again()
            assert limit.left() == Decimal("0.3")
        (limit,) = await share.read_again()
        assert limit.left() == Decimal("0.3")


async def test_a_call_that_is_given_up_while_it_is_promised_its_part_leaves_no_promise(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, make = asyncio.Event(), store.promises.make

    async def is_written(conversation_id: str, turn_id: str, cost: Cost) -> Promised:
        own = await make(conversation_id, turn_id, cost)
        written.set()
        await asyncio.sleep(0)
        return own

    monkeypatch.setattr(store.promises, "make", is_written)

    async def call() -> None:
        async with PromisedBudget(store).promised(CallOf("c", "one"), [TODAY], dollars("0.7")):
            pytest.fail("It was given up before.")

    calling = asyncio.create_task(call())
    await written.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling

    assert not await store.promises.others("")


async def test_without_a_limit_or_a_price_nothing_is_written(store: ChatStore) -> None:
    budget = PromisedBudget(store)
    async with (
        budget.promised(CallOf("c", "one"), [], dollars("1")),
        budget.promised(CallOf("c", "two"), [TODAY], lambda _: costing("0")),
    ):
        assert await store.promises.others("") == []


def test_what_a_turn_cost_before_its_call_counts_once_under_each_limit() -> None:
    aside = [costing("0.6")]
    booked = [Limit("today", Decimal(1), "USD", Decimal("0.6")), ONE_TURN]

    assert [limit.left() for limit in with_aside(booked, aside)] == [Decimal("0.4")] * 2
    watched = for_whole_turn(booked, aside)
    assert overrun(watched, costing("1")) is None
    assert overrun(watched, costing("1.01")) is not None
