"""Replies that go well, in the many forms that servers give them."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from types import FrameType

import pytest

from chatui.conversation import FinishReason, Message, Role
from chatui.models.base import (
    Finished,
    ModelEvent,
    ModelRequest,
    ReasoningDelta,
    SamplingOptions,
    TextDelta,
    UsageReported,
)
from chatui.models.hosted import HostedModel
from chatui.usage import Usage
from tests.models.conftest import ModelMaker, ask
from tests.scripted_server import Exchange, ScriptedServer, saying


async def reply(model: HostedModel, request: ModelRequest | None = None) -> list[ModelEvent]:
    return [event async for event in model.stream(request or ask())]


def text_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def reasoning_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def end_of(events: Sequence[ModelEvent]) -> Finished:
    end = events[-1]
    assert isinstance(end, Finished)
    return end


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


async def test_cumulative_usage_is_reported_as_it_grows_and_never_added_up(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for count, word in enumerate(("one ", "two ", "three"), start=1):
            delta = {"choices": [{"index": 0, "delta": {"content": word}}]}
            usage = {"prompt_tokens": 9, "completion_tokens": count}
            await exchange.event({**delta, "usage": usage})
        await exchange.finish()
        await exchange.done()

    server.script(script)
    events = await reply(make_model(server.base_url))
    reports = [event.usage.output for event in events if isinstance(event, UsageReported)]
    assert reports == [1, 2, 3]
    assert end_of(events).usage == Usage(input=9, output=3)


async def test_without_usage_none_is_made_up(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Hello"))
    end = end_of(await reply(make_model(server.base_url)))
    assert (end.usage, end.raw_usage, end.reported_cost) == (None, None, None)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_fields_become_reasoning(
    field: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(**{field: "Let me ", "content": None})
        await exchange.delta(**{field: "think.", "content": ""})
        await exchange.text("Yes.")
        await exchange.finish()
        await exchange.done()

    server.script(script)
    events = await reply(make_model(server.base_url))
    assert (reasoning_of(events), text_of(events)) == ("Let me think.", "Yes.")


async def test_think_tags_cut_across_deltas_become_reasoning(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(
        saying("<th", "ink>\nLet me", " think.</", "think>", "\n\nYes, <think> is a tag.")
    )
    events = await reply(make_model(server.base_url))
    assert reasoning_of(events) == "Let me think."
    assert text_of(events) == "Yes, <think> is a tag."


async def test_content_in_typed_parts_is_read(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
        await exchange.delta(content=[thought, {"type": "text", "text": "Yes."}])
        await exchange.finish()
        await exchange.done()

    server.script(script)
    events = await reply(make_model(server.base_url))
    assert (reasoning_of(events), text_of(events)) == ("Hm.", "Yes.")


async def test_escape_sequences_and_lone_surrogates_never_come_through(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece in (
            r"a\u001b]52;c;",
            r"aGk=\u0007b\u001b",
            r"[31mc\ud83d",
            r"\ude00d\ud800",
            "e",
        ):
            delta = f'{{"content":"{piece}","reasoning":"{piece}"}}'
            data = f'{{"choices":[{{"delta":{delta}}}]}}'
            await exchange.raw(f"data: {data}\n\n".encode())
        await exchange.finish()
        await exchange.done()

    server.script(script)
    events = await reply(make_model(server.base_url))
    assert text_of(events) == reasoning_of(events) == "abc😀d\ufffde"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTER),
        ("tool_calls", FinishReason.STOP),
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


async def test_a_finish_reason_is_enough_without_the_done_mark(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.end()

    server.script(script)
    assert text_of(await reply(make_model(server.base_url))) == "Hello"


async def test_a_reply_that_is_whole_counts_though_the_connection_breaks_after_it(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.cut()

    server.script(script)
    assert end_of(await reply(make_model(server.base_url))).reason is FinishReason.STOP


async def test_a_server_that_does_not_stream_is_read_all_the_same(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    message = {"role": "assistant", "content": "Hello"}
    body = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 1},
    }
    server.script(lambda exchange: exchange.answer(200, body))
    events = await reply(make_model(server.base_url))
    assert text_of(events) == "Hello"
    assert end_of(events).usage == Usage(input=2, output=1)


async def test_events_may_be_cut_anywhere(server: ScriptedServer, make_model: ModelMaker) -> None:
    body = (
        b": hello\r\nid: 1\r\nevent: message\r\n"
        + b"data: "
        + json.dumps(
            {"choices": [{"delta": {"content": "über\u2028日本"}}]}, ensure_ascii=False
        ).encode()
        + b'\r\n\r\ndata:{"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    )

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for start in range(0, len(body), 3):
            await exchange.raw(body[start : start + 3])
        await exchange.end()

    server.script(script)
    assert text_of(await reply(make_model(server.base_url))) == "über\u2028日本"


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
