"""Leaving a reply early: the connection is closed at once, and the next reply works."""

import asyncio

import pytest

from chatui.models.base import ModelEvent, TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.fault_scripts import (
    no_bytes,
    pulse_in_mid_stream,
    silence_in_mid_stream,
)
from tests.models.replies import (
    assert_next_reply_works,
)
from tests.patience import patiently, until
from tests.scripted_server import Script, ScriptedServer


async def test_leaving_a_reply_closes_the_connection(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(pulse_in_mid_stream)
    model = make_model(server.base_url)
    stream = model.stream(ask())
    assert await anext(stream) == TextDelta("Hello")
    await stream.aclose()
    await patiently(server.exchanges[0].client_left.wait())
    await assert_next_reply_works(server, model)


@pytest.mark.parametrize("script", [no_bytes, silence_in_mid_stream, pulse_in_mid_stream])
async def test_cancelling_whoever_reads_closes_the_connection(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(script)
    model = make_model(server.base_url)

    async def read() -> list[ModelEvent]:
        return [event async for event in model.stream(ask())]

    reading = asyncio.create_task(read())
    await until(lambda: bool(server.exchanges))
    # Wherever it is by then: the connection is to be closed from there.
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await patiently(server.exchanges[0].client_left.wait())
    await assert_next_reply_works(server, model)
