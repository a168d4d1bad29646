"""What the meter says before a trim: the turns that leave with the next prompt."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from chatui.memory.window.leaving import Leaving, leaving
from chatui.memory.window.window import Bounds, Candidate, Held, fit

BOUNDS = Bounds(cap=100, low_water=0.5)
TURNS = [Candidate(20) for _ in range(4)]


def test_nothing_leaves_while_all_fits() -> None:
    assert leaving(TURNS, None, fit(TURNS, 5, 10, BOUNDS)) == Leaving()


def test_a_trim_is_told_with_its_turns_and_their_tokens() -> None:
    held = Held(0, 100)
    window = fit(TURNS, 30, 10, BOUNDS, held)
    assert leaving(TURNS, held, window) == Leaving(window.start, 20 * window.start)
    assert window.start > 0


def test_what_had_left_before_does_not_leave_again() -> None:
    held = Held(2, 100)
    assert leaving(TURNS, held, fit(TURNS, 5, 10, BOUNDS, held)) == Leaving()


def test_a_turn_that_was_never_sent_does_not_leave() -> None:
    turns = [Candidate(20, answered=False), *TURNS, Candidate(20)]
    held = Held(0, 100)
    window = fit(turns, 5, 10, BOUNDS, held)
    assert leaving(turns, held, window).turns == window.start - 1


def test_a_pinned_turn_leaves_when_its_pin_is_gone() -> None:
    window = fit(TURNS, 5, 10, BOUNDS, Held(2, 100))
    assert leaving(TURNS, Held(2, 100), window, pinned={0}) == Leaving(1, 20)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_a_trim_is_foretold_exactly_when_the_start_moves(seed: int) -> None:
    dice = random.Random(seed)
    turns = [Candidate(dice.randint(1, 40)) for _ in range(dice.randint(1, 30))]
    held = Held(dice.randrange(len(turns)), 100)
    window = fit(turns, dice.randint(1, 80), 10, BOUNDS, held)
    told = leaving(turns, held, window)
    assert told.turns == window.start - held.start
    assert told.tokens == sum(turn.tokens for turn in turns[held.start : window.start])
