from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.tokens.calibration import (
    ENOUGH,
    LARGEST_EXTRA,
    Calibration,
    Observation,
    Side,
    calibration,
)
from chatui.cost.tokens.margin import UNKNOWN

MODEL = "mine/model"
OWN = "o200k_base"


def seen(counted: int, reported: int, side: Side = "prompt", encoding: str = OWN) -> Observation:
    return Observation(MODEL, encoding, side, counted, counted, reported)


def guessed(*observations: Observation) -> Calibration:
    return calibration(observations, MODEL, OWN, exact=False)


def exact(*observations: Observation) -> Calibration:
    return calibration(observations, MODEL, OWN, exact=True)


def test_too_few_reports_leave_the_fixed_margin() -> None:
    learnt = guessed(*[seen(1000, 1500)] * (ENOUGH - 1))

    assert learnt.prompt(1000) == 1000
    assert learnt.largest_count(1200) == int(1200 / UNKNOWN)
    assert not learnt.learnt


def test_enough_reports_give_a_factor() -> None:
    learnt = guessed(seen(1000, 1300), seen(500, 650), seen(2000, 2600))

    assert learnt.prompt(100) == 130
    assert learnt.largest_count(1000) == pytest.approx(1000 / 1.3 / 1.12, abs=1)


def test_more_reports_that_agree_leave_less_of_the_cap_unused() -> None:
    few, many = (guessed(*[seen(1000, 1100)] * number) for number in (3, 15))

    assert few.largest_count(10_000) < many.largest_count(10_000) < 10_000 / 1.1


def test_one_odd_report_does_not_move_the_factor() -> None:
    usual = [seen(1000, 1100)] * 6

    assert guessed(*usual, seen(1000, 2900)).factor == guessed(*usual).factor


def test_the_widest_spread_above_the_factor_is_the_margin() -> None:
    learnt = guessed(*[seen(1000, 1000)] * 10, seen(1000, 1250))

    assert learnt.largest_count(10_000) * 1.25 <= 10_000


def test_a_new_tokenizer_of_the_provider_is_followed() -> None:
    assert guessed(*[seen(1000, 1000)] * 50, *[seen(1000, 1350)] * 8).factor == 1.35


@pytest.mark.parametrize("odd", [seen(40, 60), seen(1000, 400), seen(1000, 3500), seen(1000, 0)])
def test_reports_that_mean_something_else_teach_nothing(odd: Observation) -> None:
    assert guessed(*[odd] * 9) == guessed()


def test_reports_about_another_vocabulary_teach_nothing() -> None:
    assert guessed(*[seen(1000, 1500, encoding="qwen.gguf")] * 9) == guessed()


def test_an_exact_count_learns_a_constant_and_no_factor() -> None:
    learnt = exact(seen(100, 170), seen(1000, 1070), seen(10_000, 10_070))

    assert (learnt.factor, learnt.prompt(500)) == (1.0, 570)
    assert learnt.largest_count(1000) == 930


def test_what_is_too_large_for_a_template_is_not_learnt_with_exact_counts() -> None:
    assert exact(*[seen(5000, 5001 + LARGEST_EXTRA)] * 5).prompt(500) == 500


def test_replies_have_a_factor_of_their_own() -> None:
    learnt = guessed(*[seen(1000, 1200, "output")] * 3, *[seen(1000, 1400)] * 3)

    assert (learnt.reply(100), learnt.prompt(100)) == (120, 140)
    assert exact(*[seen(1000, 1200, "output")] * 3).reply(100) == 100


def test_the_error_is_that_of_what_was_shown() -> None:
    shown = [Observation(MODEL, OWN, "prompt", 1000, estimated, 1250) for estimated in (1000, 1250)]

    assert guessed(*shown).error == pytest.approx(0.1)
    assert guessed().error is None


def test_a_prompt_that_was_read_in_part_is_recognised() -> None:
    assert seen(9000, 4096).was_cut
    assert not seen(9000, 8000).was_cut
    assert not seen(300, 100).was_cut


@given(
    st.lists(st.tuples(st.integers(50, 100_000), st.floats(0.5, 3.0)), max_size=20),
    st.integers(100, 200_000),
    st.booleans(),
)
def test_what_was_seen_of_late_would_have_been_within_any_cap(
    calls: list[tuple[int, float]], cap: int, own: bool
) -> None:
    observed = [seen(counted, int(counted * share)) for counted, share in calls]
    learnt = calibration(observed, MODEL, OWN, exact=own)
    most = learnt.largest_count(cap)

    assert most == 0 or learnt.prompt(most) <= cap + 1
    if learnt.learnt and not own:
        recent = [one for one in observed if one.usable][-15:]
        assert all(most * one.reported / one.counted <= cap for one in recent)
