"""What the window looks like. A picture that changes is looked at, and then accepted with
`pytest --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from chatui.config import Ui
from chatui.services import StartOptions
from tests.app.scripted_chat import Chat

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)


async def open_chat(chat: Chat) -> None:
    chat.window.view.composer.cursor_blink = False
    await chat.until(lambda: chat.idle and chat.window.view.meter.reading is not None)


async def quote_drawn(chat: Chat) -> None:
    """Waits until the meter tells what sending the draft would take."""

    def drawn() -> bool:
        reading = chat.window.view.meter.reading
        return reading is not None and reading.quote is not None

    await chat.until(lambda: drawn() and not chat.window.at_work("meter"))


@pytest.mark.parametrize("size", [SMALL, LARGE])
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


def test_the_model_picker(chat: Chat, snap_compare: Compare) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await open_chat(chat)
        await pilot.press("ctrl+l")
        await chat.until(lambda: chat.window.screen.is_modal)
        rows = chat.window.screen.query_one(OptionList)
        await chat.until(lambda: any("free" in str(row.prompt) for row in rows.options))
        chat.window.screen.query_one("#filter").cursor_blink = False  # type: ignore[attr-defined]

    assert snap_compare(chat.window, terminal_size=SMALL, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_help(chat: Chat, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await open_chat(chat)
        await pilot.press("f1")
        await chat.until(lambda: chat.window.screen.is_modal)

    assert snap_compare(chat.window, terminal_size=size, run_before=before)
