from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.usage import UNKNOWN_COST, Cost
from chatui.text import figures


def test_one_thing_is_no_plural() -> None:
    assert [figures.counted(n, "file") for n in (0, 1, 2000)] == [
        "0 files",
        "1 file",
        "2,000 files",
    ]
    assert figures.counted(1, "reply", "replies") == "1 reply"
    assert figures.counted(3, "reply", "replies") == "3 replies"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("0", "USD", "$0"),
        ("0.0042", "USD", "$0.0042"),
        ("0.00005", "USD", "$0.0001"),
        ("0.0000314", "USD", "$0.000031"),
        ("0.12", "USD", "$0.1200"),
        ("0.99996", "USD", "$1.00"),
        ("1234.567", "USD", "$1,234.57"),
        ("12.3", "CNY", "¥12.30"),
        ("0.01", "CHF", "CHF 0.0100"),
        ("-2", "EUR", "-€2.00"),
    ],
)
def test_money_is_written_with_its_currency_and_as_many_digits_as_matter(
    amount: str, currency: str, written: str
) -> None:
    assert figures.money(Cost(Decimal(amount), currency)) == written


def test_an_unknown_price_is_a_dash_even_when_it_is_an_estimate() -> None:
    assert figures.money(UNKNOWN_COST.as_estimate()) == figures.money(None) == "—"


def test_estimated_money_carries_the_mark() -> None:
    assert figures.money(Cost(Decimal("0.0012"), estimated=True)) == "≈ $0.0012"


def test_several_currencies_are_joined_and_none_is_a_dash() -> None:
    costs = [Cost(Decimal("1.2")), Cost(Decimal("3.5"), "CNY")]
    assert figures.moneys(costs) == "$1.20 + ¥3.50"
    assert figures.moneys([]) == "—"


@given(st.decimals(min_value="0.0000001", max_value="1000000", places=9))
def test_money_that_is_not_nothing_never_reads_as_nothing(amount: Decimal) -> None:
    assert any(digit in "123456789" for digit in figures.money(Cost(amount)))


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (None, "—"),
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (12_345, "12.3k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (128_000, "128k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_048_576, "1.05M"),
    ],
)
def test_short_tokens_have_about_three_digits(count: int | None, written: str) -> None:
    assert figures.short_tokens(count) == written


def test_exact_tokens_have_every_digit() -> None:
    assert figures.tokens(1_234_567) == "1,234,567"
    assert figures.tokens(None) == "—"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "—"),
        (0.42, "0.42 s"),
        (9.996, "10 s"),
        (89.4, "89 s"),
        (125.0, "2 min 05 s"),
        (119.9, "2 min 00 s"),
    ],
)
def test_waits_are_as_exact_as_they_are_short(value: float | None, written: str) -> None:
    assert figures.seconds(value) == written


def test_speed_has_a_decimal_only_when_it_is_slow() -> None:
    assert figures.speed(9.42) == "9.4 tok/s"
    assert figures.speed(51.2) == "51 tok/s"
    assert figures.speed(None) == "—"


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (545, "9 min 05 s")]
)
def test_the_time_left_is_written_to_the_second(seconds: float, written: str) -> None:
    assert figures.time_left(seconds) == written
