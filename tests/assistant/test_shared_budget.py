"""A budget for several calls: whatever they turn out to cost, it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.plan import Plan, Planner
from chatui.assistant.shared_budget import Bounded, bounded_together, most
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.budget import overrun
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo

CHEAP, DEAR, UNPRICED = "a/cheap", "a/dear", "a/unpriced"
PRICES = PriceBook(
    {
        CHEAP: PriceEntry(input=Decimal(1), output=Decimal(1)),
        DEAR: PriceEntry(input=Decimal(100), output=Decimal(100)),
    }
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def bounded(
    store: ChatStore,
    models: Sequence[str],
    amount: str,
    *,
    prompt: int = 100,
    max_output: int | None = 100_000,
) -> list[Bounded | BudgetExceeded]:
    """What becomes of calls with so long a prompt under a budget for one turn."""
    planner = Planner(
        store, TokenCounter(), PRICES, MemoryPolicy(), Budget(turn=Decimal(amount or 0))
    )
    plans = []
    for name in models:
        info = ModelInfo(name, context_size=200_000, max_output=max_output)
        plan = await planner.plan(Ask(past=(), question="q", settings=ReplySettings()), info)
        plans.append(replace(plan, prompt=TokenCount(prompt, exact=True)))
    return bounded_together(plans, planner.bounded, PRICES.price)


def output(call: Bounded | BudgetExceeded) -> int | None:
    assert isinstance(call, Bounded)
    return call.plan.request.options.max_output_tokens


def worst(calls: Sequence[Bounded | BudgetExceeded]) -> Decimal:
    plans: list[Plan] = [call.plan for call in calls if isinstance(call, Bounded)]
    return sum((most(plan, PRICES.price).amount or Decimal(0) for plan in plans), Decimal(0))


async def test_each_call_gets_an_equal_share(store: ChatStore) -> None:
    calls = await bounded(store, [CHEAP, CHEAP], "0.01")

    # 10,000 tokens for both: 5,000 each, of which the prompt takes 100.
    assert [output(call) for call in calls] == [4900, 4900]


async def test_what_one_call_can_not_use_goes_to_the_next(store: ChatStore) -> None:
    calls = await bounded(store, [CHEAP, DEAR], "1", max_output=1000)

    assert output(calls[0]) is None
    # 1 less 1,100 tokens of the cheap one leaves 9,989 of the dear one's; it writes 1,000.
    assert output(calls[1]) is None
    assert worst(calls) < Decimal(1)


async def test_what_the_first_may_use_up_is_not_left_for_the_second(store: ChatStore) -> None:
    first, second = await bounded(store, [DEAR, DEAR], "0.02")

    assert output(first) == 100
    assert isinstance(second, BudgetExceeded)
    assert str(second).endswith("What the models named before it may cost at most counts as spent.")


async def test_a_call_that_is_refused_leaves_its_share_to_the_others(store: ChatStore) -> None:
    first, second = await bounded(store, [DEAR, CHEAP], "0.001")

    assert isinstance(first, BudgetExceeded)
    assert output(second) == 900


async def test_an_unknown_price_is_refused_without_harm_to_the_others(store: ChatStore) -> None:
    first, second = await bounded(store, [UNPRICED, CHEAP], "0.001")

    assert isinstance(first, BudgetExceeded)
    assert "price is unknown" in str(first)
    assert output(second) == 900


async def test_without_a_budget_nothing_is_bounded(store: ChatStore) -> None:
    calls = await bounded(store, [UNPRICED, CHEAP, DEAR], "")

    assert [output(call) for call in calls] == [None] * 3


@pytest.mark.parametrize("amount", ["0.0003", "0.001", "0.0123", "0.05", "0.3", "2", "40"])
@pytest.mark.parametrize("models", [[CHEAP, DEAR, CHEAP], [DEAR, DEAR], [DEAR, CHEAP]])
@pytest.mark.parametrize("max_output", [None, 500, 100_000])
async def test_the_worst_case_of_all_calls_stays_within_the_budget(
    store: ChatStore, amount: str, models: list[str], max_output: int | None
) -> None:
    calls = await bounded(store, models, amount, max_output=max_output)

    assert worst(calls) <= Decimal(amount)


async def test_a_reply_of_unknown_length_is_stopped_before_it_takes_anothers_part(
    store: ChatStore,
) -> None:
    first, second = await bounded(store, [DEAR, DEAR], "2", max_output=None)

    assert isinstance(first, Bounded)
    assert isinstance(second, Bounded)
    assert (output(first), output(second)) == (None, None)
    # Nobody bounds its length, so it may use what the second can't: 2 less 0.4196.
    assert overrun(first.limits, Cost(Decimal("1.58"))) is None
    assert overrun(first.limits, Cost(Decimal("1.59"))) is not None
    assert first.plan.spent.limits[0].spent == 0
