"""Asking: what happens between Enter and a settled turn."""

from __future__ import annotations

import asyncio
import socket

import pytest

from chatui.domain.conversation import TurnState
from chatui.domain.errors import ModelUnavailable
from chatui.models.base import TextDelta
from tests.app.scripted_chat import Chat, says
from tests.referring_documents import markdown, page


async def test_the_composer_has_the_focus_at_the_start(chat: Chat) -> None:
    async with chat.open():
        assert chat.window.view.composer.has_focus
        assert str(chat.window.view.composer.placeholder).startswith("Ask anything")


async def test_enter_sends_the_question_and_the_answer_appears(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press(*"Hi")
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["Hello there"])
        assert chat.window.view.composer.text == ""
        assert chat.questions == ["Hi"]


async def test_a_question_sent_before_the_services_are_open_waits_for_them(chat: Chat) -> None:
    chat.may_open = asyncio.Event()
    async with chat.open() as pilot:
        await pilot.press("H", "i", "enter")
        assert chat.model.requests == []
        assert "opening" in chat.notice
        chat.may_open.set()
        await chat.until(lambda: chat.answers == ["Hello there"])
        assert chat.notice == ""


async def test_a_failed_reply_keeps_the_question_and_retry_asks_it_again(chat: Chat) -> None:
    chat.model.scripts = [[ModelUnavailable("Nothing answers: start it.")], says("Now it works")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Hi")
        turn = chat.window.session.path.turns[0][1]
        assert (turn.state, turn.reply.error) == (TurnState.FAILED, "Nothing answers: start it.")
        await chat.write(pilot, "/retry")
        await chat.until(lambda: chat.answers == ["Now it works"])
        assert chat.questions == ["Hi"]


async def test_escape_stops_the_reply_and_keeps_what_came(chat: Chat) -> None:
    chat.model.scripts = [[TextDelta("Half"), asyncio.Event().wait, TextDelta("never")]]
    async with chat.open() as pilot:
        await pilot.press("H", "i", "enter")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        turn = chat.window.session.path.turns[0][1]
        assert (turn.state, turn.reply.text) == (TurnState.INTERRUPTED, "Half")


async def test_leaving_while_a_reply_streams_settles_it_first(chat: Chat) -> None:
    chat.model.scripts = [[TextDelta("Half"), asyncio.Event().wait]]
    async with chat.open() as pilot:
        await pilot.press("H", "i", "enter")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        await chat.write(pilot, "/quit")
    store = (await chat.open_services()).store
    stored = await store.load(await store.latest() or "")
    await store.close()
    assert stored.turns[0].turn.state is TurnState.INTERRUPTED
    assert stored.turns[0].turn.reply.text == "Half"


async def test_a_question_that_could_not_be_stored_comes_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await (await chat.window.session.services()).store.close()
        await chat.write(pilot, "Hi")
        assert chat.window.view.composer.text == "Hi"
        assert "closed" in chat.notice


async def test_editing_the_last_question_puts_a_new_turn_in_its_place(chat: Chat) -> None:
    chat.model.scripts = [says("First"), says("Second"), says("Third")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "two")
        await pilot.press("escape", "escape")
        await chat.until(lambda: chat.window.view.composer.text == "two")
        await pilot.press("!", "enter")
        await chat.until(lambda: chat.idle)
        assert chat.questions == ["one", "two!"]
        assert chat.answers == ["First", "Third"]


async def test_undo_brings_back_what_an_edit_replaced(chat: Chat) -> None:
    chat.model.scripts = [says("First"), says("Second")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await chat.write(pilot, "/retry")
        await chat.until(lambda: chat.answers == ["Second"])
        await chat.write(pilot, "/undo")
        assert chat.answers == ["First"]
        await chat.write(pilot, "/redo")
        assert chat.answers == ["Second"]


async def test_ctrl_c_clears_then_interrupts_and_leaves_when_pressed_twice(chat: Chat) -> None:
    chat.model.scripts = [[TextDelta("Half"), asyncio.Event().wait]]
    async with chat.open() as pilot:
        await pilot.press("H", "i", "enter")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        await pilot.press(*"draft", "ctrl+c")
        assert (chat.window.view.composer.text, chat.window.is_replying) == ("", True)
        await pilot.press("ctrl+c")
        await chat.until(lambda: chat.idle)
        assert "again to leave" in chat.notice
        assert chat.window.is_running
        await pilot.press("ctrl+c")
        await chat.until(lambda: not chat.window.is_running)


async def test_ctrl_d_leaves_only_when_nothing_is_written(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("a", "home", "ctrl+d")
        assert chat.window.view.composer.text == ""
        await pilot.press("ctrl+d")
        await chat.until(lambda: not chat.window.is_running)


async def test_a_draft_is_put_aside_when_the_last_question_is_edited(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        await pilot.press(*"draft", "escape", "escape")
        await chat.until(lambda: chat.window.view.composer.text == "one")
        await pilot.press("escape")
        assert chat.window.view.composer.text == ""
        await pilot.press("up", "up")
        assert chat.window.view.composer.text == "draft"


async def test_escape_twice_does_nothing_in_an_empty_chat(chat: Chat) -> None:
    async with chat.open() as pilot:
        await pilot.press("a", "escape", "escape")
        await chat.until(lambda: chat.idle)
        assert (chat.window.view.composer.text, chat.notice) == ("a", "")


async def test_what_a_reply_refers_to_is_not_fetched(chat: Chat) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        chat.model.scripts = [says(f"{page(url)}\n\n{markdown(url)}")]
        async with chat.open() as pilot:
            await chat.write(pilot, "Show me the ferry")
            await chat.until(lambda: "▣ the ferry" in chat.screen)
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_a_file_that_is_not_there_is_told_before_the_question_is_sent(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "What says @nosuchfile here?")
        await chat.until(lambda: "no file nosuchfile" in chat.notice)
        assert chat.window.view.composer.text == "What says @nosuchfile here?"
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["Hello there"])
