from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatui.widgets.turn_window import TurnWindow

MOST = 20
STEP = 8


@given(st.integers(0, 200), st.lists(st.sampled_from(["older", "newer", "more"]), max_size=60))
def test_the_window_stays_inside_the_conversation_and_small(total: int, moves: list[str]) -> None:
    window = TurnWindow.newest(total, STEP)
    for move in moves:
        if move == "older":
            window = window.with_older(STEP, MOST)
        elif move == "newer":
            window = window.with_newer(STEP, MOST)
        elif not window.has_newer:
            window = window.with_one_more()
        assert 0 <= window.first <= window.last <= window.total
        assert window.size <= MOST + len(moves)


def test_older_turns_come_in_steps_and_push_the_newest_out() -> None:
    window = TurnWindow.newest(500, STEP)
    assert (window.first, window.last) == (492, 500)
    window = window.with_older(STEP, MOST).with_older(STEP, MOST)
    assert (window.first, window.last) == (476, 496)
    assert window.has_newer


def test_newer_turns_come_back_and_push_the_oldest_out() -> None:
    window = TurnWindow.oldest(500, STEP)
    for _ in range(3):
        window = window.with_newer(STEP, MOST)
    assert (window.first, window.last) == (12, 32)


def test_a_short_conversation_is_shown_whole() -> None:
    window = TurnWindow.newest(3, STEP)
    assert (window.first, window.last) == (0, 3)
    assert not window.has_older
    assert not window.has_newer


def test_a_window_around_a_turn_has_it_in_its_midst_and_stays_inside() -> None:
    assert TurnWindow.around(100, 50, 10) == TurnWindow(100, 45, 55)
    assert TurnWindow.around(100, 1, 10) == TurnWindow(100, 0, 10)
    assert TurnWindow.around(100, 99, 10) == TurnWindow(100, 90, 100)
    assert TurnWindow.around(3, 1, 10) == TurnWindow(3, 0, 3)
