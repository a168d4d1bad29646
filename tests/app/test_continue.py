"""`/continue` in the window, over a real server that goes on behind the beginning of a reply."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.app.scripted_chat import Chat
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, ScriptedServer

WHOLE = "It begins in the middle of a sentence, and there it ends."
CUT = 31


async def prefilling(exchange: Exchange) -> None:
    last = exchange.json["messages"][-1]
    begun = last["content"] if last["role"] == "assistant" else ""
    await exchange.head()
    await exchange.text(WHOLE[len(begun) :] if begun else WHOLE[:CUT])
    await exchange.finish("stop" if begun else "length")
    await exchange.usage(prompt_tokens=40, completion_tokens=2, total_tokens=42)
    await exchange.done()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(prefilling) as server:
        yield server


async def test_an_answer_is_joined_without_a_seam_and_both_calls_are_booked(
    chat: Chat, server: ScriptedServer
) -> None:
    chat.endpoints = [endpoint_at(server.base_url, name="vllm", models=("m",), local=True)]
    async with chat.open() as pilot:
        await chat.write(pilot, "/model vllm/m")
        await chat.write(pilot, "Tell me.")
        await chat.until(lambda: chat.answers == [WHOLE[:CUT]] and chat.idle)
        await chat.write(pilot, "/continue")
        await chat.until(lambda: chat.answers == [WHOLE] and chat.idle)

        ((_, turn),) = chat.window.session.path.turns
        assert turn.reply.usage is not None
        assert (turn.reply.usage.prompt, turn.reply.usage.output) == (80, 4)
        services = await chat.window.session.services()
        assert [row.kind for row in await services.store.ledger()] == ["reply", "reply"]
    begun = {"role": "assistant", "content": WHOLE[:CUT]}
    assert server.exchanges[-1].json["messages"][-1] == begun
