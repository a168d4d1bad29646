"""Boxes over the chat on small screens: nothing that they say is cut off."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.screen import Screen

from chatui.cost.switch import Costs, Side, SwitchQuote
from chatui.domain.usage import Cost
from chatui.text.web_address import web_address
from chatui.widgets.compare_screen import ASK_KEYS, hint
from chatui.widgets.details import Details
from chatui.widgets.drawn import keys_within
from chatui.widgets.filter_panel import FilterPanel
from chatui.widgets.links import LinkBox
from chatui.widgets.notice import Notice
from chatui.widgets.paged_list import PagedList
from chatui.widgets.picker import Picker, PickerRow
from chatui.widgets.switch_panel import SwitchPanel
from tests.widgets.turns import screen_text

SIZES = [(80, 24), (60, 20), (40, 15)]
SENTENCE = (
    "None: texts are sent as they are. Name filters in a profile or a provider, and look again "
    "at what becomes of them when the screen is as small as it can be and the sentence is not."
)
COST = Cost(Decimal("0.0123"), "USD")
SAME = Costs(next_turn=COST, typical=COST)
OLD = Side(
    model="openai/gpt-5-mini-2026-11", context_size=400_000, used=12_345, kept=12, turns=12,
    reread=345, costs=SAME,
)  # fmt: skip
NEW = Side(
    model="local/small-model-of-mine-q8_0", context_size=8192, used=7345, kept=3, turns=12,
    reread=7000, costs=SAME,
)  # fmt: skip


def facts() -> Screen[Any]:
    return Details("Filters", [("openai/gpt-5-mini", ""), ("", SENTENCE), ("private", SENTENCE)])


def swaps() -> Screen[Any]:
    long = ("Jane Doe of the Long Street, " * 3, "⟦PERSON_1⟧")
    return FilterPanel("openai/gpt-5-mini", [long, ("jane@example.com", "⟦EMAIL_1⟧")])


def quote() -> Screen[Any]:
    panel = SwitchPanel(OLD.model, NEW.model, "f2")
    panel.call_later(panel.show_quote, SwitchQuote(OLD, NEW))
    return panel


def fault() -> Screen[Any]:
    panel = SwitchPanel(OLD.model, NEW.model)
    panel.call_later(panel.fail, SENTENCE)
    return panel


def link() -> Screen[Any]:
    return LinkBox(web_address("https://example.com/" + "a-long-way/" * 12 + "its-end"))


BOXES: dict[str, tuple[Callable[[], Screen[Any]], str]] = {
    "facts": (facts, f"openai/gpt-5-mini private {SENTENCE}"),
    "swaps": (swaps, "openai/gpt-5-mini ⟦PERSON_1⟧ jane@example.com ⟦EMAIL_1⟧"),
    "quote": (
        quote,
        "400,000 tokens 8,192 tokens all 12 3 of 12 Both cost the same. 9 turns leave the prompt "
        "Nothing leaves the chat. at the price of the cache.",
    ),
    "fault": (fault, SENTENCE),
    "link": (link, "its-end"),
}


async def read(app: App[None], pilot: Pilot[None]) -> str:
    """All that is to be read, page by page."""
    rows: list[str] = []
    for _ in range(40):
        rows += screen_text(app)
        before = screen_text(app)
        await pilot.press("down")
        await pilot.pause()
        if screen_text(app) == before:
            break
    return " ".join(" ".join(rows).replace("│", " ").split())


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("box", BOXES)
async def test_all_of_a_box_can_be_read(box: str, size: tuple[int, int]) -> None:
    make, words = BOXES[box]
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        app.push_screen(make())
        await pilot.pause()
        await pilot.pause()
        told = await read(app, pilot)
        missing = [word for word in words.split() if word not in told]
        assert missing == []


class OneNotice(App[None]):
    def compose(self) -> ComposeResult:
        yield Notice()


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_all_of_a_notice_can_be_read(size: tuple[int, int]) -> None:
    app = OneNotice()
    async with app.run_test(size=size) as pilot:
        app.query_one(Notice).say(SENTENCE, "error")
        await pilot.pause()
        told = " ".join(" ".join(screen_text(app)).split())
        assert SENTENCE in told


@pytest.mark.parametrize("width", [12, 24, 38, 58, 78])
def test_of_the_keys_those_stand_that_there_is_room_for_and_always_the_way_out(width: int) -> None:
    shown = hint(ASK_KEYS, width)
    assert len(shown) <= width
    assert shown.endswith("Esc close")


@pytest.mark.parametrize("screen", [40, 60, 80])
def test_the_edge_of_a_box_says_how_to_leave_it(screen: int) -> None:
    shown = keys_within("Tab day/model/chat/profile · +/- days · F5 CSV · Esc close", screen)
    assert shown.endswith("Esc close")
    assert len(shown) <= screen * 9 // 10 - 6


@pytest.mark.parametrize("size", [*SIZES, (120, 40)], ids=str)
@pytest.mark.parametrize("remark", ["", SENTENCE])
async def test_a_long_list_ends_within_its_box_and_shows_the_chosen_row(
    size: tuple[int, int], remark: str
) -> None:
    rows = [PickerRow(str(number), (f"row {number}",)) for number in range(200)]
    picker = Picker("Rows", rows)
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        app.push_screen(picker)
        await pilot.pause()
        picker.show_rows(rows, remark)
        for _ in range(4):
            await pilot.press("pagedown")
        await pilot.pause()
        listed = picker.query_one(PagedList)
        assert picker.query_one(Vertical).content_region.contains_region(listed.region)
        assert f"row {picker.chosen} " in " ".join(screen_text(app))
        await pilot.press("down", "down", "down")
        assert f"row {picker.chosen} " in " ".join(screen_text(app))
