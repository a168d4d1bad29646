"""What is typed before the place stands that it is for: panels and conversations that a key or a
command opens, which takes a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from chatui.app import typed_ahead
from chatui.app.commands.registry import COMMANDS, leads_elsewhere
from chatui.memory.store.store import ChatStore
from chatui.widgets.composer import Composer
from chatui.widgets.history_search import HistorySearch
from chatui.widgets.model_picker import ModelPicker
from chatui.widgets.picker import Picker
from chatui.widgets.sessions import SessionsScreen
from tests.app.scripted_chat import Chat, ScriptedModel, says

NAMED = {"/": "slash", " ": "space", "\r": "enter", ":": "colon"}


def at_once(chat: Chat, *keys: str) -> None:
    """Sends the keys without a pause between them, as a quick hand's wait in a busy terminal."""
    for key in keys:
        text = key if len(key) == 1 else None
        chat.window.post_message(Key(NAMED.get(key, key), text))


@asynccontextmanager
async def opened(chat: Chat) -> AsyncIterator[Pilot[None]]:
    """A window with an answer in it."""
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        yield pilot


def slow_models(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The list of models opens when that is set."""
    waits = asyncio.Event()

    async def slow(*_: object) -> list[str]:
        await waits.wait()
        return []

    monkeypatch.setattr(ChatStore, "recent_models", slow)
    return waits


def written(chat: Chat) -> str:
    """What stands in the line of the panel on top."""
    return chat.window.screen.query_one(Input).value


@pytest.mark.parametrize(
    ("key", "panel"),
    [
        ("ctrl+l", ModelPicker),
        ("ctrl+p", Picker),
        ("ctrl+s", SessionsScreen),
        ("ctrl+r", HistorySearch),
    ],
)
async def test_what_is_typed_right_behind_a_key_is_for_its_panel(
    chat: Chat, key: str, panel: type[Picker]
) -> None:
    async with opened(chat):
        at_once(chat, key, *"zebra")
        await chat.until(lambda: isinstance(chat.window.screen, panel))
        await chat.until(lambda: written(chat) == "zebra")
        assert chat.window.view.composer.text == ""


async def test_enter_right_behind_a_key_sends_no_question(chat: Chat) -> None:
    async with opened(chat) as pilot:
        await pilot.press(*"half a question")
        at_once(chat, "ctrl+r", "enter")
        await chat.until(lambda: chat.window.view.composer.text == "Hi")
        assert chat.questions == ["Hi"]


async def test_escape_right_behind_a_key_closes_its_panel(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = slow_models(monkeypatch)
    async with opened(chat) as pilot:
        stopped: list[bool] = []
        monkeypatch.setattr(chat.window, "stop_work", lambda: stopped.append(True))
        at_once(chat, "ctrl+l", "escape")
        await pilot.pause()
        waits.set()
        await chat.until(lambda: chat.idle)
        assert len(chat.window.screen_stack) == 1
        assert not stopped


async def test_a_paste_right_behind_a_key_is_for_its_panel(chat: Chat) -> None:
    async with opened(chat):
        chat.window.post_message(Key("ctrl+l", None))
        chat.window.post_message(Paste("zebra"))
        await chat.until(lambda: isinstance(chat.window.screen, ModelPicker))
        await chat.until(lambda: written(chat) == "zebra")


@pytest.mark.parametrize("name", ["model", "resume", "theme"])
async def test_what_is_typed_right_behind_a_command_is_for_its_panel(chat: Chat, name: str) -> None:
    async with opened(chat):
        chat.window.post_message(Composer.Submitted(f"/{name}"))
        at_once(chat, *"zebra")
        await chat.until(lambda: isinstance(chat.window.screen, Picker))
        await chat.until(lambda: written(chat) == "zebra")
        assert chat.window.view.composer.text == ""


async def test_what_is_typed_behind_a_command_of_the_palette_is_for_its_panel(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = slow_models(monkeypatch)
    async with opened(chat) as pilot:
        at_once(chat, "ctrl+p", *"/model")
        await chat.until(lambda: isinstance(chat.window.screen, Picker))
        await chat.until(lambda: written(chat) == "/model")
        await pilot.press("enter")
        at_once(chat, *"zebra")
        await pilot.pause()
        waits.set()
        await chat.until(lambda: isinstance(chat.window.screen, ModelPicker))
        await chat.until(lambda: written(chat) == "zebra")


async def test_what_is_typed_right_behind_a_new_conversation_is_for_that(chat: Chat) -> None:
    async with opened(chat):
        at_once(chat, "ctrl+n", *"next")
        await chat.until(lambda: not chat.questions)
        await chat.until(lambda: chat.window.view.composer.text == "next")


async def test_keys_behind_e_on_a_turn_are_for_its_question(chat: Chat) -> None:
    async with opened(chat) as pilot:
        await pilot.press("escape")
        transcript = chat.window.view.transcript
        await chat.until(lambda: transcript is not None and transcript.chosen)
        at_once(chat, "e", *"ry")
        await chat.until(lambda: chat.window.view.composer.text == "Hiry")
        assert len(chat.model.requests) == 1


async def test_keys_behind_the_sources_are_for_them(chat: Chat) -> None:
    async with opened(chat) as pilot:
        await pilot.press(*"half a question")
        at_once(chat, "ctrl+o", "enter")
        await chat.until(lambda: chat.window.view.sources is not None)
        await chat.until(lambda: chat.idle)
        assert chat.questions == ["Hi"]
        assert chat.window.view.composer.text == "half a question"


async def test_what_leads_nowhere_gives_the_keys_back(chat: Chat) -> None:
    async with chat.open():
        chat.window.post_message(Composer.Submitted("/versions"))
        at_once(chat, *"zebra")
        await chat.until(lambda: chat.window.view.composer.text.endswith("zebra"))


async def test_what_is_typed_shows_where_a_panel_takes_too_long(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_ahead, "LONGEST_SECONDS", 0.05)
    waits = slow_models(monkeypatch)
    async with opened(chat):
        at_once(chat, "ctrl+l", *"zebra")
        await chat.until(lambda: chat.window.view.composer.text == "zebra")
        waits.set()
        await chat.until(lambda: isinstance(chat.window.screen, ModelPicker))


async def test_every_command_that_opens_a_panel_says_so(tmp_path: Path) -> None:
    """By itself, on a chat with an answer; those that need something behind them open none."""
    links = says("See https://a.example and https://b.example")
    chat = Chat(tmp_path, ScriptedModel([links]))
    unsaid = []
    async with opened(chat) as pilot:
        for name in sorted(COMMANDS.keys() - {"editor", "quit", "new", "clear", "resume", "fork"}):
            chat.window.command(name)
            await chat.until(
                lambda: not chat.window.at_work("command") or chat.window.screen.is_modal
            )
            if chat.window.screen.is_modal:
                unsaid += [] if leads_elsewhere(name, "") else [name]
                await pilot.press("escape")
                await chat.until(lambda: not chat.window.screen.is_modal)
    assert unsaid == []
