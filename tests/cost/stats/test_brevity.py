"""What `/concise` saved is only told where the figures can tell it."""

from __future__ import annotations

from decimal import Decimal

from chatui.cost.stats.brevity import Brevity, OutputRate, Sample
from chatui.cost.stats.sheet import verdict
from chatui.domain.usage import UNKNOWN_COST, Cost

MANY = 40


def brevity(brief: float, usual: float, spread: float = 50, replies: int = MANY) -> Brevity:
    rate = OutputRate(replies, Decimal("0.00001"))
    shorter, longer = Sample(replies, brief, spread**2), Sample(replies, usual, spread**2)
    return Brevity("m/x", shorter, longer, (rate,))


def test_a_clear_saving_is_told_with_its_margin_tokens_and_money() -> None:
    told = verdict(brevity(100, 300))
    assert told == (
        "100 tokens a reply instead of 300, 200 ± 23 fewer; over 40 replies ≈ 8,000 tokens, "
        "≈ $0.08."
    )


def test_few_replies_tell_nothing() -> None:
    assert "too few replies to tell, 19 with it" in verdict(brevity(100, 300, replies=19))


def test_a_difference_that_chance_makes_too_is_none() -> None:
    assert verdict(brevity(290, 300)).startswith("no clear difference")


def test_longer_answers_are_no_saving() -> None:
    assert verdict(brevity(300, 100)).startswith("it saved nothing")


def test_without_a_price_the_saving_is_tokens_alone() -> None:
    unpriced = Brevity("m/x", Sample(MANY, 1, 0), Sample(MANY, 9, 0), (OutputRate(MANY, None),))
    assert unpriced.saved_costs == (UNKNOWN_COST,)
    assert verdict(unpriced).endswith("≈ 320 tokens, —.")


def test_a_free_model_saves_no_money() -> None:
    free = Brevity("m/x", Sample(2, 1, 0), Sample(2, 9, 0), (OutputRate(2, Decimal(0)),))
    assert [cost.amount for cost in free.saved_costs] == [Decimal(0)]
    assert isinstance(free.saved_costs[0], Cost)
