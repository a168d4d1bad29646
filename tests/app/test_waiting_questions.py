"""Questions that are sent while a reply comes: they wait for its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import ModelUnavailable
from chatui.models.base import Finished, TextDelta
from tests.app.scripted_chat import Chat, Step, says


@asynccontextmanager
async def waiting(
    chat: Chat, *questions: str, end: Step | None = None
) -> AsyncIterator[tuple[Pilot[None], asyncio.Event]]:
    """A chat whose first reply comes until the event is set, and questions that wait for it."""
    going_on = asyncio.Event()
    first: list[Step] = [TextDelta("One"), going_on.wait, end or Finished(FinishReason.STOP)]
    chat.model.scripts = [first, says("Two"), says("Three")]
    async with chat.open(size=(80, 24)) as pilot:
        await chat.send(pilot, "first")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        for question in questions:
            await chat.send(pilot, question)
        await chat.until(lambda: len(chat.window.waiting.texts) == len(questions))
        await pilot.pause()
        yield pilot, going_on


async def test_they_are_asked_one_after_the_other_when_it_has_ended(chat: Chat) -> None:
    async with waiting(chat, "second", "third") as (_, going_on):
        assert chat.window.view.composer.text == ""
        going_on.set()
        await chat.until(lambda: chat.answers == ["One", "Two", "Three"])
        assert chat.questions == ["first", "second", "third"]
        assert not chat.window.view.waiting.display


async def test_a_line_says_how_many_wait_and_what_they_take(chat: Chat) -> None:
    async with waiting(chat, "second", "third") as (_, going_on):
        await chat.until(lambda: "2 waiting ≈ $0" in chat.screen)
        assert "third · ↑ edits it · Del drops it" in chat.screen
        going_on.set()
        await chat.until(lambda: len(chat.answers) == 3)


async def test_up_takes_the_newest_back_to_be_edited(chat: Chat) -> None:
    async with waiting(chat, "second", "third") as (pilot, going_on):
        await pilot.press("up")
        assert (chat.window.view.composer.text, chat.window.waiting.texts) == ("third", ["second"])
        await pilot.press("!", "enter")
        await chat.until(lambda: chat.window.waiting.texts == ["second", "third!"])
        going_on.set()
        await chat.until(lambda: chat.questions == ["first", "second", "third!"])
        await chat.until(lambda: chat.idle)


@pytest.mark.parametrize("key", ["escape", "delete"])
async def test_a_key_drops_the_newest_and_leaves_the_reply(chat: Chat, key: str) -> None:
    async with waiting(chat, "second", "third") as (pilot, going_on):
        await pilot.press(key)
        assert chat.window.waiting.texts == ["second"]
        assert chat.window.is_replying
        assert chat.window.view.composer.past_prompts.prompts[0] == "third"
        going_on.set()
        await chat.until(lambda: chat.answers == ["One", "Two"])


async def test_one_that_waits_for_a_stopped_reply_comes_back(chat: Chat) -> None:
    async with waiting(chat, "second", "third") as (pilot, _):
        await pilot.press("ctrl+c")
        await chat.until(lambda: chat.idle)
        assert chat.window.view.composer.text == "second\n\nthird"
        assert (chat.questions, chat.window.waiting.texts) == (["first"], [])


async def test_one_that_waits_for_a_reply_that_fails_comes_back_before_the_draft(
    chat: Chat,
) -> None:
    async with waiting(chat, "second", end=ModelUnavailable("Gone.")) as (pilot, going_on):
        await pilot.press(*"more")
        going_on.set()
        await chat.until(lambda: chat.idle)
        await chat.until(lambda: chat.window.view.composer.text == "second\n\nmore")
        assert chat.questions == ["first"]


async def test_the_edge_says_that_a_reply_comes_until_it_has_ended(chat: Chat) -> None:
    async with waiting(chat) as (_, going_on):
        await chat.until(lambda: "Esc stops" in chat.screen)
        assert "● " in chat.screen
        going_on.set()
        await chat.until(lambda: "stops" not in chat.screen)


async def test_the_edge_tells_a_silence(chat: Chat) -> None:
    async with waiting(chat) as (_, going_on):
        chat.window.replies._heard_at -= 7
        await chat.until(lambda: "no data for" in chat.screen)
        going_on.set()
        await chat.until(lambda: chat.idle)
