"""Servers that fail in mid-reply: what came is kept, and the next reply works."""

import asyncio

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse, ModelError, ModelTimeout, ModelUnavailable
from chatui.models.base import Finished, TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.fault_scripts import (
    bad_json,
    cut_in_mid_stream,
    end_without_finishing,
    error_in_mid_stream,
    no_bytes,
    only_comments,
    only_empty_deltas,
    pulse_in_mid_stream,
    silence_in_mid_stream,
)
from tests.models.replies import (
    assert_next_reply_works,
    failed_reply,
)
from tests.patience import PATIENCE, patiently
from tests.scripted_server import Exchange, Script, ScriptedServer


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (cut_in_mid_stream, BadResponse, "broke off"),
        (end_without_finishing, BadResponse, "before it was whole"),
        (bad_json, BadResponse, "not valid JSON"),
        (error_in_mid_stream, ModelUnavailable, "engine fell over"),
        (silence_in_mid_stream, ModelTimeout, "sent nothing more for 0.5 s"),
        (pulse_in_mid_stream, ModelTimeout, "sent nothing more for 0.5 s"),
    ],
)
async def test_a_fault_in_mid_stream_keeps_the_text_that_came(
    script: Script,
    kind: type[ModelError],
    words: str,
    server: ScriptedServer,
    make_model: ModelMaker,
) -> None:
    server.script(script)
    silence = 0.5 if kind is ModelTimeout else PATIENCE
    model = make_model(server.base_url, silence_seconds=silence)
    text, error = await failed_reply(model)
    assert text == "Hello"
    assert type(error) is kind
    assert words in str(error)
    await assert_next_reply_works(server, make_model(server.base_url))


@pytest.mark.parametrize("script", [no_bytes, only_comments, only_empty_deltas])
async def test_a_server_without_a_first_token_is_given_up(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(script)
    model = make_model(server.base_url, first_token_seconds=0.3)
    _, error = await failed_reply(model)
    assert type(error) is ModelTimeout
    assert "did not begin to answer within 0.3 s" in str(error)
    await patiently(server.exchanges[0].client_left.wait())
    await assert_next_reply_works(server, make_model(server.base_url))


async def test_a_slow_first_token_is_waited_for(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await asyncio.sleep(0.4)
        await exchange.text("Hello")
        await exchange.until_the_client_leaves()

    server.script(script)
    model = make_model(server.base_url, first_token_seconds=PATIENCE, silence_seconds=0.1)
    stream = model.stream(ask())
    assert await anext(stream) == TextDelta("Hello")
    await stream.aclose()


async def test_a_stream_that_stays_open_after_its_end_is_left(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.hosted.hosted.USAGE_SECONDS", 0.1)

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.until_the_client_leaves()

    server.script(script)
    events = [event async for event in make_model(server.base_url).stream(ask())]
    assert events == [TextDelta("Hello"), Finished(FinishReason.STOP)]


async def test_an_endless_event_is_given_up(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.hosted.event_stream.EVENT_LIMIT", 10_000)

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        while not exchange.client_left.is_set():
            await exchange.raw(b"data: " + b"x" * 1000)

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))
    assert "without end" in str(error)
