"""Replies that go well: what is sent, what comes back, what it takes."""

import asyncio
import sys
from collections.abc import Awaitable
from decimal import Decimal
from types import FrameType

import pytest
from blockbuster import blockbuster_ctx

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.usage import Usage
from chatui.models.base import Finished, ModelRequest, SamplingOptions, TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.replies import (
    end_of,
    reply,
    text_of,
)
from tests.scripted_server import Exchange, ScriptedServer, saying


async def test_text_comes_piece_by_piece_and_finished_is_last(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Hel", "lo"))
    events = await reply(make_model(server.base_url))
    assert events == [TextDelta("Hel"), TextDelta("lo"), Finished(FinishReason.STOP)]


async def test_a_request_carries_the_messages_and_the_options(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    messages = (
        Message(Role.SYSTEM, "Be brief."),
        Message(Role.USER, "Hi", name="ann"),
        Message(Role.ASSISTANT, "Hello"),
        Message(Role.USER, "Naïve 🙂 \ud800"),
    )
    options = SamplingOptions(max_output_tokens=7, temperature=0.0, top_p=0.5, seed=3)
    await reply(make_model(server.base_url, "org/m"), ModelRequest(messages, options=options))
    exchange = server.exchanges[0]
    assert (exchange.method, exchange.path) == ("POST", "/v1/chat/completions")
    assert exchange.json == {
        "model": "org/m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi", "name": "ann"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "Naïve 🙂 ?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 7,
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 3,
    }


async def test_unset_options_are_left_to_the_provider(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    await reply(make_model(server.base_url))
    assert set(server.exchanges[0].json) == {"model", "messages", "stream", "stream_options"}


async def test_usage_in_a_last_chunk_without_choices_is_reported(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 4},
        "cost": 0.25,
    }
    server.script(saying("Hello", usage=usage))
    end = end_of(await reply(make_model(server.base_url)))
    assert end.usage == Usage(input=6, cache_read=4, output=5)
    assert end.raw_usage == usage
    assert end.reported_cost == Decimal("0.25")


async def test_without_usage_none_is_made_up(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Hello"))
    end = end_of(await reply(make_model(server.base_url)))
    assert (end.usage, end.raw_usage, end.reported_cost) == (None, None, None)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTER),
        ("tool_calls", FinishReason.TOOL),
        ("model_length", FinishReason.LENGTH),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("FINISH_REASON_SAFETY", FinishReason.FILTER),
        ("content_filter: RECITATION", FinishReason.FILTER),
        ("sensitive", FinishReason.FILTER),
        ("refusal", FinishReason.REFUSAL),
        ("pause_turn", FinishReason.PAUSED),
        ("end_turn", FinishReason.STOP),
        ("a word of next year", FinishReason.OTHER),
    ],
)
async def test_finish_reasons_are_understood(
    sent: str, meant: FinishReason, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish(sent)
        await exchange.done()

    server.script(script)
    assert end_of(await reply(make_model(server.base_url))).reason is meant


async def test_replies_may_run_side_by_side(server: ScriptedServer, make_model: ModelMaker) -> None:
    async def script(exchange: Exchange) -> None:
        word = exchange.json["messages"][0]["content"]
        await exchange.head()
        for _ in range(20):
            await exchange.text(word)
            await asyncio.sleep(0)
        await exchange.finish()
        await exchange.done()

    server.script(script)
    model = make_model(server.base_url)
    first, second = await asyncio.gather(reply(model, ask("a")), reply(model, ask("b")))
    assert (text_of(first), text_of(second)) == ("a" * 20, "b" * 20)


async def test_a_long_history_takes_few_steps_a_message(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    # Through the SDK's typed parameters each message takes some hundred calls, 0.7 ms.
    model = make_model(server.base_url)
    await reply(model)
    short = await _calls(reply(model, ModelRequest((Message(Role.USER, "word"),))))
    long = await _calls(reply(model, ModelRequest((Message(Role.USER, "word"),) * 401)))
    assert (long - short) / 400 < 20


async def test_not_even_a_first_reply_blocks_the_event_loop(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    with blockbuster_ctx():
        assert text_of(await reply(make_model(server.base_url))) == "Hello"


async def _calls(work: Awaitable[object]) -> int:
    """How many Python functions are called while the work is done."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        await work
    finally:
        sys.setprofile(None)
    return count
