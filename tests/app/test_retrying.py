"""The same question, asked of another model."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.app.scripted_chat import NAME, Chat, says
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, ScriptedServer

OTHER = "other/model"


async def from_the_other(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("From the other")
    await exchange.finish()
    await exchange.done()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer(from_the_other) as server:
        yield server


@pytest.fixture
def chat(chat: Chat, server: ScriptedServer) -> Chat:
    """Has a second model, behind a real server."""
    chat.endpoints = [endpoint_at(server.base_url, name="other", models=("model",), local=True)]
    chat.model.scripts = [says("From the first"), says("From the first again")]
    return chat


async def test_another_model_answers_the_last_question(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Who are you, then?")
        await chat.write(pilot, f"/retry {OTHER}")
        await chat.until(lambda: chat.answers == ["From the other"])
        ((_, turn),) = chat.window.session.path.turns
        assert turn.reply.model == OTHER
        await chat.write(pilot, "/undo")
        assert chat.answers == ["From the first"]


async def test_the_next_question_is_answered_by_the_chosen_model(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Who are you, then?")
        await chat.write(pilot, f"/retry {OTHER}")
        await chat.until(lambda: chat.answers == ["From the other"])
        assert chat.window.session.settings.model == NAME
        await chat.write(pilot, "And now?")
        assert chat.answers == ["From the other", "From the first again"]


async def test_an_unknown_model_leaves_the_answer_and_says_so(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "Who are you, then?")
        await chat.write(pilot, "/retry nosuchmodel")
        await chat.until(lambda: "nosuchmodel" in chat.notice)
        assert chat.answers == ["From the first"]
        assert chat.window.view.composer.text == "/retry nosuchmodel"
