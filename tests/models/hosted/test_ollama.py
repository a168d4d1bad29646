"""Ollama by its own protocol, over real sockets, with the lines of docs/api.md of ollama/ollama."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import (
    BadResponse,
    ContextTooLong,
    ModelError,
    ModelUnavailable,
    UnknownModel,
)
from chatui.domain.usage import Usage
from chatui.models.base import ModelInfo, ModelRequest, SamplingOptions, TextDelta
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from tests.models.conftest import ModelMaker, ask, endpoint_at
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

NDJSON = {"Content-Type": "application/x-ndjson"}
MOMENT = {"model": "qwen3:8b", "created_at": "2026-08-04T08:52:19.385406455-07:00"}
LAST = {
    **MOMENT,
    "message": {"role": "assistant", "content": ""},
    "done": True,
    "done_reason": "stop",
    "total_duration": 4883583458,
    "load_duration": 1334875,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 342546000,
    "eval_count": 282,
    "eval_duration": 4535599000,
}


def line(**message: object) -> dict[str, Any]:
    return {**MOMENT, "message": {"role": "assistant", "content": "", **message}, "done": False}


def answering(*lines: object, cut: int = 0, ended: bool = True) -> Script:
    """NDJSON, in pieces of so many bytes; 0 sends each line whole."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, NDJSON)
        data = b"".join(json.dumps(one).encode() + b"\n" for one in lines)
        size = cut or len(data)
        for start in range(0, len(data), size):
            await exchange.raw(data[start : start + size])
        if ended:
            await exchange.end()
        else:
            await exchange.until_the_client_leaves()

    return script


def ollama(make_model: ModelMaker, server: ScriptedServer, **fields: Any) -> HostedModel:
    url = server.base_url
    return make_model(url, "qwen3:8b", name="ollama", key="", local=True, **fields)


async def test_a_reply_with_its_thoughts_and_counts(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(thinking="Hm."), line(content="Hel"), line(content="lo"), LAST))
    events = await reply(ollama(make_model, server))
    assert (reasoning_of(events), text_of(events)) == ("Hm.", "Hello")
    end = end_of(events)
    assert (end.reason, end.usage) == (FinishReason.STOP, Usage(input=26, output=282))
    assert end.raw_usage is not None
    assert end.raw_usage["load_duration"] == 1334875
    assert server.exchanges[0].path == "/api/chat"


