"""The box of facts, in an app that holds nothing else."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.containers import VerticalScroll

from chatui.widgets.details import GAP, Details, FactsText, text_width

NAME = "a name"


async def cells(screen: int, lines: int) -> tuple[int, int]:
    """What lines of the width that there is take, and what the box shows of them."""
    app = App[None]()
    async with app.run_test(size=(screen, 24)) as pilot:
        width = text_width(screen, len(NAME) + GAP)
        await app.push_screen(Details("Facts", [(NAME, "x" * width)] * lines))
        await pilot.pause()
        text, box = app.screen.query_one(FactsText), app.screen.query_one(VerticalScroll)
        assert text.size.height == lines
        return text.size.width, box.scrollable_content_region.width


@pytest.mark.parametrize("screen", [60, 61, 80, 113, 120, 300])
async def test_lines_of_the_width_that_there_is_are_seen_whole(screen: int) -> None:
    taken, shown = await cells(screen, lines=3)
    assert taken <= shown


@pytest.mark.parametrize("screen", [60, 61, 80, 113, 120, 300])
async def test_lines_beside_a_scroll_bar_fill_the_box_and_no_more(screen: int) -> None:
    taken, shown = await cells(screen, lines=60)
    assert taken == shown


@pytest.mark.parametrize(("keys", "line"), [("j", 1), ("G", 40), ("G k", 39), ("G g", 0)])
async def test_keys_scroll_what_is_longer_than_the_screen(keys: str, line: int) -> None:
    app = App[None]()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Details("Facts", [(NAME, "x")] * 59))
        await pilot.pause()
        box = app.screen.query_one(VerticalScroll)
        assert box.max_scroll_y == 40
        await pilot.press(*keys.split())
        await pilot.pause()
        assert box.scroll_y == line
