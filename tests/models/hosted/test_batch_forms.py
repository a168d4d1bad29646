"""Which providers' batches are spoken, and with which path for each request."""

from __future__ import annotations

import json

import pytest

from chatui.domain.conversation import Message, Role
from chatui.domain.errors import UsageError
from chatui.models.base import ModelRequest
from chatui.models.hosted.batches import OpenAIBatches, batch_endpoint
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from tests.scripted_server import Exchange, ScriptedServer

REQUEST = ModelRequest((Message(Role.USER, "Hello?"),))


def endpoint(name: str, url: str) -> Endpoint:
    return Endpoint(name, url, KeySource(name))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("openai", "/v1/chat/completions"),
        ("groq", "/v1/chat/completions"),
        ("qianfan", "/v2/chat/completions"),
        ("zhipuai", "/v4/chat/completions"),
    ],
)
async def test_a_batch_and_its_requests_name_the_providers_own_path(name: str, path: str) -> None:
    made: list[dict[str, object]] = []

    async def answer(exchange: Exchange) -> None:
        if exchange.path.endswith("/batches"):
            made.append(exchange.json)
        await exchange.answer(200, {"id": "one", "status": "validating"})

    async with ScriptedServer(answer) as server:
        connection = Connection(endpoint(name, server.base_url))
        batches = batch_endpoint(connection)
        assert isinstance(batches, OpenAIBatches)
        line = batches.written("1", "m", REQUEST)
        assert await batches.create([line]) == "one"
        await connection.close()
    assert json.loads(line)["url"] == made[0]["endpoint"] == path


@pytest.mark.parametrize("name", ["mistral", "together", "xai", "zai"])
def test_batches_of_another_form_are_refused_before_anything_is_sent(name: str) -> None:
    with pytest.raises(UsageError, match=f"doesn't speak the batches of {name}"):
        batch_endpoint(Connection(endpoint(name, "https://api.example/v1")))
