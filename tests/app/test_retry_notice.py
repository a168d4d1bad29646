"""While a provider is waited for, the window says why and how long, and lets the user leave."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from chatui.domain.conversation import TurnState
from tests.app.scripted_chat import Chat
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, ScriptedServer, saying

NAME = "other/model"


async def busy_for_long(exchange: Exchange) -> None:
    await exchange.error(503, "Busy", {"Retry-After": "25"})


async def busy_a_moment(exchange: Exchange) -> None:
    await exchange.error(429, "Slow down", {"Retry-After": "1"})


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(busy_for_long) as server:
        yield server


@pytest.fixture
def chat(chat: Chat, server: ScriptedServer) -> Chat:
    chat.endpoints = [endpoint_at(server.base_url, name="other", retries=1)]
    chat.model_name = NAME
    return chat


SAID = re.compile(
    r"other failed with HTTP 503 \(Busy\); asking again in (\d+) s, attempt 2 of 2 · Esc stops it"
)


def seconds_left(chat: Chat) -> int:
    """What the notice says; 0 where it doesn't say that the model is asked again."""
    found = SAID.fullmatch(chat.notice)
    return int(found[1]) if found else 0


async def test_the_notice_counts_down_to_the_next_attempt(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.send(pilot, "hi")
        await chat.until(lambda: seconds_left(chat) > 0)
        first = seconds_left(chat)
        await chat.until(lambda: 0 < seconds_left(chat) < first)


async def test_the_notice_goes_with_the_next_attempt(chat: Chat, server: ScriptedServer) -> None:
    server.script(busy_a_moment, saying("Here"))
    async with chat.open() as pilot:
        await chat.send(pilot, "hi")
        await chat.until(lambda: "other limits how often it is asked (Slow down)" in chat.notice)
        await chat.until(lambda: chat.answers == ["Here"])
        await chat.until(lambda: chat.idle)
        assert "asking again" not in chat.notice


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_the_wait_ends_at_a_key(chat: Chat, server: ScriptedServer, key: str) -> None:
    async with chat.open() as pilot:
        await chat.send(pilot, "hi")
        await chat.until(lambda: seconds_left(chat) > 0)
        await pilot.press(key)
        await chat.until(lambda: chat.idle)

        (turn,) = [turn for _, turn in chat.window.session.path.turns]
        assert turn.state is TurnState.INTERRUPTED
        assert "asking again" not in chat.notice
        # A wait that went on would have ended in another attempt.
        assert len(server.exchanges) == 1


async def test_the_notice_says_what_a_second_try_left_out_until_it_passes(
    chat: Chat, server: ScriptedServer
) -> None:
    async def too_long(exchange: Exchange) -> None:
        await exchange.error(400, "This model's maximum context length is 300 tokens.")

    async with chat.open() as pilot:
        for _ in range(4):
            server.script(saying("word " * 100))
            await chat.write(pilot, "and then?")
        server.script(too_long, saying("Here"))
        await chat.send(pilot, "and now?")
        await chat.until(lambda: chat.answers[-1:] == ["Here"] and chat.idle)
        assert chat.notice.startswith("The prompt was too long for other/model")
        assert chat.notice.endswith("left out.")
