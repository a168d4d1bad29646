"""What a switch of the model costs, and after how many turns it pays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.config.schema import PriceEntry
from chatui.cost.cache_rules import cache_rule
from chatui.cost.prices.conversion import Conversion
from chatui.cost.prices.prices import PriceBook
from chatui.cost.switch import Costs, Load, Payoff, Verdict, payoff
from chatui.domain.cache_rule import CacheRule
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage

AMOUNTS = st.decimals(0, 50, places=6)
LOAD = Load(
    prefix=8_000, tail=200, typical_tail=150, exchange=500, output=300, reasoning=100, cap=20_000
)


def usd(amount: Decimal | int | str) -> Cost:
    return Cost(Decimal(amount), "USD", "config", estimated=True)


def costs(next_turn: Decimal | int | str, typical: Decimal | int | str) -> Costs:
    return Costs(usd(next_turn), usd(typical))


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_break_even_is_that_of_summing_turn_by_turn(
    old_next: Decimal, old_typical: Decimal, new_next: Decimal, new_typical: Decimal
) -> None:
    found = payoff(costs(old_next, old_typical), costs(new_next, new_typical))

    def dearer(turns: int) -> bool:
        old = old_next + (turns - 1) * old_typical
        return new_next + (turns - 1) * new_typical > old

    far = 10**9
    match found.verdict:
        case Verdict.PAYS:
            assert dearer(found.turns - 1)
            assert not dearer(found.turns)
            assert not dearer(far)
        case Verdict.AT_FIRST:
            assert not dearer(1)
            assert not dearer(found.turns)
            assert dearer(found.turns + 1)
        case Verdict.NEVER:
            assert dearer(1) or old_next == new_next
            assert dearer(2)
            assert dearer(far)
        case Verdict.CHEAPER:
            assert not dearer(1)
            assert not dearer(far)
            assert (old_next, old_typical) != (new_next, new_typical)
        case _:
            assert found.verdict is Verdict.EQUAL
            assert (old_next, old_typical) == (new_next, new_typical)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_in_two_currencies_it_is_what_it_is_in_one(
    old_next: Decimal, old_typical: Decimal, new_next: Decimal, new_typical: Decimal
) -> None:
    euros = Costs(Cost(new_next, "EUR"), Cost(new_typical, "EUR"))
    at_two_dollars = Conversion("USD", {"EUR": Decimal(2)})
    expected = payoff(costs(old_next, old_typical), costs(2 * new_next, 2 * new_typical))
    assert payoff(costs(old_next, old_typical), euros, at_two_dollars) == expected


def test_a_dear_first_turn_is_earned_back_by_the_cheaper_ones() -> None:
    assert payoff(costs("0.010", "0.010"), costs("0.040", "0.004")) == Payoff(Verdict.PAYS, 6)


def test_without_a_price_or_a_rate_nothing_is_claimed() -> None:
    known, unknown = costs(1, 1), Costs(usd(1), UNKNOWN_COST)
    euros = Costs(Cost(Decimal(1), "EUR"), Cost(Decimal(1), "EUR"))
    assert payoff(known, unknown) == payoff(unknown, known) == Payoff(Verdict.UNKNOWN)
    assert payoff(known, euros) == Payoff(Verdict.APART)


def test_what_is_free_needs_no_rate() -> None:
    euros = Costs(Cost(Decimal(1), "EUR"), Cost(Decimal(1), "EUR"))
    assert payoff(euros, costs(0, 0)) == Payoff(Verdict.CHEAPER)
    assert payoff(costs(0, 0), euros) == Payoff(Verdict.NEVER)


def test_a_cold_cache_reads_the_whole_beginning_anew_and_a_warm_one_the_rest() -> None:
    cold, warm = LOAD.next_turn(), replace(LOAD, cached=7_500).next_turn()
    assert (cold.input, cold.cache_read, cold.output, cold.reasoning) == (8_200, 0, 300, 100)
    assert (warm.input, warm.cache_read) == (700, 7_500)
    assert cold.estimated


def test_a_typical_turn_reads_the_beginning_from_the_cache() -> None:
    usage = LOAD.typical_turn()
    assert (usage.cache_read, usage.input) == (8_000, 650)


def test_a_short_beginning_is_not_cached() -> None:
    usage = replace(LOAD, rule=CacheRule(least=8_001)).typical_turn()
    assert (usage.cache_read, usage.input) == (0, 8_650)


def test_what_is_kept_behind_a_mark_is_paid_at_the_price_of_writing_it() -> None:
    load = replace(LOAD, rule=cache_rule("anthropic/claude-opus-5", "1h"))
    usage = load.typical_turn()
    assert (usage.cache_read, usage.cache_write + usage.input) == (8_000, 650)
    assert usage.cache_write == usage.parts.cache_write_1h == LOAD.exchange
    assert replace(load, rule=None).typical_turn().cache_read == 0


@given(
    prefix=st.integers(0, 10_000),
    exchange=st.integers(0, 2_000),
    tail=st.integers(0, 2_000),
    cap=st.integers(4_000, 12_000),
)
def test_a_typical_prompt_stays_within_the_cap(
    prefix: int, exchange: int, tail: int, cap: int
) -> None:
    load = Load(prefix=prefix, tail=tail, typical_tail=tail, exchange=exchange, output=1, cap=cap)
    assert load.typical_turn().prompt == min(prefix + exchange + tail, cap)


def test_a_mark_behind_the_last_question_leaves_its_answer_to_be_read_anew() -> None:
    rule = CacheRule(marked=True, asked=True)
    load = Load(
        prefix=20_000, tail=500, typical_tail=400, exchange=1_000, answer=700, output=700,
        cached=18_000, rule=rule,
    )  # fmt: skip
    coming, typical = load.next_turn(), load.typical_turn()
    assert (coming.cache_read, coming.cache_write, coming.input) == (18_000, 1_300, 1_200)
    assert (typical.cache_read, typical.cache_write, typical.input) == (19_300, 1_000, 1_100)
    assert coming.prompt == 20_500
    assert typical.prompt == 21_400


@pytest.mark.parametrize(
    ("usage", "expected"),
    [(LOAD.next_turn(), "0.018800"), (LOAD.typical_turn(), "0.005300")],
)
def test_the_cached_beginning_costs_the_price_of_the_cache(usage: Usage, expected: str) -> None:
    entry = PriceEntry(input=Decimal(2), output=Decimal(8), cache_read=Decimal("0.2"))
    cost = partial(PriceBook({"a/b": entry}).cost, "a/b")
    assert cost(usage).amount == Decimal(expected)
