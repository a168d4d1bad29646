"""The many forms in which servers send the same reply."""

import json

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.usage import Usage
from chatui.models.base import UsageReported
from tests.models.conftest import ModelMaker
from tests.models.replies import end_of, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, ScriptedServer, saying


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
