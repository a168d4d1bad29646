"""What the window looks like. A picture that changes is looked at, and then accepted with
`pytest --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList

from chatui.app.commands.why import facts
from chatui.app.start import StartOptions
from chatui.config.schema import PriceEntry
from chatui.config.window import Ui
from chatui.domain.passage import Citation, Ranks
from chatui.widgets.details import Details
from tests.app.scripted_chat import Chat
from tests.models.conftest import endpoint_at
from tests.widgets.turns import answered, passage

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)
ROOM = 63
"""Cells that a box has for lines at 80 columns."""


async def open_chat(chat: Chat) -> None:
    chat.window.view.composer.cursor_blink = False
    view = chat.window.view
    await chat.until(lambda: chat.idle and view.meter.reading is not None)
    await chat.until(lambda: bool(view.welcome.facts.found) or not view.welcome.display)


async def quote_drawn(chat: Chat) -> None:
    """Waits until the meter tells what sending the draft would take."""

    def drawn() -> bool:
        reading = chat.window.view.meter.reading
        return reading is not None and reading.quote is not None

    await chat.until(lambda: drawn() and not chat.window.at_work("meter"))


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 15), (160, 45)])
def test_an_empty_chat(chat: Chat, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(_: Pilot[Any]) -> None:
        await open_chat(chat)

    assert snap_compare(chat.window, terminal_size=size, run_before=before)


@pytest.mark.parametrize("theme", ["chatui-light", "chatui-contrast", "chatui-ember"])
def test_the_colours(chat: Chat, snap_compare: Compare, theme: str) -> None:
    async def before(_: Pilot[Any]) -> None:
        await open_chat(chat)
        chat.window.view.composer.insert("two\nlines")
        chat.window.say("Something went wrong: do this.", "error")
        await quote_drawn(chat)

    chat.reopen(StartOptions(), ui=Ui(theme=theme))
    assert snap_compare(chat.window, terminal_size=SMALL, run_before=before)


def test_commands_being_completed(chat: Chat, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await open_chat(chat)
        await pilot.press(*"/re", "down")
        await quote_drawn(chat)

    assert snap_compare(chat.window, terminal_size=SMALL, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_model_picker(chat: Chat, snap_compare: Compare, size: tuple[int, int]) -> None:
    chat.endpoints = [endpoint_at("http://127.0.0.1:9/v1", name="lab", models=("a", "b"))]
    chat.prices = {"lab/*": PriceEntry(input=Decimal("0.25"), output=Decimal(2))}

    async def before(pilot: Pilot[Any]) -> None:
        await open_chat(chat)
        store = (await chat.window.session.services()).store
        await store.remember_model("lab/b")
        await pilot.press("ctrl+l")
        await chat.until(lambda: chat.window.screen.is_modal)
        rows = chat.window.screen.query_one(OptionList)
        await chat.until(lambda: any("free" in str(row.prompt) for row in rows.options))
        await chat.until(lambda: not chat.window.at_work("listing"))
        chat.window.screen.query_one("#filter").cursor_blink = False  # type: ignore[attr-defined]

    assert snap_compare(chat.window, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_help(chat: Chat, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await open_chat(chat)
        await pilot.press("f1")
        await chat.until(lambda: chat.window.screen.is_modal)

    assert snap_compare(chat.window, terminal_size=size, run_before=before)


def test_why_passages_were_found(snap_compare: Compare) -> None:
    held = passage(1, "manuals/kettle.md", "The kettle holds two litres of water.")
    passages = (
        replace(held, ranks=Ranks(dense=1, lexical=2), similarity=0.712),
        replace(passage(2, "report.pdf", page=12), ranks=Ranks(lexical=1)),
    )
    turn = answered("And of water?", citations=(Citation(1, passages[0]),))
    turn = replace(turn, passages=passages, searched="How much water does the kettle hold?")

    class WhyApp(App[None]):
        def on_mount(self) -> None:
            self.push_screen(Details("Why these passages", list(facts(turn, ROOM))))

    assert snap_compare(WhyApp(), terminal_size=SMALL)
