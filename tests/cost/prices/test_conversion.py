"""Money in other currencies counts at the user's own rates, and at no others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chatui.config.schema import Budget
from chatui.cost.budget import Limit, bound_output, left, limits, overrun
from chatui.cost.meter import Meter, Spent
from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.cost.prices.price import Price, Rate
from chatui.cost.quote import idle_reading
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.text.figures import money, moneys

EUROS = Conversion("EUR", {"USD": Decimal("0.8"), "CNY": Decimal("0.1")})
DOLLAR, YUAN, FRANC = (Cost(Decimal(2), code, "config") for code in ("USD", "CNY", "CHF"))
THOUSAND = TokenCount(1000, exact=True)


def test_without_rates_every_currency_has_its_own_total() -> None:
    assert NO_CONVERSION.total([DOLLAR, YUAN, DOLLAR]) == (
        Cost(Decimal(4), "USD", "config"),
        YUAN,
    )
    assert NO_CONVERSION.factor("USD", "CNY") is None


def test_with_rates_a_total_is_one_sum_and_is_marked() -> None:
    total = EUROS.total([DOLLAR, YUAN])
    assert total == (Cost(Decimal("1.8"), "EUR", "config", converted=True),)
    assert money(total[0]) == "⇄ €1.80"
    assert money(total[0].as_estimate()) == "≈ ⇄ €1.80"


def test_a_currency_without_a_rate_stays_apart() -> None:
    assert moneys(EUROS.total([DOLLAR, FRANC])) == "⇄ €1.60 + CHF 2.00"


def test_what_is_in_the_users_currency_already_is_not_marked() -> None:
    euro = Cost(Decimal(2), "EUR", "config")
    assert EUROS.total([euro]) == (euro,)


def test_what_a_local_model_cost_is_no_sum_beside_others() -> None:
    nothing = Cost(Decimal(0), "USD", "local")
    assert NO_CONVERSION.total([nothing, YUAN]) == (YUAN,)
    assert NO_CONVERSION.total([nothing, nothing]) == (nothing,)
    assert EUROS.total([nothing]) == (Cost(Decimal(0), "EUR", "local"),)
    assert NO_CONVERSION.total([]) == ()


def test_an_unknown_cost_stays_unknown() -> None:
    assert EUROS.total([UNKNOWN_COST]) == (UNKNOWN_COST,)
    assert EUROS.amount(UNKNOWN_COST, "EUR") is None


def test_two_currencies_are_compared_by_way_of_the_users() -> None:
    assert EUROS.factor("USD", "CNY") == 8
    assert EUROS.factor("EUR", "CNY") == 10
    assert EUROS.factor("CHF", "CHF") == 1


def test_a_budget_counts_what_can_be_converted() -> None:
    budget = Budget(currency="EUR", conversation=Decimal(2), day=Decimal(3))
    spent = [DOLLAR, FRANC, UNKNOWN_COST]
    found = limits(budget, conversation=spent, today=[*spent, YUAN], conversion=EUROS)
    assert [limit.spent for limit in found] == [Decimal("1.6"), Decimal("1.8")]
    assert left(found, YUAN) == Cost(Decimal("0.2"), "EUR", "budget")


def test_the_tightest_limit_may_be_in_another_currency() -> None:
    budget = Budget(currency="EUR", day=Decimal(3))
    found = limits(budget, max_cost=Decimal("0.5"), conversion=EUROS)
    assert left(found) == Cost(Decimal("0.4"), "EUR", "budget")
    assert left(limits(budget, max_cost=Decimal("0.5"))) == Cost(Decimal(3), "EUR", "budget")


def test_a_running_turn_is_held_to_a_limit_in_another_currency() -> None:
    limit = Limit("this turn", Decimal("1.5"), "EUR", conversion=EUROS)
    assert overrun([limit], DOLLAR) is limit
    assert overrun([limit], FRANC) is None


def test_a_reply_is_bounded_by_a_limit_in_another_currency() -> None:
    # 10 CNY for a million tokens: the limit is 0.02 CNY, of which the prompt takes a half.
    rate = Rate(Decimal(10))
    price = Price("m", "config", date(2026, 11, 1), "CNY", input=rate, output=rate)
    limit = Limit("this turn", Decimal("0.002"), "EUR", conversion=EUROS)
    assert bound_output([limit], price, THOUSAND, model="a/b") == 1000
    with pytest.raises(BudgetExceeded, match=r"\[conversion.rates\]"):
        bound_output([Limit("today", Decimal(1), "EUR")], price, THOUSAND, model="a/b")


def test_a_machine_by_the_hour_is_refused_only_when_nothing_is_left() -> None:
    free = Rate(Decimal(0))
    day = date(2026, 11, 1)
    price = Price("m", "config", day, "EUR", input=free, output=free, hour=Decimal(1))
    assert bound_output([Limit("today", Decimal(1), "EUR")], price, THOUSAND, model="a/b") is None
    with pytest.raises(BudgetExceeded):
        used_up = Limit("today", Decimal(1), "EUR", spent=Decimal(1))
        bound_output([used_up], price, THOUSAND, model="a/b")


def test_the_meter_shows_converted_totals_and_the_turn_as_it_is_billed() -> None:
    spent = Spent([YUAN], [YUAN, DOLLAR], conversion=EUROS)

    def cost(usage: Usage, **_: object) -> Cost:
        return Cost(Decimal(usage.prompt) / 1000, "USD", "config")

    meter = Meter("a/b", prompt=THOUSAND, count=len, cost=cost, spent=spent)
    reading = meter.reading()
    assert reading.turn_cost == Cost(Decimal(1), "USD", "config")
    assert moneys(reading.conversation) == "⇄ €1.00"
    assert moneys(reading.today) == "⇄ €2.60"
    assert moneys(idle_reading("a/b", prompt=THOUSAND, spent=spent).today) == "⇄ €1.80"


def test_the_meter_prices_the_time_of_a_call() -> None:
    moments = iter([0.0, 10.0, 20.0, 20.0])
    seen: list[float | None] = []

    def cost(usage: Usage, *, seconds: float | None = None, **_: object) -> Cost:
        seen.append(seconds)
        return Cost(Decimal(0))

    meter = Meter("a/b", prompt=THOUSAND, count=len, cost=cost, clock=lambda: next(moments))
    meter.cost()
    meter.finish(None)
    assert seen == [10.0, 20.0]
