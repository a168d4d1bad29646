"""What a budget refuses, and how it bounds a reply."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.config.schema import Budget
from chatui.cost.budget import (
    LEAST_OUTPUT,
    REASONED_OUTPUT,
    Limit,
    bound_output,
    left,
    limits,
    overrun,
)
from chatui.cost.near import near_limits
from chatui.cost.prices.price import Price, Rate
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost, Usage

DAY = date(2026, 11, 1)
# A dollar for a million input tokens, ten for a million output tokens.
PRICE = Price("m", "config", DAY, input=Rate(Decimal(1)), output=Rate(Decimal(10)))
FREE = Price("builtin/extract", "local", DAY, input=Rate(Decimal(0)), output=Rate(Decimal(0)))
THOUSAND = TokenCount(1000, exact=True)


def usd(amount: str) -> Cost:
    return Cost(Decimal(amount), "USD", "config")


def turn(amount: str, spent: str = "0") -> Limit:
    return Limit("this turn", Decimal(amount), "USD", Decimal(spent))


def bound(*limits: Limit, price: Price | None = PRICE, wanted: int | None = None) -> int | None:
    return bound_output(limits, price, THOUSAND, model="a/b", wanted=wanted)


def test_no_budget_is_no_limit() -> None:
    assert limits(Budget()) == ()
    assert left(()) is None
    assert bound(price=None) is None
    assert bound(wanted=77) == 77


def test_limits_know_what_was_spent_in_their_own_currency() -> None:
    budget = Budget(turn=Decimal(1), conversation=Decimal(2), day=Decimal(3), month=Decimal(5))
    unknown, euro = Cost(None), Cost(Decimal(9), "EUR")
    found = limits(
        budget,
        conversation=[usd("0.5"), euro],
        today=[usd("0.7"), unknown],
        month=[usd("4.9"), euro],
        max_cost=Decimal(4),
    )
    assert [(limit.span, limit.left()) for limit in found] == [
        ("this turn", Decimal(1)),
        ("this conversation", Decimal("1.5")),
        ("today", Decimal("2.3")),
        ("this month", Decimal("0.1")),
        ("this turn", Decimal(4)),
    ]


def test_what_is_left_is_the_tightest_limit_after_the_turn() -> None:
    found = (turn("1"), Limit("today", Decimal(5), "USD", Decimal("4.5")))
    assert left(found) == Cost(Decimal("0.5"), "USD", "budget")
    assert left(found, usd("0.2")) == Cost(Decimal("0.3"), "USD", "budget")
    assert left(found, usd("7")) == Cost(Decimal(0), "USD", "budget")


def test_what_is_left_after_an_unknown_cost_is_an_estimate() -> None:
    after = left((turn("1"),), Cost(None))
    assert after == Cost(Decimal(1), "USD", "budget", estimated=True)


def test_a_small_budget_bounds_the_reply() -> None:
    # 0.001 for the prompt leaves 0.01, which is a thousand output tokens.
    assert bound(turn("0.011")) == 1000
    assert bound(turn("0.011"), wanted=300) == 300
    assert bound(turn("0.011"), wanted=3000) == 1000


def test_the_tightest_of_several_limits_bounds() -> None:
    assert bound(turn("0.011"), Limit("today", Decimal(1), "USD", Decimal("0.994"))) == 500


def test_a_large_budget_asks_for_no_cap_that_a_model_could_refuse() -> None:
    assert bound(turn("5")) is None
    assert bound_output([turn("5")], PRICE, THOUSAND, model="a/b", wanted=9_000_000) == 499_900
    assert bound_output([turn("0.1")], PRICE, THOUSAND, model="a/b", max_output=16_000) == 9_900


@pytest.mark.parametrize(
    "model",
    [
        *("openai/o3-mini", "openai/gpt-5-mini", "google/gemini-2.5-flash", "x/deepseek-reasoner"),
        *("openrouter/qwen/qwen3-32b:thinking", "local/gpt-oss-20b", "ollama/deepseek-r1:8b"),
    ],
)
def test_a_model_that_may_reason_unseen_is_limited_by_every_budget(model: str) -> None:
    assert bound_output([turn("0.101")], PRICE, THOUSAND, model=model) == 10_000
    assert bound_output([turn("5")], PRICE, THOUSAND, model=model) == REASONED_OUTPUT
    assert bound_output([turn("5")], PRICE, THOUSAND, model=model, wanted=700) == 700
    assert bound_output([turn("5")], PRICE, THOUSAND, model=model, max_output=9000) is None


@pytest.mark.parametrize("model", ["openai/gpt-4o", "mistral/mistral-small", "x/photo-3", "a/b"])
def test_other_models_are_left_to_the_running_cost(model: str) -> None:
    assert bound_output([turn("5")], PRICE, THOUSAND, model=model) is None


def test_an_estimated_prompt_is_given_a_margin() -> None:
    guess = TokenCount(1000, exact=False)
    assert bound_output([turn("0.0112")], PRICE, guess, model="a/b") == 1000


def test_a_prompt_that_alone_costs_too_much_is_refused() -> None:
    with pytest.raises(BudgetExceeded, match="a/b was not asked"):
        bound(turn("0.0005"))


def test_a_reply_too_short_to_be_of_use_is_refused() -> None:
    least = Decimal("0.001") + LEAST_OUTPUT * Decimal("0.00001")
    assert bound(turn(str(least))) == LEAST_OUTPUT
    with pytest.raises(BudgetExceeded):
        bound(turn(str(least - Decimal("0.000001"))))


def test_a_spent_budget_refuses_and_says_which() -> None:
    with pytest.raises(BudgetExceeded, match="2 USD for today leaves 0 USD"):
        bound(Limit("today", Decimal(2), "USD", Decimal("2.5")))


def test_an_unknown_price_can_keep_no_budget() -> None:
    with pytest.raises(BudgetExceeded, match="price is unknown"):
        bound(turn("1"), price=None)
    with pytest.raises(BudgetExceeded, match="price is unknown"):
        bound(turn("1"), price=Price("m", "config", DAY, input=Rate(Decimal(1))))


def test_a_price_in_another_currency_can_keep_no_budget() -> None:
    with pytest.raises(BudgetExceeded, match="in USD, the budget for today in EUR"):
        bound(Limit("today", Decimal(1), "EUR"))


def test_a_model_on_this_machine_is_never_refused() -> None:
    assert bound(turn("0"), price=FREE, wanted=50) == 50
    assert bound(Limit("today", Decimal(1), "EUR", Decimal(3)), price=FREE) is None


def test_a_free_hosted_model_is_not_bounded() -> None:
    free = Price("m", "genai-prices", DAY, input=Rate(Decimal(0)), output=Rate(Decimal(0)))
    assert bound(turn("0"), price=free) is None


def test_a_dear_cache_write_is_planned_for() -> None:
    dear = Price(
        "m",
        "config",
        DAY,
        input=Rate(Decimal(1)),
        output=Rate(Decimal(10)),
        cache_write=Rate(Decimal(2)),
    )
    assert bound(turn("0.012"), price=dear) == 1000


def test_a_running_turn_past_a_limit_is_noticed() -> None:
    found = (turn("1"), Limit("today", Decimal(5), "USD", Decimal("4.5")))
    assert overrun(found, usd("0.5")) is None
    assert overrun(found, usd("0.51")) == found[1]
    assert overrun(found, Cost(None)) is None
    assert overrun(found, Cost(Decimal(9), "EUR")) is None


@given(
    st.decimals("0.000001", 2, places=6),
    st.integers(0, 100_000),
    st.one_of(st.none(), st.integers(1)),
)
def test_a_bounded_reply_never_costs_more_than_the_limit(
    amount: Decimal, prompt: int, wanted: int | None
) -> None:
    count = TokenCount(prompt, exact=True)
    try:
        output = bound_output([turn(str(amount))], PRICE, count, model="a/b", wanted=wanted)
    except BudgetExceeded:
        least = PRICE.cost(Usage(input=prompt, output=LEAST_OUTPUT)).amount
        assert least is not None
        assert least > amount
        return
    if output is not None:
        cost = PRICE.cost(Usage(input=prompt, output=output)).amount
        assert cost is not None
        assert cost <= amount


def test_a_budget_is_near_its_end_from_four_fifths_on() -> None:
    day = Limit("today", Decimal(10), "USD", Decimal("7.99"))
    assert near_limits([day]) == ()
    (near,) = near_limits([day], usd("0.01"))
    assert near.sentence == "80% of the budget of $10.00 for today is spent; $2.00 left."
    (over,) = near_limits([day], usd("3"))
    assert over.sentence == "The budget of $10.00 for today is used up."
