"""/help: what is in force is found by typing, and a command is written for the user to go on."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from chatui.app.app import ChatuiApp
from chatui.app.commands.registry import COMMANDS
from chatui.app.start import StartOptions
from chatui.config.window import Keys
from chatui.widgets.help_list import HelpList
from tests.app.scripted_chat import Chat


def rows(chat: Chat) -> list[str]:
    listed = chat.window.screen.query_one(OptionList)
    return [str(option.prompt).strip() for option in listed.options if not option.disabled]


async def opened(chat: Chat) -> None:
    await chat.until(lambda: isinstance(chat.window.screen, HelpList) and bool(rows(chat)))


async def test_it_tells_every_command_and_the_keys_in_force(chat: Chat) -> None:
    chat.reopen(StartOptions(), Keys(models="f9"))
    async with chat.open() as pilot:
        await pilot.press("f1")
        await opened(chat)
        told = rows(chat)
        names = [row.split()[0] for row in told]
        assert [name[1:] for name in names if name[0] == "/" and name[1:]] == list(COMMANDS)
        assert any(row.startswith("F9") and "Choose a model" in row for row in told)


async def test_a_word_of_what_it_does_finds_it_and_enter_writes_the_command(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("f1")
        await opened(chat)
        await pilot.press(*"/ingest")
        await chat.until(lambda: rows(chat)[0].startswith("/ingest"))
        assert "/ingest PATH… [--watch]" in chat.screen
        await pilot.press("enter")
        await chat.until(lambda: chat.window.view.composer.text == "/ingest ")


async def test_a_draft_stays_when_a_command_is_chosen(chat: Chat) -> None:
    async with chat.open() as pilot:
        chat.window.view.composer.insert("half a question")
        await pilot.press("f1")
        await opened(chat)
        await pilot.press(*"/ingest", "enter")
        await chat.until(lambda: not chat.window.screen.is_modal)
        assert chat.window.view.composer.text == "half a question"


@pytest.mark.parametrize("key", ["escape", "f1"])
async def test_the_key_that_opened_it_closes_it_too(chat: Chat, key: str) -> None:
    async with chat.open() as pilot:
        await pilot.press("f1")
        await opened(chat)
        await pilot.press(key)
        await chat.until(lambda: isinstance(chat.window, ChatuiApp) and chat.idle)
        assert not chat.window.screen.is_modal


async def test_on_40_columns_the_marked_row_is_told_in_full_below(chat: Chat) -> None:
    async with chat.open((40, 15)) as pilot:
        await pilot.press("f1")
        await opened(chat)
        await pilot.press(*"ctrl+home")
        await chat.until(lambda: rows(chat)[0].startswith("Ctrl+Home"))
        told = " ".join(chat.screen.replace("│", " ").split())
        assert "To its start; to its end, and follow" in told
