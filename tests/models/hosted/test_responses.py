"""OpenAI's Responses API over real sockets, held to what is published of it: requests to the byte,
and events, usage and errors in the forms of the `openai` package's types."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import (
    AuthenticationFailed,
    BadResponse,
    ContextTooLong,
    ModelError,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
)
from chatui.domain.usage import Usage
from chatui.models.base import GO_ON, ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.models.hosted.protocols import protocol_of
from chatui.models.hosted.request_text import RequestTexts
from chatui.models.hosted.wire import WireCall
from chatui.system.api_key import KeySource
from tests.models.conftest import KEY, ModelMaker, ask, endpoint_at
from tests.models.hosted.named_events import sending
from tests.models.hosted.talk import TALK, canonical
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

USAGE = {
    "input_tokens": 2312,
    "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 300},
    "output_tokens": 90,
    "output_tokens_details": {"reasoning_tokens": 64},
    "total_tokens": 2402,
}


def response(status: str = "in_progress", **fields: object) -> dict[str, Any]:
    return {
        "id": "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654",
        "object": "response",
        "created_at": 1741487325,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": "gpt-5.6-sol-2026-07-07",
        "output": [],
        "parallel_tool_calls": True,
        "store": False,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": None,
        "service_tier": "auto",
        **fields,
    }


def numbered(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**event, "sequence_number": at} for at, event in enumerate(events)]


def begun() -> list[dict[str, Any]]:
    return [
        {"type": "response.created", "response": response()},
        {"type": "response.in_progress", "response": response()},
    ]


def item(kind: str, **fields: object) -> dict[str, Any]:
    added = {"type": kind, "id": f"{kind}_1", "status": "in_progress", **fields}
    return {"type": "response.output_item.added", "output_index": 0, "item": added}


def said(*pieces: str) -> list[dict[str, Any]]:
    place = {"item_id": "message_1", "output_index": 1, "content_index": 0}
    part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": []}
    return [
        item("message", role="assistant", content=[]),
        {"type": "response.content_part.added", **place, "part": part},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in pieces
        ),
        {
            "type": "response.output_text.done",
            **place,
            "text": "".join(pieces),
            "logprobs": [],
        },
    ]


def thought(*parts: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [item("reasoning", summary=[])]
    for at, text in enumerate(parts):
        place = {"item_id": "reasoning_1", "output_index": 0, "summary_index": at}
        part = {"type": "summary_text", "text": text}
        events += [
            {
                "type": "response.reasoning_summary_part.added",
                **place,
                "part": {**part, "text": ""},
            },
            {"type": "response.reasoning_summary_text.delta", **place, "delta": text},
            {"type": "response.reasoning_summary_text.done", **place, "text": text},
            {"type": "response.reasoning_summary_part.done", **place, "part": part},
        ]
    return events


def ended(status: str = "completed", **fields: object) -> dict[str, Any]:
    done = response(status, **{"usage": USAGE, "service_tier": "default", **fields})
    return {"type": f"response.{status}", "response": done}


def answering(*pieces: str) -> Script:
    return sending(*numbered(*begun(), *said(*pieces), ended()))


def gpt_at(
    make_model: ModelMaker, server: ScriptedServer, model: str = "gpt-5-mini", **fields: Any
) -> HostedModel:
    return make_model(server.base_url, model, name="openai", api="responses", **fields)


SCHEMA = {
    "title": "A city",
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


async def test_a_request_is_the_published_one_to_the_byte(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("Madrid."))
    options = SamplingOptions(max_output_tokens=4000, reasoning_effort="low", json_schema=SCHEMA)
    request = ModelRequest(TALK, options=options, cache_key="0123456789abcdef")
    await reply(gpt_at(make_model, server, service_tier="flex"), request)
    sent = server.exchanges[0]
    assert (sent.method, sent.path) == ("POST", "/v1/responses")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["content-type"] == "application/json"
    assert canonical(sent.json) == (
        '{"input":[{"content":"Be brief.","role":"system"},'
        '{"content":"What is the capital of France?","role":"user"},'
        '{"content":"Paris.","role":"assistant"},'
        '{"content":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?","role":"user"}],'
        '"max_output_tokens":4000,"model":"gpt-5-mini","prompt_cache_key":"0123456789abcdef",'
        '"reasoning":{"effort":"low","summary":"auto"},"service_tier":"flex","store":false,'
        '"stream":true,"text":{"format":{"name":"A_city","schema":{"additionalProperties":false,'
        '"properties":{"city":{"type":"string"}},"required":["city"],"title":"A city",'
        '"type":"object"},"strict":true,"type":"json_schema"}}}'
    )


async def test_where_prompts_are_kept_by_marks_these_stand_before_the_question_and_none_by_itself(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("Madrid."))
    await reply(gpt_at(make_model, server, "gpt-5.6-sol"), ModelRequest(TALK, cache_key="k"))
    mark = '"prompt_cache_breakpoint":{"mode":"explicit"}'
    assert canonical(server.exchanges[0].json) == (
        f'{{"input":[{{"content":[{{{mark},"text":"Be brief.","type":"input_text"}}],'
        f'"role":"system"}},{{"content":[{{{mark},"text":"What is the capital of France?",'
        '"type":"input_text"}],"role":"user"},{"content":"Paris.","role":"assistant"},'
        '{"content":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?","role":"user"}],'
        '"model":"gpt-5.6-sol","prompt_cache_key":"k","prompt_cache_options":{"mode":"explicit"},'
        '"reasoning":{"summary":"auto"},"store":false,"stream":true}'
    )


async def test_a_user_who_wants_nothing_kept_gets_no_marks(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("x"))
    hosted = gpt_at(make_model, server, "gpt-6-luna", prompt_cache="off")
    await reply(hosted, ModelRequest(TALK))
    sent = server.exchanges[0].json
    assert "breakpoint" not in canonical(sent)
    assert sent["prompt_cache_options"] == {"mode": "explicit"}, "else it would set one by itself"


async def test_chat_completions_of_the_same_models_are_marked_as_well() -> None:
    endpoint = Endpoint(
        "openai", "https://api.openai.com/v1", KeySource("openai"), api="chat-completions"
    )
    protocol = protocol_of(endpoint.protocol_for("gpt-5.6-sol"), endpoint)
    call = WireCall(
        ModelInfo("openai/gpt-5.6-sol"),
        ModelRequest(TALK, cache_key="k"),
        protocol.first("gpt-5.6-sol"),
    )
    body = protocol.body(call, protocol.fields(call), RequestTexts()).decode()
    mark = '"prompt_cache_breakpoint":{"mode":"explicit"}'
    assert body == (
        '{"model":"gpt-5.6-sol","stream":true,"stream_options":{"include_usage":true},'
        '"prompt_cache_key":"k","prompt_cache_options":{"mode":"explicit"},"messages":['
        f'{{"role":"system","content":[{{"type":"text","text":"Be brief.",{mark}}}]}},'
        '{"role":"user","content":[{"type":"text","text":"What is the capital of France?",'
        f'{mark}}}]}},{{"role":"assistant","content":"Paris."}},'
        '{"role":"user","content":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?"}]}'
    )


async def test_a_longer_conversation_begins_with_the_same_items(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("x"))
    model = gpt_at(make_model, server, "gpt-5.6-sol")
    for turns in (1, 2, 3, 2):
        past = [Message((Role.USER, Role.ASSISTANT)[n % 2], f"said {n}") for n in range(2 * turns)]
        asked = Message(Role.USER, f"passages, q{turns}")
        await reply(model, ModelRequest((Message(Role.SYSTEM, "S"), *past, asked)))
    one, two, three, again = (sent.json["input"] for sent in server.exchanges)
    assert two[: len(one) - 1] == one[:-1]
    assert three[: len(two) - 1] == two[:-1]
    assert again == two


def test_what_the_tests_send_and_ask_for_is_in_the_forms_of_the_published_types() -> None:
    from openai.types.responses import ResponseStreamEvent
    from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
    from pydantic import TypeAdapter

    event: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for one in numbered(*begun(), *thought("a", "b"), *said("x"), ended(), ended("incomplete")):
        assert event.validate_python(one).type == one["type"]
    known = ResponseCreateParamsStreaming.__annotations__
    assert {
        *("input", "model", "stream", "store", "max_output_tokens", "temperature", "top_p", "text"),
        *("reasoning", "service_tier", "prompt_cache_key", "prompt_cache_options"),
    } <= known.keys()


@pytest.mark.parametrize("cut", [0, 1, 7])
async def test_a_reply_has_its_thoughts_apart_and_its_usage_in_four_buckets(
    server: ScriptedServer, make_model: ModelMaker, cut: int
) -> None:
    events = numbered(*begun(), *thought("**Spain**", "A city."), *said("Mad", "rid."), ended())
    server.script(sending(*events, cut=cut))
    told = await reply(gpt_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("**Spain**\n\nA city.", "Madrid.")
    last = end_of(told)
    assert (last.reason, last.model) == (FinishReason.STOP, "gpt-5.6-sol-2026-07-07")
    assert last.usage == Usage(input=12, cache_read=2000, cache_write=300, output=90, reasoning=64)
    assert last.raw_usage == USAGE
    assert last.tier == "default"


async def test_a_server_that_does_not_stream_is_read_as_well(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    summary = [{"type": "summary_text", "text": "Hm."}]
    content = [{"type": "output_text", "text": "Madrid.", "annotations": []}]
    output = [
        {"type": "reasoning", "id": "rs_1", "summary": summary},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": content},
    ]

    async def whole(exchange: Exchange) -> None:
        await exchange.answer(200, ended(output=output)["response"])

    server.script(whole)
    told = await reply(gpt_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm.", "Madrid.")
    last = end_of(told)
    assert last.reason is FinishReason.STOP
    assert last.usage == Usage(input=12, cache_read=2000, cache_write=300, output=90, reasoning=64)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("max_output_tokens", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTER),
        ("max_messages", FinishReason.OTHER),
    ],
)
async def test_a_reply_that_is_not_whole_tells_why(
    server: ScriptedServer, make_model: ModelMaker, why: str, reason: FinishReason
) -> None:
    last = ended("incomplete", incomplete_details={"reason": why})
    server.script(sending(*numbered(*begun(), *said("Mad"), last)))
    told = await reply(gpt_at(make_model, server))
    assert (text_of(told), end_of(told).reason) == ("Mad", reason)


async def test_a_refusal_is_text_and_a_reason(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    place = {"item_id": "message_1", "output_index": 0, "content_index": 0}
    delta = {"type": "response.refusal.delta", **place, "delta": "I can't help with that."}
    server.script(sending(*numbered(*begun(), delta, ended())))
    told = await reply(gpt_at(make_model, server))
    assert text_of(told) == "I can't help with that."
    assert end_of(told).reason is FinishReason.REFUSAL


@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        ("server_error", "The model had an error.", ModelUnavailable),
        ("rate_limit_exceeded", "Rate limit reached for gpt-5", RateLimited),
        ("context_length_exceeded", "Your input exceeds the context window", ContextTooLong),
    ],
)
async def test_a_response_that_fails_keeps_what_came_and_says_what_happened(
    server: ScriptedServer,
    make_model: ModelMaker,
    code: str,
    words: str,
    error: type[ModelError],
) -> None:
    failed = ended("failed", error={"code": code, "message": words}, usage=None)
    server.script(sending(*numbered(*begun(), *said("Mad"), failed)))
    came, failure = await failed_reply(gpt_at(make_model, server))
    assert (came, type(failure)) == ("Mad", error)


async def test_an_error_event_is_an_error(server: ScriptedServer, make_model: ModelMaker) -> None:
    told = {"type": "error", "code": "server_error", "message": "Overloaded", "param": None}
    server.script(sending(*numbered(*begun(), *said("Mad"), told)))
    came, failure = await failed_reply(gpt_at(make_model, server))
    assert (came, type(failure)) == ("Mad", ModelUnavailable)


async def test_a_stream_that_ends_early_is_no_whole_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(sending(*numbered(*begun(), *said("Mad"))))
    came, failure = await failed_reply(gpt_at(make_model, server))
    assert (came, type(failure)) == ("Mad", BadResponse)
    assert "before it was whole" in str(failure)


def refusing(status: int, words: str, **fields: object) -> Script:
    async def script(exchange: Exchange) -> None:
        told = {"type": "invalid_request_error", "param": None, "code": None, **fields}
        await exchange.answer(status, {"error": {"message": words, **told}})

    return script


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (refusing(401, "Incorrect API key provided", code="invalid_api_key"), AuthenticationFailed),
        (refusing(429, "Rate limit reached", code="rate_limit_exceeded"), RateLimited),
        (
            refusing(429, "You exceeded your current quota", code="insufficient_quota"),
            QuotaUsedUp,
        ),
        (refusing(503, "The engine is currently overloaded"), ModelUnavailable),
        (
            refusing(
                400,
                "Your input exceeds the context window of this model.",
                code="context_length_exceeded",
                param="input",
            ),
            ContextTooLong,
        ),
    ],
)
async def test_each_error_is_what_it_means(
    server: ScriptedServer, make_model: ModelMaker, refused: Script, error: type[ModelError]
) -> None:
    server.script(refused)
    _, failure = await failed_reply(gpt_at(make_model, server))
    assert type(failure) is error


@pytest.mark.parametrize(
    ("model", "options", "told"),
    [
        ("gpt-5-mini", {}, {"summary": "auto"}),
        ("gpt-5-mini", {"reasoning_effort": "none"}, {"effort": "minimal", "summary": "auto"}),
        ("gpt-5-mini", {"reasoning_effort": "xhigh"}, {"effort": "high", "summary": "auto"}),
        ("gpt-5-mini", {"max_output_tokens": 200}, {"effort": "minimal", "summary": "auto"}),
        ("gpt-5-pro", {"reasoning_effort": "low"}, {"effort": "high", "summary": "auto"}),
        ("gpt-5-codex", {"max_output_tokens": 200}, {"effort": "low", "summary": "auto"}),
        ("gpt-5.1", {"max_output_tokens": 200}, None),
        ("gpt-5.1", {"reasoning_effort": "minimal"}, {"effort": "low", "summary": "auto"}),
        ("gpt-5.2-pro", {"reasoning_effort": "low"}, {"effort": "medium", "summary": "auto"}),
        ("gpt-5.4-mini", {"reasoning_effort": "xhigh"}, {"effort": "xhigh", "summary": "auto"}),
        ("gpt-5.6-sol", {"max_output_tokens": 200}, {"effort": "none"}),
        ("gpt-7.5-dawn", {"reasoning_effort": "none"}, {"effort": "none"}),
        ("gpt-5-chat-latest", {"reasoning_effort": "low"}, None),
        (
            "o4-mini-2025-04-16",
            {"reasoning_effort": "minimal"},
            {"effort": "low", "summary": "auto"},
        ),
        ("qwen3-8b", {"reasoning_effort": "low"}, {"effort": "low"}),
        ("qwen3-8b", {"max_output_tokens": 200}, None),
    ],
)
async def test_a_reasoning_effort_is_told_as_the_model_takes_it(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    options: dict[str, Any],
    told: dict[str, Any] | None,
) -> None:
    server.script(answering("x"))
    hosted = gpt_at(make_model, server, model)
    await reply(hosted, ask(**options))
    assert server.exchanges[0].json.get("reasoning") == told


SET: dict[str, Any] = {"temperature": 0.3, "top_p": 0.9, "seed": 7, "stop": ("END",)}


@pytest.mark.parametrize(
    ("model", "effort", "taken"),
    [
        ("gpt-5-mini", None, set()),
        ("o3", None, set()),
        ("gpt-5.1", None, {"temperature", "top_p"}),
        ("gpt-5.1", "low", set()),
        ("gpt-5.6-sol", "none", {"temperature", "top_p"}),
        ("gpt-5.6-sol", None, set()),
        ("gpt-4.1", None, {"temperature", "top_p"}),
        ("qwen3-8b", "low", {"temperature", "top_p"}),
    ],
)
async def test_options_that_a_model_refuses_are_left_out_and_told(
    server: ScriptedServer, model: str, effort: str | None, taken: set[str]
) -> None:
    server.script(answering("x"))
    told: list[str] = []
    connection = Connection(endpoint_at(server.base_url, name="openai", api="responses"))
    hosted = HostedModel(ModelInfo(f"openai/{model}"), connection, OptionWarnings(told.append))
    await reply(hosted, ask(reasoning_effort=effort, **SET))
    await connection.close()
    assert set(SET) & server.exchanges[0].json.keys() == taken
    assert all(name in told[0] for name in set(SET) - taken)


async def test_no_shorter_reply_is_asked_for_than_may_be(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("x"))
    await reply(gpt_at(make_model, server), ask(max_output_tokens=1))
    assert server.exchanges[0].json["max_output_tokens"] == 16


@pytest.mark.parametrize(
    ("words", "model", "gone"),
    [
        (
            "Your organization must be verified to generate reasoning summaries.",
            "gpt-5",
            "summary",
        ),
        ("Your organization must be verified to stream this model.", "gpt-5", '"stream":true'),
        ("Unsupported parameter: 'temperature' is not supported.", "gpt-4.1", "temperature"),
        ("Invalid service_tier argument", "gpt-5", "service_tier"),
        ("Unsupported value: 'reasoning.effort' does not support 'low'", "gpt-5", "effort"),
        ("Unknown parameter: 'prompt_cache_options'.", "gpt-5.6", "prompt_cache_options"),
        ("Unknown parameter: 'prompt_cache_options'.", "gpt-5.6", "breakpoint"),
        ("Unknown parameter: 'prompt_cache_key'.", "gpt-5", "prompt_cache_key"),
        ("Invalid schema for response_format 'answer'", "gpt-5", "json_schema"),
    ],
)
async def test_what_is_refused_by_name_is_left_out(
    server: ScriptedServer, make_model: ModelMaker, words: str, model: str, gone: str
) -> None:
    server.script(refusing(400, words), answering("x"))
    options = SamplingOptions(
        temperature=0.5, reasoning_effort=None if "." in model else "low", json_schema=SCHEMA
    )
    hosted = gpt_at(make_model, server, model, service_tier="flex")
    await reply(hosted, ModelRequest(TALK, options=options, cache_key="k"))
    first, second = (canonical(sent.json) for sent in server.exchanges)
    assert gone in first
    assert gone not in second


async def test_a_reply_is_gone_on_with_in_words(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(answering("a time"))
    past = (Message(Role.USER, "Tell."), Message(Role.ASSISTANT, "Once upon "))
    await reply(gpt_at(make_model, server), ModelRequest(past, begun=True))
    assert server.exchanges[0].json["input"][-1] == {"role": "user", "content": GO_ON}


async def test_the_tokens_of_a_prompt_are_asked_for(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def counting(exchange: Exchange) -> None:
        assert (exchange.method, exchange.path) == ("POST", "/v1/responses/input_tokens")
        assert exchange.headers["authorization"] == f"Bearer {KEY}"
        assert exchange.json == {
            "model": "gpt-5-mini",
            "reasoning": {"summary": "auto"},
            "input": [{"role": "user", "content": "Say hello."}],
        }
        await exchange.answer(200, {"object": "response.input_tokens", "input_tokens": 11})

    server.script(counting)
    assert await gpt_at(make_model, server).count(ask()) == 11


OPENAI, OWN = "https://api.openai.com/v1", "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("base_url", "model", "api", "protocol"),
    [
        (OPENAI, "gpt-5-mini", None, "responses"),
        (OPENAI, "gpt-5.6-sol", None, "responses"),
        (OPENAI, "gpt-12", None, "responses"),
        (OPENAI, "o3-pro", None, "responses"),
        (OPENAI, "o4-mini-deep-research", None, "responses"),
        (OPENAI, "codex-mini-latest", None, "responses"),
        (OPENAI, "gpt-5.1-codex-max", None, "responses"),
        (OPENAI, "ft:o4-mini-2025-04-16:acme::id", None, "responses"),
        (OPENAI, "ft:gpt-4o-2024-08-06:acme:suffix:id", None, "chat-completions"),
        (OPENAI, "gpt-4o", None, "chat-completions"),
        (OPENAI, "gpt-4.1-mini", None, "chat-completions"),
        (OPENAI, "gpt-3.5-turbo", None, "chat-completions"),
        (OPENAI, "chatgpt-4o-latest", None, "chat-completions"),
        (OPENAI, "gpt-4o-search-preview", None, "chat-completions"),
        (OPENAI, "gpt-5-search-api", None, "chat-completions"),
        (OPENAI, "gpt-5-mini", "chat-completions", "chat-completions"),
        (OPENAI, "gpt-4o", "responses", "responses"),
        (OWN, "gpt-5-mini", None, "chat-completions"),
        (OWN, "gpt-5-mini", "responses", "responses"),
        ("https://openrouter.ai/api/v1", "openai/gpt-5", None, "openrouter"),
        ("https://api.openai.com.example/v1", "gpt-5", None, "chat-completions"),
    ],
)
def test_models_that_want_it_are_asked_by_it_at_openai_and_where_the_user_says_so(
    base_url: str, model: str, api: Any, protocol: str
) -> None:
    endpoint = Endpoint("mine", base_url, KeySource("mine"), api=api)
    assert endpoint.protocol_for(model) == protocol


async def test_a_model_that_has_no_chat_completions_is_asked_by_the_api_that_it_names(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "This model is only supported in v1/responses and not in v1/chat/completions."
    server.script(refusing(404, words, param="model"), answering("Hello"))
    told = await reply(make_model(server.base_url, "of-tomorrow"))
    assert text_of(told) == "Hello"
    paths = [sent.path for sent in server.exchanges]
    assert paths == ["/v1/chat/completions", "/v1/responses"]


async def test_an_option_for_a_class_of_service_goes_out_in_chat_completions_too(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(400, "Unknown parameter: 'service_tier'"), saying("Hello"))
    await reply(make_model(server.base_url, service_tier="flex"))
    assert [sent.json.get("service_tier") for sent in server.exchanges] == ["flex", None]
