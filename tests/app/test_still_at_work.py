"""A command that is refused as long as something is at work, and what becomes of the sentence."""

from __future__ import annotations

import asyncio

import pytest

from chatui.domain.conversation import FinishReason
from chatui.models.base import Finished, TextDelta
from tests.app.scripted_chat import Chat, Step, says


@pytest.mark.parametrize("command", ["/compact", "/compare builtin/extract"])
async def test_that_a_reply_is_still_coming_is_said_as_long_as_it_comes(
    chat: Chat, command: str
) -> None:
    going_on = asyncio.Event()
    chat.model.scripts = [[TextDelta("One"), going_on.wait, Finished(FinishReason.STOP)]]
    async with chat.open(size=(80, 24)) as pilot:
        await chat.send(pilot, "first")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        await chat.send(pilot, command)
        await chat.until(lambda: "A reply is still coming" in chat.screen)

        going_on.set()
        await chat.until(lambda: chat.idle and "A reply is still coming" not in chat.screen)

        assert chat.answers == ["One"]


async def test_what_was_said_since_stays_when_the_reply_ends(chat: Chat) -> None:
    going_on = asyncio.Event()
    first: list[Step] = [TextDelta("One"), going_on.wait, Finished(FinishReason.STOP)]
    chat.model.scripts = [first, says("Two")]
    async with chat.open(size=(80, 24)) as pilot:
        await chat.send(pilot, "first")
        await chat.until(lambda: bool(chat.window.view.live and chat.window.view.live.text))
        await chat.send(pilot, "/compact")
        await chat.until(lambda: "A reply is still coming" in chat.notice)
        chat.window.say("The disk is full.", "error")

        going_on.set()
        await chat.until(lambda: chat.idle)

        assert chat.notice == "The disk is full."


@pytest.mark.parametrize(
    ("group", "command", "said"),
    [
        ("chain", "/run", "A chain is at work"),
        ("pull", "/pull qwen3-4b", "A model is being fetched"),
    ],
)
async def test_the_sentence_goes_with_the_chain_or_the_download_that_it_is_about(
    chat: Chat, group: str, command: str, said: str
) -> None:
    going_on = asyncio.Event()

    async def work() -> None:
        await going_on.wait()

    async with chat.open(size=(80, 24)) as pilot:
        chat.window.begin(group, work)
        await chat.send(pilot, command)
        await chat.until(lambda: said in chat.notice)

        going_on.set()
        await chat.until(lambda: not chat.notice)
