"""What stays when a window is closed: drafts, what was chosen for a conversation, and looks."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatui.app.app import ChatuiApp
from chatui.app.kept_looks import KeptLooks, read_looks, write_looks
from chatui.app.start import StartOptions
from chatui.config.schema import ProfileTable
from chatui.config.window import Keys, Ui
from chatui.memory.store.drafts import Draft
from chatui.memory.store.store import ChatStore
from tests.app.scripted_chat import Chat, says
from tests.app.test_waiting_questions import waiting
from tests.patience import patiently


async def type_and_keep(chat: Chat, pilot: Pilot[None], text: str) -> None:
    """Types, and waits until the window has stored that by itself."""
    stored, keep = asyncio.Event(), chat.window.unsent.keep

    async def told() -> None:
        typed = chat.window.view.composer.text
        await keep()
        if text in typed:
            stored.set()

    chat.window.unsent.keep = told  # type: ignore[method-assign]
    chat.window.view.composer.insert(text)
    await pilot.pause()
    await patiently(stored.wait())
    chat.window.unsent.keep = keep  # type: ignore[method-assign]


async def kept(chat: Chat, conversation: str | None) -> Draft:
    """What the store has of it, as a window that is opened now would find it."""
    store = await ChatStore.open(chat.folder / "data" / "chats.db")
    try:
        return await store.drafts.take(conversation)
    finally:
        await store.close()


async def test_a_draft_is_there_again_in_the_next_window(chat: Chat) -> None:
    async with chat.open() as pilot:
        chat.window.view.composer.insert("half a thought")
        await pilot.pause()
        await pilot.press("ctrl+c", "ctrl+c")
        # Put aside by the first; what is written after it is what stays.
    chat.reopen(StartOptions())
    async with chat.open() as pilot:
        assert chat.window.view.composer.text == ""
        chat.window.view.composer.insert("another thought")
        await pilot.pause()
        await chat.window.leave()
    chat.reopen(StartOptions())
    async with chat.open():
        await chat.until(lambda: chat.window.view.composer.text == "another thought")
        assert "is here again" in chat.notice


async def test_a_draft_is_stored_while_the_window_is_open(chat: Chat) -> None:
    async with chat.open() as pilot:
        await type_and_keep(chat, pilot, "half a thought")
        services = await chat.window.session.services()
        assert await services.store.drafts.take(None) == Draft("half a thought")
        # Another window leaves it alone while this one is there.
        assert await kept(chat, None) == Draft()


async def test_a_sent_question_is_no_draft_any_more(chat: Chat) -> None:
    async with chat.open() as pilot:
        await type_and_keep(chat, pilot, "Hi")
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["Hello there"] and chat.idle)
        await chat.window.unsent.keep()
        conversation = chat.window.session.conversation_id
    assert await kept(chat, None) == Draft()
    assert await kept(chat, conversation) == Draft()


async def test_each_conversation_has_its_own_draft(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        first = chat.window.session.conversation_id
        assert first is not None
        chat.window.view.composer.insert("for the first")
        await pilot.press("ctrl+n")
        await chat.until(lambda: chat.window.session.conversation_id is None and chat.idle)
        assert chat.window.view.composer.text == ""
        chat.window.view.composer.insert("for a new one")
        chat.window.command("resume", first)
        await chat.until(lambda: chat.window.view.composer.text == "for the first")
        await pilot.press("ctrl+n")
        await chat.until(lambda: chat.window.view.composer.text == "for a new one")


async def test_a_copy_of_a_conversation_takes_along_what_is_being_typed(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        first = chat.window.session.conversation_id
        await type_and_keep(chat, pilot, "and then")
        chat.window.command("fork")
        await chat.until(lambda: chat.window.session.conversation_id != first and chat.idle)
        await chat.window.unsent.keep()
        assert chat.window.view.composer.text == "and then"
    assert await kept(chat, first) == Draft()


async def test_questions_that_waited_come_back_into_the_composer(chat: Chat) -> None:
    async with waiting(chat, "second") as (pilot, going_on):
        await type_and_keep(chat, pilot, "third")
        conversation = chat.window.session.conversation_id
        services = await chat.window.session.services()
        assert await services.store.drafts.take(conversation) == Draft("third", ("second",))
        # As a process that is killed leaves it.
        await services.store.drafts.keep(conversation, Draft("third", ("second",)))
        chat.window.unsent.keep = chat.window.unsent.keep_soon = nothing  # type: ignore[method-assign]
        going_on.set()
    chat.reopen(StartOptions(continue_last=True))
    async with chat.open():
        await chat.until(lambda: chat.window.view.composer.text == "second\n\nthird")


async def nothing() -> None:
    return None


async def test_what_was_chosen_for_a_conversation_comes_back_with_it(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="In {{ form }}.", vars={"form": "rhymes"})}
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await chat.write(pilot, "/profile poet form=haiku")
        await chat.write(pilot, "/rag off")
        await chat.write(pilot, "/options seed 7")
        await chat.write(pilot, "/options stop END")
        await chat.write(pilot, "/concise on")
        before = chat.window.session.settings
        await chat.until(lambda: not chat.window.at_work("choices"))
    chat.reopen(StartOptions(continue_last=True))
    async with chat.open() as pilot:
        after = chat.window.session.settings
        assert replace(after, layers=()) == replace(before, layers=())
        assert chat.window.session.choices.profile == "poet"
        await chat.write(pilot, "Again")
        assert chat.model.requests[-1].messages[0].content.startswith("In haiku.")
        assert chat.model.requests[-1].options.seed == 7


async def test_what_is_said_when_chatui_is_called_wins(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="Rhyme."), "judge": ProfileTable(system="Rule.")}
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await chat.write(pilot, "/profile poet")
        await chat.until(lambda: not chat.window.at_work("choices"))
    chat.reopen(StartOptions(continue_last=True, profile="judge", collection="laws"))
    async with chat.open():
        assert chat.window.session.choices.profile == "judge"
        assert chat.window.session.settings.collection == "laws"


async def test_a_conversation_with_nothing_of_its_own_has_what_chatui_was_opened_with(
    chat: Chat,
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        plain = chat.window.session.conversation_id
        assert plain is not None
        await pilot.press("ctrl+n")
        await chat.until(lambda: chat.window.session.conversation_id is None and chat.idle)
        await chat.write(pilot, "/concise on")
        await chat.write(pilot, "Hello")
        await chat.write(pilot, f"/resume {plain}")
        assert not chat.window.session.settings.concise


async def test_a_profile_that_is_gone_is_told_and_the_conversation_opens(chat: Chat) -> None:
    chat.profiles = {"poet": ProfileTable(system="Rhyme.")}
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        await chat.write(pilot, "/profile poet")
        await chat.until(lambda: not chat.window.at_work("choices"))
    chat.profiles = {}
    chat.reopen(StartOptions(continue_last=True))
    async with chat.open():
        assert chat.questions == ["Hi"]
        assert "goes on without its profile" in chat.notice


def window_with(chat: Chat, file: Path, ui: Ui | None = None) -> ChatuiApp:
    return ChatuiApp(ui or Ui(), Keys(), chat.open_services, looks=file)


async def test_a_theme_and_the_width_of_the_sources_stay_for_good(
    chat: Chat, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "window.json"
    chat.window = await asyncio.to_thread(window_with, chat, file)
    chat.model.scripts = [says("Hello")]
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "/theme chatui-moss")
        await chat.write(pilot, "/sources")
        await pilot.press("left")
        await chat.until(lambda: chat.window.looks.sources_width == 48)
        await chat.until(lambda: not chat.window.at_work("looks"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    chat.window = await asyncio.to_thread(window_with, chat, file)
    async with chat.open(size=(120, 30)) as pilot:
        assert chat.window.theme == "chatui-moss"
        await chat.write(pilot, "/sources")
        sources = chat.window.view.sources
        await chat.until(lambda: sources is not None and sources.outer_size.width == 48)


def test_a_theme_of_a_config_that_was_changed_since_wins(chat: Chat, tmp_path: Path) -> None:
    file = tmp_path / "window.json"
    write_looks(file, KeptLooks("chatui-moss", instead_of="chatui-dark"))
    assert window_with(chat, file).theme == "chatui-moss"
    assert window_with(chat, file, Ui(theme="chatui-paper")).theme == "chatui-paper"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"theme": 3, "sources_width": 9e99}', "\x00"])
def test_a_file_that_makes_no_sense_keeps_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "window.json"
    file.write_text(text, encoding="utf-8")
    assert read_looks(file) == KeptLooks()
