from __future__ import annotations

import pytest

from chatui.domain.boundary import Boundary
from chatui.widgets.turn_boundary import boundary_section
from tests.widgets.turns import TranscriptApp, many, place_of, screen_text, until

SUMMARISED = Boundary("k3", 12, summarised=12)


def line(boundary: Boundary, width: int) -> str:
    return boundary_section(boundary, width).lines[0].content.plain


@pytest.mark.parametrize("width", [12, 30, 45, 77, 117])
def test_the_line_fills_its_width_and_no_more(width: int) -> None:
    assert len(line(SUMMARISED, width)) == width


def test_a_wide_line_says_how_to_read_the_summary() -> None:
    told = line(SUMMARISED, 117)
    assert "12 turns above are no longer sent · summarised · Enter or click reads" in told


def test_a_narrow_line_still_says_how_many_and_what_became_of_them() -> None:
    assert "12 turns above are not sent · summarised" in line(SUMMARISED, 48)


def test_turns_that_were_left_out_in_part_are_told_apart() -> None:
    assert "5 summarised" in line(Boundary("k", 12, summarised=5), 117)
    assert "left out · /context tells why" in line(Boundary("k", 1), 117)
    assert "1 turn above is no longer sent" in line(Boundary("k", 1), 117)
    assert "12 turns above are no longer sent (2 stay)" in line(Boundary("k", 12, pinned=2), 117)


def test_what_is_coming_is_told_as_coming() -> None:
    coming = Boundary("k", 4, summarised=4, coming=True)
    assert "4 turns above are summarised from the next question on" in line(coming, 117)


async def test_it_is_drawn_above_its_turn_and_taken_away_again() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(100, 40)) as pilot:
        await app.transcript.show(many(5))
        app.transcript.show_boundary(SUMMARISED)
        await pilot.pause()
        rows = screen_text(app)
        at = next(n for n, row in enumerate(rows) if "12 turns above" in row)
        assert rows[at + 2].strip() == "❯ Question 3?"
        app.transcript.show_boundary(None)
        await pilot.pause()
        assert not any("turns above" in row for row in screen_text(app))


async def test_it_is_there_when_its_turn_is_mounted_later() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(100, 24)) as pilot:
        await app.transcript.show(many(200))
        app.transcript.show_boundary(Boundary("k1", 12, summarised=12))
        assert app.transcript.turn("k1") is None
        await app.transcript.action_oldest()
        await until(pilot, lambda: any("12 turns above" in row for row in screen_text(app)))


async def test_a_click_and_enter_ask_for_the_summary() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(100, 40)) as pilot:
        await app.transcript.show(many(5))
        app.transcript.show_boundary(SUMMARISED)
        await pilot.pause()
        await pilot.click(offset=place_of(app, "12 turns above"))
        app.transcript.selected = "k3"
        app.transcript.focus()
        await pilot.press("enter")
        await pilot.pause()
    assert app.actions == [("k3", "read"), ("k3", "read")]
