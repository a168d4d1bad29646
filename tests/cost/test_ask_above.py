"""When the user is asked before money is spent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chatui.cost.ask_above import AskAbove
from chatui.cost.prices.conversion import Conversion
from chatui.domain.usage import Cost

EUROS = Conversion("EUR", {"CNY": Decimal("0.125"), "USD": Decimal("0.9")})


@pytest.mark.parametrize(
    ("cost", "asks"),
    [
        (Cost(Decimal("0.10"), "EUR", "config"), False),
        (Cost(Decimal("0.11"), "EUR", "config"), True),
        (Cost(Decimal("0.80"), "CNY", "config"), False),
        (Cost(Decimal("0.81"), "CNY", "config"), True),
        (Cost(Decimal("0.01"), "GBP", "config"), True),
        (Cost(Decimal(0), "GBP", "local"), False),
        (Cost(None, "USD", ""), False),
    ],
    ids=["equal", "more", "less converted", "more converted", "no rate", "nothing", "unknown"],
)
def test_what_is_more_than_the_sum_in_the_budgets_currency_is_asked_about(
    cost: Cost, asks: bool
) -> None:
    assert AskAbove(Decimal("0.10"), "EUR", EUROS).asks(cost) is asks


def test_nothing_is_asked_about_where_the_sum_is_none() -> None:
    assert not AskAbove(Decimal(0), "EUR", EUROS).asks(Cost(Decimal(99), "EUR", "config"))
