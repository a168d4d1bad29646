"""When a request's first byte goes out: the time to the first token is counted from there."""

from __future__ import annotations

import time

from chatui.domain.conversation import Message, Role
from chatui.models.base import ModelInfo, ModelRequest, TextDelta
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.system.api_key import KeySource
from tests.scripted_server import Exchange, ScriptedServer

ASKED = ModelRequest((Message(Role.USER, "Hi"),))


async def test_a_model_tells_the_moment_of_each_attempt_and_not_of_its_imports() -> None:
    seen: list[float] = []

    async def script(exchange: Exchange) -> None:
        seen.append(time.monotonic())
        if len(seen) == 1:
            await exchange.error(503, "busy", {"Retry-After": "0"})
            return
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.done()

    told: list[float] = []
    async with ScriptedServer(script) as server:
        connection = Connection(Endpoint("near", server.base_url, KeySource("near"), local=True))
        model = HostedModel(ModelInfo("near/small"), connection)
        begun = time.monotonic()
        request = ModelRequest(ASKED.messages, on_sent=told.append)
        events = [event async for event in model.stream(request)]
        await connection.close()

    assert TextDelta("Hello") in events
    assert len(told) == 1
    # Before the server had the request that was answered, and behind the one that was refused.
    assert begun < seen[0] < told[0] < seen[1]
