"""The sheet of a conversation's costs: what stands first, in which order, and on little room."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.cells import cell_len

from chatui.cost.account import REPLY, Account, Entry
from chatui.cost.prices.conversion import Conversion
from chatui.cost.stats.account_sheet import account_sheet, alternative_cells
from chatui.cost.what_if import Alternative
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

USAGE = Usage(input=3_600, cache_read=3_000, output=600)
WIDTHS = (113, 73, 53, 33)


def paid(amount: str, model: str = "dear/model") -> Entry:
    return Entry(
        kind=REPLY,
        model=model,
        started=datetime(2026, 9, 1, tzinfo=UTC),
        usage=USAGE,
        cost=Cost(Decimal(amount)),
        savings=Cost(Decimal("0.0081")),
        turn=1,
    )


def other(model: str, cost: Cost) -> Alternative:
    return Alternative(model=model, usage=USAGE, with_caching=(cost,), without_caching=(cost,))


ACCOUNT = Account(
    conversation="c",
    title="What do I do first?",
    entries=(paid("0.0171"),),
    alternatives=(
        other("provider/a-model-with-a-long-name-2026-11-20", Cost(Decimal("0.0201"))),
        other("unpriced/model", UNKNOWN_COST),
        other("small/model", Cost(Decimal("0.0078"))),
        other("cheap/model", Cost(Decimal("0.0116"))),
    ),
    conversion=Conversion("USD", {"EUR": Decimal("1.1")}),
)


def lines(account: Account, width: int) -> list[str]:
    return ["".join(span.text for span in line) for line in account_sheet(account, width)]


def first(told: list[str], start: str) -> int:
    return next(at for at, line in enumerate(told) if line.startswith(start))


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_paid_stands_above_what_would_have_been(width: int) -> None:
    told = lines(ACCOUNT, width)
    assert first(told, "Replies by model") < first(told, "On another model")


@pytest.mark.parametrize("width", WIDTHS)
def test_other_models_are_in_the_order_of_their_price_and_unknown_prices_last(width: int) -> None:
    told = lines(ACCOUNT, width)
    rows = [first(told, start) for start in ("as it was", "small", "cheap", "provider", "unp")]
    assert rows == sorted(rows)


def test_prices_in_another_currency_are_sorted_at_the_users_rate() -> None:
    account = Account(
        conversation="c",
        title="",
        entries=ACCOUNT.entries,
        alternatives=(
            other("euro/model", Cost(Decimal("0.0100"), "EUR")),
            other("dollar/model", Cost(Decimal("0.0105"))),
        ),
        conversion=ACCOUNT.conversion,
    )
    told = lines(account, 113)
    assert first(told, "dollar") < first(told, "euro")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_there_is_room_and_costs_stay_to_the_last(width: int) -> None:
    told = lines(ACCOUNT, width)
    assert all(cell_len(line) <= width for line in told)
    for start, cost in (("small", "$0.0078"), ("dear/mod", "$0.0171"), ("1 dear", "$0.0171")):
        assert cost in told[first(told, start)]


@pytest.mark.parametrize("width", WIDTHS[:3])
def test_how_much_dearer_a_model_is_stands_at_60_columns_too(width: int) -> None:
    told = lines(ACCOUNT, width)
    change = alternative_cells(ACCOUNT.alternatives[2], ACCOUNT)[-1]
    assert told[first(told, "small")].endswith(change)
