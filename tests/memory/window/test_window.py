from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.errors import ContextTooLong
from chatui.memory.window.candidates import Candidate
from chatui.memory.window.window import (
    Bounds,
    ContextWindow,
    Held,
    LeftOut,
    fit,
    nothing_but,
)
from tests.properties import examples

CAP = 1000
FIXED = 100
numbers = st.integers(0, 2**32)


def sizes(*tokens: int) -> list[Candidate]:
    return [Candidate(each) for each in tokens]


class Conversation:
    """Drawn by dice, which is a hundred times faster than hypothesis draws a list."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        largest = dice.choice([20, 100, CAP // 3, CAP])
        pinned, odd = dice.choice([0.0, 0.05, 0.5]), dice.choice([0.0, 0.1, 0.5])
        self.history = [
            Candidate(
                dice.randint(0, largest),
                pinned=dice.random() < pinned,
                asked=dice.random() >= odd,
                answered=dice.random() >= odd,
            )
            for _ in range(dice.randint(0, 40))
        ]
        self.question = dice.randint(0, dice.choice([50, CAP - FIXED]))
        self.bounds = Bounds(
            dice.choice([None, CAP, CAP]),
            dice.choice([0, 0, 1, 2, 5, 20]),
            dice.uniform(0.05, 1.0),
        )
        caps, turns = [None, CAP // 2, CAP, 2 * CAP], [0, 1, 5, 30]
        known = dice.random() < 0.7
        start = dice.randint(-3, 70)
        self.held = Held(start, dice.choice(caps), dice.choice(turns)) if known else None
        if self.held and dice.random() < 0.5:
            back = frozenset(dice.sample(range(len(self.history)), len(self.history) // 4))
            self.held = replace(self.held, refilled=back)

    def window(self) -> ContextWindow:
        return fit(self.history, self.question, FIXED, self.bounds, self.held)


def within_its_bounds(talk: Conversation) -> bool:
    """Every promise that a window makes, whatever the conversation."""
    window, history, limits = talk.window(), talk.history, talk.bounds
    sent = FIXED + talk.question + sum(history[at].tokens for at in window.kept)
    unpinned = sum(not history[at].pinned for at in window.kept)
    left_out = [at for at, _ in window.left_out]
    return (
        window.tokens == sent
        and (limits.cap is None or sent <= limits.cap)
        and (not limits.turns or unpinned <= limits.turns)
        and all(history[at].answered for at in window.kept)
        and (not window.kept or history[window.kept[0]].asked)
        and window.kept == tuple(sorted(window.kept))
        and sorted([*window.kept, *left_out]) == list(range(len(history)))
    )


def test_ten_thousand_random_conversations_stay_within_their_bounds() -> None:
    broken = [seed for seed in range(10_000) if not within_its_bounds(Conversation(seed))]
    assert broken == []


@examples(100)
@given(numbers)
def test_so_does_any_other(seed: int) -> None:
    assert within_its_bounds(Conversation(seed))


@pytest.mark.parametrize("seed", range(50))
def test_a_reason_is_only_given_where_it_holds(seed: int) -> None:
    talk = Conversation(seed)
    history, limits, window = talk.history, talk.bounds, talk.window()
    for place, reason in window.left_out:
        assert (reason is LeftOut.NO_ANSWER) == (not history[place].answered)
        assert reason is not LeftOut.BEYOND_TURNS or limits.turns
        assert reason is not LeftOut.BEYOND_CAP or limits.cap
        assert reason is not LeftOut.PINNED_NO_ROOM or history[place].pinned


def test_pinned_turns_stay_while_they_fit() -> None:
    for seed in range(500):
        talk = Conversation(seed)
        talk.history = [replace(turn, asked=True) for turn in talk.history]
        window = talk.window()
        lost = [at for at, reason in window.left_out if reason is LeftOut.PINNED_NO_ROOM]
        assert not lost or window.tokens + talk.history[max(lost)].tokens > CAP


def test_without_pins_what_is_kept_is_an_unbroken_run_and_what_it_was_refilled_with() -> None:
    for seed in range(500):
        talk = Conversation(seed)
        talk.history = [Candidate(turn.tokens) for turn in talk.history]
        window = talk.window()
        run = tuple(range(window.start, len(talk.history)))
        assert window.kept == window.refilled + run


def test_when_a_big_message_leaves_older_turns_come_back_up_to_the_mark() -> None:
    # Ten turns of 50, one of 600 that pushed them out, and three of 60 behind it.
    history = sizes(*[50] * 10, 600, *[60] * 3)

    window = fit(history, 60, 0, Bounds(1000, low_water=0.7), Held(10, 1000))
    grown = fit(
        sizes(*[50] * 10, 600, *[60] * 4), 200, 0, Bounds(1000, low_water=0.7), Held(10, 1000)
    )

    assert window.start == 10
    # 700 less the run of 440: five turns of 50 have room, the newest ones.
    assert grown.start == 11
    assert grown.refilled == (5, 6, 7, 8, 9)
    assert grown.tokens == 200 + 4 * 60 + 5 * 50


def test_turns_that_came_back_stay_until_the_next_trim() -> None:
    history = [50] * 10 + [600] + [60] * 4
    bounds = Bounds(1000, low_water=0.7)
    first = fit(sizes(*history), 200, 0, bounds, Held(10, 1000))
    before, refilled, starts = first.start, first.refilled, [first.start]
    for _ in range(4):
        history.append(70)
        window = fit(
            sizes(*history), 40, 0, bounds, Held(before, 1000, refilled=frozenset(refilled))
        )
        starts.append(window.start)
        if window.start == before:
            assert window.refilled in {refilled, ()}
        before, refilled = window.start, window.refilled
    assert starts[:4] == [11] * 4


def test_a_window_that_a_question_emptied_is_filled_again_by_the_next() -> None:
    history, bounds = sizes(*[50] * 10), Bounds(1000)
    emptied = fit(history, 950, 0, bounds)
    # The big question failed, so it is no turn that could be sent.
    failed = [*history, Candidate(0, answered=False)]

    after = fit(failed, 40, 0, bounds, Held(emptied.start, 1000))

    assert emptied.kept == ()
    assert after.kept == tuple(range(10))


def test_a_turn_that_is_too_big_for_what_is_left_is_passed_over() -> None:
    history = sizes(50, 400, 50, 650, 60)

    window = fit(history, 320, 0, Bounds(1000), Held(3, 1000))

    assert window.refilled == (0, 2)


def test_what_may_not_come_back_stays_away() -> None:
    history, bounds = sizes(*[50] * 10, 600, 60), Bounds(1000)
    compacted = fit(history, 380, 0, bounds, Held(10, 1000), back_to=8)
    bounded = fit(history, 380, 0, Bounds(1000, turns=20), Held(10, 1000, turns=20))

    assert compacted.refilled == (8, 9)
    assert bounded.refilled == ()


def test_trims_of_turns_of_one_size_bring_nothing_back() -> None:
    history, before = [], Held(0, 1000)
    for _ in range(200):
        history.append(45)
        window = fit(sizes(*history), 30, 60, Bounds(1000), before)
        assert window.refilled == ()
        before = Held(window.start, 1000)


def test_the_start_only_moves_when_the_cap_is_reached() -> None:
    for seed in range(100):
        talk = Conversation(seed)
        history = [Candidate(turn.tokens) for turn in talk.history]
        limits = replace(talk.bounds, cap=CAP, turns=0)
        start = 0
        for end in range(len(history)):
            question = min(history[end].tokens, CAP - FIXED)
            run = sum(turn.tokens for turn in history[start:end]) + question
            window = fit(history[:end], question, FIXED, limits, Held(start, CAP))
            if FIXED + run <= CAP:
                assert window.start == start
            else:
                left = sum(turn.tokens for turn in history[window.start : end]) + question
                assert left <= limits.low_water * (CAP - FIXED) or window.start == end
            start = window.start


def test_everything_is_kept_while_it_fits() -> None:
    window = fit(sizes(100, 200), 300, 50, Bounds(650, low_water=0.5))
    assert (window.start, window.kept, window.tokens) == (0, (0, 1), 650)
    assert not window.left_out


def test_one_token_too_many_trims_to_the_mark() -> None:
    window = fit(sizes(100, 200), 300, 0, Bounds(599, low_water=0.9))
    assert (window.kept, window.tokens, window.left_out.dropped) == ((1,), 500, 1)
    assert window.left_out == ((0, LeftOut.BEYOND_CAP),)


def test_without_a_cap_everything_is_kept() -> None:
    assert fit(sizes(10**9), 10**9, 0, Bounds()).kept == (0,)


def test_the_last_turns_leave_in_steps_so_that_the_start_can_hold() -> None:
    limits = Bounds(turns=10, low_water=0.7)
    starts: list[int] = []
    before: Held | None = None
    for count in range(30):
        window = fit(sizes(*[1] * count), 1, 0, limits, before)
        before = Held(window.start, turns=10)
        starts.append(window.start)
        assert len(window.kept) <= 10
    assert sorted(set(starts)) == [0, 4, 8, 12, 16, 20]


def test_only_the_last_turn_is_kept_when_one_may_stay() -> None:
    assert fit(sizes(1, 1, 1), 1, 0, Bounds(turns=1)).kept == (2,)


def test_turns_and_cap_bind_together() -> None:
    limits = Bounds(500, turns=4, low_water=1.0)
    window = fit(sizes(10, 10, 200, 200, 200), 50, 0, limits)
    assert window.kept == (3, 4)
    assert [reason for _, reason in window.left_out] == [
        LeftOut.BEYOND_TURNS,
        LeftOut.BEYOND_CAP,
        LeftOut.BEYOND_CAP,
    ]


def test_a_larger_cap_brings_the_older_turns_back() -> None:
    history = sizes(300, 300, 300)
    small = fit(history, 300, 0, Bounds(700, low_water=1.0))
    assert small.start == 2
    assert fit(history, 300, 0, Bounds(2000), Held(small.start, 700)).start == 0


def test_more_allowed_turns_bring_the_older_ones_back() -> None:
    history = sizes(*[1] * 10)
    assert fit(history, 1, 0, Bounds(turns=8), Held(7, turns=3)).start == 5
    assert fit(history, 1, 0, Bounds(), Held(7, turns=3)).start == 0


def test_the_same_cap_does_not() -> None:
    window = fit(sizes(10, 10), 10, 0, Bounds(700), Held(1, 700))
    assert window.start == 1
    assert window.left_out == ((0, LeftOut.HELD),)


def test_a_smaller_cap_trims_at_once() -> None:
    assert fit(sizes(*[100] * 4), 100, 0, Bounds(200, low_water=1.0), Held(1, 400)).start == 3


def test_a_turn_beyond_the_cap_by_itself_says_so() -> None:
    window = fit(sizes(5000, 10), 10, 0, Bounds(1000))
    assert window.left_out == ((0, LeftOut.TOO_LONG),)


def test_a_pinned_turn_outlives_the_window() -> None:
    history = [Candidate(200, pinned=True), *sizes(500, 400)]
    assert fit(history, 300, 0, Bounds(1000, low_water=1.0)).kept == (0, 2)


def test_a_pinned_turn_outlives_the_last_turns_too() -> None:
    history = [Candidate(1, pinned=True), *sizes(1, 1, 1)]
    assert fit(history, 1, 0, Bounds(turns=2, low_water=1.0)).kept == (0, 2, 3)


def test_pins_that_fill_the_cap_give_way_oldest_first() -> None:
    history = [Candidate(400, pinned=True), Candidate(400, pinned=True)]
    window = fit(history, 400, 0, Bounds(900, low_water=1.0))
    assert window.kept == (1,)
    assert window.left_out == ((0, LeftOut.PINNED_NO_ROOM),)


def test_pins_do_not_shut_the_history_out() -> None:
    history = [Candidate(750, pinned=True), *sizes(*[50] * 19)]
    assert fit(history, 50, 0, Bounds(1000)).kept == (0, 18, 19)


def test_a_failed_turn_is_left_out_and_takes_no_room() -> None:
    history = [Candidate(900, answered=False), *sizes(300)]
    window = fit(history, 300, 0, Bounds(700))
    assert window.kept == (1,)
    assert window.left_out.dropped == 0


def test_a_full_chat_is_refused_with_a_way_out() -> None:
    limits = Bounds(1000, full=True)
    assert fit(sizes(300, 300), 400, 0, limits).kept == (0, 1)
    with pytest.raises(ContextTooLong, match=r"1,001 tokens.*1,000 fit.*/context trim"):
        fit(sizes(300, 300), 401, 0, limits)


def test_a_full_chat_of_the_last_turns_refuses_only_for_those() -> None:
    assert fit(sizes(900, 100), 100, 0, Bounds(500, turns=1, full=True)).kept == (1,)


def test_a_question_that_fills_the_cap_goes_alone() -> None:
    assert fit(sizes(500), 900, 100, Bounds(1000, low_water=0.5)).kept == ()


def test_a_question_above_the_cap_is_refused_with_both_figures() -> None:
    with pytest.raises(ContextTooLong, match=r"1,001 tokens.*1,000 fit"):
        fit(sizes(500), 901, 100, Bounds(1000))


def test_without_memory_the_question_goes_alone() -> None:
    window = nothing_but([Candidate(5), Candidate(5, answered=False)], 10)
    assert window.kept == ()
    assert window.left_out == ((0, LeftOut.OFF), (1, LeftOut.NO_ANSWER))


def test_pins_break_the_start_of_the_prompt_only_at_a_trim() -> None:
    """What stands before the newest turn only changes when turns leave."""
    dice = random.Random(3)
    history: list[Candidate] = []
    before: Held | None = None
    beginning: tuple[int, ...] = ()
    for _ in range(300):
        window = fit(history, dice.randint(20, 900), 200, Bounds(8000), before)
        if before and window.start == before.start:
            assert window.kept[: len(beginning)] == beginning
        before, beginning = Held(window.start, 8000), window.kept
        history.append(Candidate(dice.randint(50, 900), pinned=dice.random() < 0.02))


def test_the_last_prompt_is_the_beginning_of_most_prompts() -> None:
    def reused(limits: Bounds) -> float:
        history = sizes(*(80 + 40 * (number % 7) for number in range(300)))
        prompt = shared = 0
        before: Held | None = None
        for end in range(len(history)):
            question = history[end].tokens
            window = fit(history[:end], question, 500, limits, before)
            held = before is None or window.start == before.start
            prompt += window.tokens
            shared += window.tokens - question if held else 500
            before = Held(window.start, limits.cap, limits.turns)
        return shared / prompt

    assert reused(Bounds(8000, low_water=1.0)) < 0.45
    assert reused(Bounds(8000)) > 0.8
    assert reused(replace(Bounds(), turns=20)) > 0.7
