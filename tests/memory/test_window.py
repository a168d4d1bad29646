from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.errors import ContextTooLong
from chatui.memory.window import ContextWindow, fit

CAP = 1000
FIXED = 100
sizes = st.integers(min_value=0, max_value=CAP - FIXED)
histories = st.lists(sizes, min_size=1, max_size=60)
marks = st.floats(min_value=0.05, max_value=1.0)
pins = st.sets(st.integers(min_value=0, max_value=60))
starts = st.integers(min_value=-3, max_value=70)


@given(histories, marks, starts, pins)
def test_the_prompt_never_exceeds_the_cap(
    history: list[int], mark: float, start: int, pinned: set[int]
) -> None:
    assert fit(history, FIXED, CAP, mark, start, pinned=pinned).tokens <= CAP


@given(histories, marks, starts, pins)
def test_the_newest_turn_is_always_kept(
    history: list[int], mark: float, start: int, pinned: set[int]
) -> None:
    assert fit(history, FIXED, CAP, mark, start, pinned=pinned).kept[-1] == len(history) - 1


@given(histories, marks, starts, pins)
def test_the_tokens_are_those_of_whole_turns_and_the_fixed_part(
    history: list[int], mark: float, start: int, pinned: set[int]
) -> None:
    window = fit(history, FIXED, CAP, mark, start, pinned=pinned)
    assert window.tokens == FIXED + sum(history[place] for place in window.kept)
    assert window.dropped == len(history) - len(window.kept)


@given(histories, marks, starts)
def test_without_pins_what_is_kept_is_an_unbroken_run(
    history: list[int], mark: float, start: int
) -> None:
    window = fit(history, FIXED, CAP, mark, start)
    assert window.kept == tuple(range(window.start, len(history)))


@given(histories, marks)
def test_the_start_only_moves_when_the_cap_is_reached(history: list[int], mark: float) -> None:
    start = 0
    for end in range(1, len(history) + 1):
        whole = FIXED + sum(history[start:end])
        window = fit(history[:end], FIXED, CAP, mark, start)
        if whole <= CAP:
            assert window.start == start
        else:
            assert window.start > start
            at_the_mark = sum(history[window.start : end]) <= mark * (CAP - FIXED)
            assert at_the_mark or window.start == end - 1
        start = window.start


@given(histories, marks, pins)
def test_a_trim_drops_no_turn_more_than_the_mark_asks_for(
    history: list[int], mark: float, pinned: set[int]
) -> None:
    window = fit(history, FIXED, CAP, mark, pinned=pinned)
    if window.start > 0:
        place = window.start - 1
        pinned_before = sum(history[i] for i in pinned if i < place)
        assert sum(history[place:]) > mark * (CAP - FIXED - pinned_before)


@given(histories, marks, pins)
def test_pinned_turns_stay_while_they_fit(
    history: list[int], mark: float, pinned: set[int]
) -> None:
    window = fit(history, FIXED, CAP, mark, pinned=pinned)
    lost = {place for place in pinned if place < len(history)} - set(window.kept)
    if lost:
        assert window.tokens + history[max(lost)] > CAP
        assert max(lost) < min(window.kept)


def test_everything_is_kept_while_it_fits() -> None:
    assert fit([100, 200, 300], 50, 650, 0.5) == ContextWindow(0, (0, 1, 2), 0, 650)


def test_one_token_too_many_trims_to_the_mark() -> None:
    assert fit([100, 200, 300], 0, 599, 0.9) == ContextWindow(1, (1, 2), 1, 500)


def test_a_larger_cap_brings_the_older_turns_back() -> None:
    history = [300, 300, 300, 300]
    small = fit(history, 0, 700, 1.0)
    assert small.start == 2
    assert fit(history, 0, 2000, 1.0, small.start, previous_cap=700).start == 0


def test_the_same_cap_does_not() -> None:
    assert fit([10, 10, 10], 0, 700, 1.0, 2, previous_cap=700).start == 2


def test_a_smaller_cap_trims_further() -> None:
    assert fit([100] * 5, 0, 200, 1.0, 1, previous_cap=400).start == 3


def test_a_pinned_turn_outlives_the_window() -> None:
    window = fit([200, 500, 400, 300], 0, 1000, 1.0, pinned={0})
    assert window.kept == (0, 2, 3)


def test_pins_that_fill_the_cap_give_way_oldest_first() -> None:
    window = fit([400, 400, 400], 0, 900, 1.0, pinned={0, 1})
    assert window.kept == (1, 2)


def test_pins_do_not_shut_the_history_out() -> None:
    window = fit([750, *[50] * 20], 0, 1000, 0.7, pinned={0})
    assert window.kept == (0, 18, 19, 20)


def test_a_question_that_fills_the_cap_goes_alone() -> None:
    assert fit([500, 900], 100, 1000, 0.5).kept == (1,)


def test_a_question_above_the_cap_is_refused_with_both_figures() -> None:
    with pytest.raises(ContextTooLong, match=r"1,001 tokens.*1,000 fit"):
        fit([500, 901], 100, 1000, 0.5)


def test_most_of_the_prompt_can_be_read_from_a_prefix_cache() -> None:
    """An 8k cap over 300 turns; a prompt can reuse what it has in common with the last."""
    turns = [80 + 40 * (number % 7) for number in range(300)]

    def reused(mark: float) -> float:
        start = prompt = shared = 0
        for end in range(1, len(turns) + 1):
            window = fit(turns[:end], 500, 8000, mark, start)
            prompt += window.tokens
            unmoved = window.start == start
            shared += window.tokens - turns[end - 1] if unmoved else 500
            start = window.start
        return shared / prompt

    assert reused(1.0) < 0.45
    assert reused(0.7) > 0.8