@pytest.mark.parametrize("cut", [1, 7])
async def test_lines_may_come_cut_anywhere(
    cut: int, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Grüße, 你好"), LAST, cut=cut))
    assert text_of(await reply(ollama(make_model, server))) == "Grüße, 你好"


async def test_the_last_line_ends_the_reply_though_the_connection_stays(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Hello"), LAST, ended=False))
    assert text_of(await reply(ollama(make_model, server))) == "Hello"


async def test_the_context_is_asked_for_and_a_prompt_is_never_cut_in_silence(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Hello"), LAST))
    await reply(ollama(make_model, server, num_ctx=16384, keep_alive="30m"))
    body = server.exchanges[0].json
    assert body == {
        "model": "qwen3:8b",
        "stream": True,
        "options": {"num_ctx": 16384},
        "truncate": False,
        "shift": False,
        "keep_alive": "30m",
        "messages": [{"role": "user", "content": "Say hello."}],
    }


@pytest.mark.parametrize(("given", "sent"), [("-1", -1), ("600", 600), ("1h30m", "1h30m")])
async def test_how_long_a_model_stays_is_said_as_ollama_reads_it(
    given: str, sent: object, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(LAST))
    await reply(ollama(make_model, server, keep_alive=given))
    assert server.exchanges[0].json["keep_alive"] == sent


async def test_sampling_options_go_by_ollamas_names(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(LAST))
    given: dict[str, Any] = {"temperature": 0.5, "top_k": 40, "min_p": 0.1, "repeat_penalty": 1.1}
    request = ask(max_output_tokens=99, stop=("END",), reasoning_effort="none", **given)
    await reply(ollama(make_model, server), request)
    body = server.exchanges[0].json
    assert body["options"] == {**given, "num_predict": 99, "stop": ["END"]}
    assert body["think"] is False


async def test_a_json_schema_is_the_format(server: ScriptedServer, make_model: ModelMaker) -> None:
    server.script(answering(line(content="{}"), LAST))
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    await reply(ollama(make_model, server), ask(json_schema=schema))
    assert server.exchanges[0].json["format"] == schema


async def test_a_model_that_does_not_think_is_asked_without_and_that_is_told(
    server: ScriptedServer,
) -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.answer(400, {"error": '"gemma3" does not support thinking'})

    server.script(refusing, answering(line(content="Hello"), LAST))
    told: list[str] = []
    connection = Connection(endpoint_at(server.base_url, name="ollama", key="", local=True))
    model = HostedModel(ModelInfo("ollama/gemma3"), connection, OptionWarnings(told.append))
    assert text_of(await reply(model, ask(reasoning_effort="high"))) == "Hello"
    await connection.close()
    assert [exchange.json.get("think") for exchange in server.exchanges] == ["high", None]
    assert "doesn't take reasoning_effort" in told[0]


TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, TOO_LONG, ContextTooLong),
        (400, "input length exceeds the context length", ContextTooLong),
        (404, "model 'qwen3:8b' not found", UnknownModel),
        (500, "model requires more system memory (9.7 GiB) than is available", ModelUnavailable),
        (503, "server busy, please try again. maximum pending requests exceeded", ModelUnavailable),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(
    status: int,
    words: str,
    kind: type[ModelError],
    server: ScriptedServer,
    make_model: ModelMaker,
) -> None:
    server.script(lambda exchange: exchange.answer(status, {"error": words}))
    _, error = await failed_reply(ollama(make_model, server))
    assert type(error) is kind
    assert len(server.exchanges) == 1


async def test_an_error_in_the_middle_keeps_what_came(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "an error was encountered while running the model: CUDA error: out of memory"
    server.script(answering(line(content="Half a"), {"error": words}))
    text, error = await failed_reply(ollama(make_model, server))
    assert text == "Half a"
    assert isinstance(error, ModelUnavailable)
    assert "out of memory" in str(error)


@pytest.mark.parametrize(
    "last",
    [
        # The runner died: a reason is missing, and so are the counts.
        [{**MOMENT, "message": {"role": "assistant", "content": ""}, "done": True}],
        [],
    ],
)
async def test_a_reply_without_its_end_is_no_whole_one(
    last: list[object], server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Half a"), *last))
    text, error = await failed_reply(ollama(make_model, server))
    assert (text, type(error)) == ("Half a", BadResponse)


async def test_a_reply_that_fills_the_context_is_one_cut_off(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Long"), {**LAST, "done_reason": "length"}))
    assert end_of(await reply(ollama(make_model, server))).reason is FinishReason.LENGTH


async def test_an_end_of_before_reasons_were_told_is_an_end(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    old = {key: value for key, value in LAST.items() if key != "done_reason"}
    server.script(answering(line(content="Hello"), old))
    assert end_of(await reply(ollama(make_model, server))).reason is FinishReason.STOP


async def test_what_the_cache_had_of_a_prompt_is_told(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Hello"), {**LAST, "prompt_eval_cached_count": 20}))
    usage = end_of(await reply(ollama(make_model, server))).usage
    assert usage == Usage(input=6, cache_read=20, output=282)


async def test_a_prompt_without_a_count_is_not_known(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    cached = {key: value for key, value in LAST.items() if key != "prompt_eval_count"}
    server.script(answering(line(content="Hello"), cached))
    assert end_of(await reply(ollama(make_model, server))).usage is None


async def test_a_tool_that_nobody_offered_is_named_as_the_end(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    call = {"function": {"name": "get_weather", "arguments": {"city": "Tokyo"}}}
    server.script(answering(line(tool_calls=[call]), LAST))
    assert end_of(await reply(ollama(make_model, server))).reason is FinishReason.TOOL


@pytest.mark.parametrize("status", [404, 405])
async def test_what_only_speaks_the_common_protocol_is_asked_by_that(
    status: int, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def unknown(exchange: Exchange) -> None:
        await exchange.answer(status, "404 page not found")

    server.script(unknown, saying("Hello"))
    assert text_of(await reply(ollama(make_model, server))) == "Hello"
    assert [one.path for one in server.exchanges] == ["/api/chat", "/v1/chat/completions"]


async def test_a_page_is_no_reply(server: ScriptedServer, make_model: ModelMaker) -> None:
    server.script(lambda exchange: exchange.answer(200, "<html>Welcome</html>"))
    _, error = await failed_reply(ollama(make_model, server))
    assert "check base_url in [providers.ollama]" in str(error)


async def test_another_provider_is_asked_natively_where_a_context_is_set(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content="Hello"), LAST))
    model = make_model(server.base_url, name="box", key="", local=True, num_ctx=8192)
    assert TextDelta("Hello") in await reply(model)
    assert server.exchanges[0].path == "/api/chat"


async def test_a_begun_reply_is_gone_on_with(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering(line(content=" world"), LAST))
    messages = (Message(Role.USER, "Say hello."), Message(Role.ASSISTANT, "Hello"))
    request = ModelRequest(messages, options=SamplingOptions(), begun=True)
    assert text_of(await reply(ollama(make_model, server), request)) == " world"
    assert server.exchanges[0].json["messages"][-1] == {"role": "assistant", "content": "Hello"}
