"""Anthropic's Messages API over real sockets, held to what is published of it: requests to the
byte, events, usage and errors as https://platform.claude.com/docs/en/api/messages has them."""

from __future__ import annotations

from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import (
    AuthenticationFailed,
    ContextTooLong,
    ModelUnavailable,
    RateLimited,
)
from chatui.domain.usage import LimitLeft, Usage, UsageParts
from chatui.models.base import GO_ON, ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.discovery import served_models
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.system.api_key import KeySource
from tests.models.conftest import KEY, ModelMaker, ask, endpoint_at
from tests.models.hosted.named_events import sending
from tests.models.hosted.talk import TALK, canonical
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer

START_USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 300,
    "cache_read_input_tokens": 2000,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 1,
    "service_tier": "standard",
}
EPHEMERAL = {"type": "ephemeral"}


def start(usage: object = START_USAGE) -> dict[str, Any]:
    message = {
        "id": "msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return {"type": "message_start", "message": message}


def block(index: int, kind: str, *deltas: tuple[str, str, str]) -> list[dict[str, Any]]:
    """A block of that kind; each delta is its type, its key and its text."""
    begun = {
        "type": kind,
        **({"text": ""} if kind == "text" else {"thinking": "", "signature": ""}),
    }
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *(
            {"type": "content_block_delta", "index": index, "delta": {"type": name, key: text}}
            for name, key, text in deltas
        ),
        {"type": "content_block_stop", "index": index},
    ]


def text_block(*pieces: str, index: int = 0) -> list[dict[str, Any]]:
    return block(index, "text", *(("text_delta", "text", piece) for piece in pieces))


def end(reason: str = "end_turn", **delta: object) -> list[dict[str, Any]]:
    told = {"stop_reason": reason, "stop_sequence": None, **delta}
    return [
        {"type": "message_delta", "delta": told, "usage": {"output_tokens": 15}},
        {"type": "message_stop"},
    ]


def saying(*pieces: str) -> Script:
    return sending(start(), {"type": "ping"}, *text_block(*pieces), *end())


def refusing(status: int, kind: str, words: str, **headers: str) -> Script:
    async def script(exchange: Exchange) -> None:
        error = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
        await exchange.answer(status, error, headers)

    return script


def claude_at(
    make_model: ModelMaker, server: ScriptedServer, model: str = "claude-sonnet-4-5", **fields: Any
) -> HostedModel:
    return make_model(server.base_url, model, name="anthropic", api="messages", **fields)


async def test_a_request_is_the_published_one_to_the_byte(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Madrid."))
    options = SamplingOptions(max_output_tokens=200, temperature=0.5, stop=("END",))
    await reply(claude_at(make_model, server), ModelRequest(TALK, options=options))
    sent = server.exchanges[0]
    assert (sent.method, sent.path) == ("POST", "/v1/messages")
    assert sent.headers["x-api-key"] == KEY
    assert sent.headers["anthropic-version"] == "2023-06-01"
    assert sent.headers["content-type"] == "application/json"
    assert "authorization" not in sent.headers
    assert canonical(sent.json) == (
        '{"max_tokens":200,"messages":['
        '{"content":"What is the capital of France?","role":"user"},'
        '{"content":[{"cache_control":{"type":"ephemeral"},"text":"Paris.","type":"text"}],'
        '"role":"assistant"},'
        '{"content":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?","role":"user"}],'
        '"model":"claude-sonnet-4-5","stop_sequences":["END"],"stream":true,'
        '"system":[{"cache_control":{"type":"ephemeral"},"text":"Be brief.","type":"text"}],'
        '"temperature":0.5}'
    )


@pytest.mark.parametrize("cut", [0, 1, 7])
async def test_a_reply_has_its_thoughts_apart_and_its_usage_in_four_buckets(
    server: ScriptedServer, make_model: ModelMaker, cut: int
) -> None:
    thoughts = block(
        0,
        "thinking",
        ("thinking_delta", "thinking", "Hm, "),
        ("thinking_delta", "thinking", "Spain."),
        ("signature_delta", "signature", "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"),
    )
    events = [start(), *thoughts, {"type": "ping"}, *text_block("Mad", "rid.", index=1), *end()]
    server.script(sending(*events, cut=cut))
    told = await reply(claude_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm, Spain.", "Madrid.")
    last = end_of(told)
    assert last.reason is FinishReason.STOP
    assert last.model == "claude-sonnet-4-5-20250929"
    assert last.usage == Usage(input=12, cache_read=2000, cache_write=300, output=15)
    assert last.usage.parts == UsageParts(cache_write_1h=200)
    assert last.tier == ""


async def test_counts_that_only_the_end_has_replace_those_of_the_beginning(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    final = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {
            "input_tokens": 20,
            "cache_read_input_tokens": None,
            "output_tokens": 90,
            "output_tokens_details": {"thinking_tokens": 50},
        },
    }
    server.script(sending(start(), *text_block("x"), final, {"type": "message_stop"}))
    usage = end_of(await reply(claude_at(make_model, server))).usage
    assert usage == Usage(input=20, cache_read=2000, cache_write=300, output=90, reasoning=50)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("refusal", FinishReason.REFUSAL),
        ("pause_turn", FinishReason.PAUSED),
        ("tool_use", FinishReason.TOOL),
        ("something_new", FinishReason.OTHER),
    ],
)
async def test_each_reason_to_stop_is_known(
    server: ScriptedServer, make_model: ModelMaker, word: str, reason: FinishReason
) -> None:
    server.script(sending(start(), *text_block("Mad"), *end(word)))
    assert end_of(await reply(claude_at(make_model, server))).reason is reason


async def test_a_refusal_tells_what_it_was_taken_for(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": None}
    server.script(sending(start(), *end("refusal", stop_details=details)))
    last = end_of(await reply(claude_at(make_model, server)))
    assert (last.reason, last.word) == (FinishReason.REFUSAL, "refusal: cyber")


async def test_a_server_that_does_not_stream_is_read_as_well(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def whole(exchange: Exchange) -> None:
        content = [
            {"type": "thinking", "thinking": "Hm.", "signature": "Eq"},
            {"type": "text", "text": "Madrid."},
        ]
        message = start({**START_USAGE, "output_tokens": 9})["message"]
        await exchange.answer(200, {**message, "content": content, "stop_reason": "end_turn"})

    server.script(whole)
    told = await reply(claude_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm.", "Madrid.")
    assert end_of(told).usage == Usage(input=12, cache_read=2000, cache_write=300, output=9)


def marks(body: dict[str, Any]) -> list[str]:
    """The texts that a mark stands behind."""
    blocks = [*body.get("system", ())]
    for message in body["messages"]:
        blocks += message["content"] if isinstance(message["content"], list) else []
    return [one["text"] for one in blocks if "cache_control" in one]


def talk(turns: int, system: str = "S") -> tuple[Message, ...]:
    said = [Message(Role.SYSTEM, system)] if system else []
    for n in range(turns):
        said += [Message(Role.USER, f"q{n}"), Message(Role.ASSISTANT, f"a{n}")]
    return (*said, Message(Role.USER, f"passages, q{turns}"))


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        (talk(0, ""), []),
        (talk(0), ["S"]),
        (talk(1, ""), ["a0"]),
        (talk(1), ["S", "a0"]),
        (talk(7), ["S", "a6"]),
    ],
)
async def test_marks_are_behind_system_and_history_and_never_behind_the_question(
    server: ScriptedServer,
    make_model: ModelMaker,
    messages: tuple[Message, ...],
    wanted: list[str],
) -> None:
    server.script(saying("x"))
    await reply(claude_at(make_model, server), ModelRequest(messages))
    assert marks(server.exchanges[0].json) == wanted


@pytest.mark.parametrize(
    ("kept", "mark"), [("5m", EPHEMERAL), ("1h", {**EPHEMERAL, "ttl": "1h"}), ("off", None)]
)
async def test_the_lifetime_is_what_was_configured(
    server: ScriptedServer, make_model: ModelMaker, kept: str, mark: dict[str, str] | None
) -> None:
    server.script(saying("x"))
    await reply(claude_at(make_model, server, prompt_cache=kept), ModelRequest(talk(1)))
    assert server.exchanges[0].json["system"][0].get("cache_control") == mark


async def test_a_longer_conversation_begins_with_the_same_texts(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    def texts(body: dict[str, Any]) -> list[str]:
        said = [*body["system"], *body["messages"]]
        parts = [one.get("content", one.get("text")) for one in said]
        return [one if isinstance(one, str) else one[0]["text"] for one in parts]

    server.script(saying("x"))
    model = claude_at(make_model, server)
    for turns in (1, 2, 3, 2):
        await reply(model, ModelRequest(talk(turns)))
    one, two, three, again = (texts(sent.json) for sent in server.exchanges)
    assert two[: len(one) - 1] == one[:-1]
    assert three[: len(two) - 1] == two[:-1]
    assert again == two


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("claude-haiku-4-5", None, {}),
        (
            "claude-haiku-4-5",
            "high",
            {"thinking": {"type": "enabled", "budget_tokens": 16384}},
        ),
        ("claude-haiku-4-5", "none", {}),
        ("claude-opus-4-6", None, {}),
        (
            "claude-opus-4-6",
            "xhigh",
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        ),
        (
            "claude-opus-4-8",
            "xhigh",
            {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "xhigh"},
            },
        ),
        ("claude-opus-5", None, {"thinking": {"type": "adaptive", "display": "summarized"}}),
        ("claude-sonnet-5", "none", {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-5-5", "none", {"thinking": {"type": "between_tools"}}),
        (
            "claude-opus-5-5",
            "none",
            {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "low"},
            },
        ),
        (
            "claude-haiku-5-5",
            "minimal",
            {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "low"},
            },
        ),
        ("claude-3-5-haiku-20241022", "high", {}),
    ],
)
async def test_a_reasoning_effort_is_told_as_the_model_takes_it(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    effort: str | None,
    told: dict[str, Any],
) -> None:
    server.script(saying("x"))
    await reply(claude_at(make_model, server, model), ask(reasoning_effort=effort))
    body = server.exchanges[0].json
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == told


async def test_a_budget_leaves_half_of_a_short_reply_for_the_answer(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("x"))
    model = claude_at(make_model, server)
    await reply(model, ask(reasoning_effort="high", max_output_tokens=4000))
    await reply(model, ask(reasoning_effort="high", max_output_tokens=2000))
    first, second = (sent.json for sent in server.exchanges)
    assert first["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert "thinking" not in second, "1,024 tokens are the least that a model can be told"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("claude-haiku-5-5", {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}),
        (
            "claude-opus-5-5",
            {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "low"},
            },
        ),
        ("claude-opus-4-8", {}),
    ],
)
async def test_a_short_reply_has_its_room_for_the_answer(
    server: ScriptedServer, make_model: ModelMaker, model: str, told: dict[str, Any]
) -> None:
    server.script(saying("x"))
    await reply(claude_at(make_model, server, model), ask(max_output_tokens=200))
    body = server.exchanges[0].json
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == told


SET: dict[str, Any] = {"temperature": 0.3, "top_p": 0.9, "top_k": 40}


@pytest.mark.parametrize(
    ("model", "effort", "said"),
    [
        ("claude-3-haiku-20240307", None, {"temperature", "top_p", "top_k"}),
        ("claude-sonnet-4-5", None, {"temperature", "top_k"}),
        ("claude-sonnet-4-5", "high", set()),
        ("claude-sonnet-4-6", None, {"temperature", "top_k"}),
        ("claude-sonnet-4-6", "low", set()),
        ("claude-opus-4-7", None, set()),
        ("claude-opus-5-5", None, set()),
        ("claude-of-tomorrow-9", None, set()),
    ],
)
async def test_sampling_options_that_a_model_refuses_are_left_out_and_told(
    server: ScriptedServer, model: str, effort: str | None, said: set[str]
) -> None:
    server.script(saying("x"))
    told: list[str] = []
    connection = Connection(endpoint_at(server.base_url, name="anthropic", api="messages"))
    hosted = HostedModel(ModelInfo(f"anthropic/{model}"), connection, OptionWarnings(told.append))
    await reply(hosted, ask(reasoning_effort=effort, **SET))
    await connection.close()
    assert set(SET) & server.exchanges[0].json.keys() == said
    left = [name for name in SET if name not in said]
    assert all(name in told[0] for name in left) if left else not told


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ("claude-3-haiku-20240307", 4096),
        ("claude-3-5-haiku-20241022", 8192),
        ("claude-opus-4-1-20250805", 32_000),
        ("claude-haiku-4-5-20251001", 64_000),
        ("claude-opus-4-6", 128_000),
        ("claude-fable-5-1", 128_000),
    ],
)
async def test_a_limit_is_always_sent_and_never_above_the_models_own(
    server: ScriptedServer, make_model: ModelMaker, model: str, limit: int
) -> None:
    server.script(saying("x"))
    hosted = claude_at(make_model, server, model)
    await reply(hosted)
    await reply(hosted, ask(max_output_tokens=10**6))
    await reply(hosted, ask(max_output_tokens=5))
    assert [sent.json["max_tokens"] for sent in server.exchanges] == [limit, limit, 5]


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


async def test_a_schema_is_told_by_the_models_own_mode(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("{}"))
    await reply(claude_at(make_model, server), ask(json_schema=SCHEMA))
    body = server.exchanges[0].json
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert "system" not in body


async def test_a_schema_is_told_in_words_where_the_model_has_no_mode_or_the_server_refuses(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("{}"))
    await reply(claude_at(make_model, server, "claude-opus-4-1"), ask(json_schema=SCHEMA))
    assert "city" in server.exchanges[0].json["system"][0]["text"]
    words = "output_config.format: Extra inputs are not permitted"
    server.script(refusing(400, "invalid_request_error", words), saying("{}"))
    await reply(claude_at(make_model, server), ask(json_schema=SCHEMA))
    assert "city" in server.exchanges[-1].json["system"][0]["text"]
    assert "output_config" not in server.exchanges[-1].json


BEGUN = ModelRequest(
    (Message(Role.USER, "Tell."), Message(Role.ASSISTANT, "Once upon ")), begun=True
)


@pytest.mark.parametrize(
    ("model", "last"),
    [("claude-haiku-4-5", ("assistant", "Once upon")), ("claude-opus-4-6", ("user", GO_ON))],
)
async def test_a_reply_is_gone_on_with_as_the_model_takes_it(
    server: ScriptedServer, make_model: ModelMaker, model: str, last: tuple[str, str]
) -> None:
    server.script(saying("a time"))
    await reply(claude_at(make_model, server, model), BEGUN)
    body = server.exchanges[0].json
    assert (body["messages"][-1]["role"], body["messages"][-1]["content"]) == last
    assert body["messages"][0] == {"role": "user", "content": "Tell."}


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (refusing(401, "authentication_error", "invalid x-api-key"), AuthenticationFailed),
        (refusing(429, "rate_limit_error", "This would exceed your rate limit"), RateLimited),
        (refusing(529, "overloaded_error", "Overloaded"), ModelUnavailable),
        (refusing(500, "api_error", "Internal server error"), ModelUnavailable),
        (refusing(413, "request_too_large", "Request exceeds the maximum size"), ContextTooLong),
    ],
)
async def test_each_error_is_what_it_means(
    server: ScriptedServer, make_model: ModelMaker, refused: Script, error: type[Exception]
) -> None:
    server.script(refused)
    _, failure = await failed_reply(claude_at(make_model, server))
    assert type(failure) is error


async def test_a_prompt_that_is_too_long_tells_by_how_much(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "prompt is too long: 213462 tokens > 200000 maximum"
    server.script(refusing(400, "invalid_request_error", words))
    _, failure = await failed_reply(claude_at(make_model, server))
    assert isinstance(failure, ContextTooLong)
    assert (failure.limit, failure.prompt) == (200_000, 213_462)


async def test_an_overload_passes_and_the_provider_is_asked_again(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(
        refusing(529, "overloaded_error", "Overloaded", **{"retry-after": "0"}), saying("Hello")
    )
    assert text_of(await reply(claude_at(make_model, server, retries=1))) == "Hello"


async def test_an_error_inside_a_stream_keeps_what_came(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.script(sending(start(), *text_block("Mad"), error))
    came, failure = await failed_reply(claude_at(make_model, server))
    assert came == "Mad"
    assert type(failure) is ModelUnavailable


async def test_a_stream_that_ends_early_is_no_whole_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(sending(start(), *text_block("Mad")))
    came, failure = await failed_reply(claude_at(make_model, server))
    assert came == "Mad"
    assert "before it was whole" in str(failure)


async def test_what_is_left_of_the_limits_is_told(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    head = {
        "anthropic-ratelimit-input-tokens-limit": "40000",
        "anthropic-ratelimit-input-tokens-remaining": "39000",
    }
    server.script(sending(start(), *text_block("x"), *end(), head=head))
    told: list[tuple[LimitLeft, ...]] = []
    request = ModelRequest((Message(Role.USER, "Hi"),), on_limits=told.append)
    await reply(claude_at(make_model, server), request)
    assert told == [(LimitLeft("input tokens", 39_000, 40_000, None),)]


@pytest.mark.parametrize(
    ("model", "words", "limit"),
    [
        (
            "claude-opus-4-1",
            "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens",
            8192,
        ),
        (
            "claude-3-7-sonnet-20250219",
            "input length and `max_tokens` exceed context limit: 150000 + 64000 > 200000, "
            "decrease input length or `max_tokens` and try again",
            50_000,
        ),
    ],
)
async def test_a_limit_that_nobody_asked_for_gives_way(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    words: str,
    limit: int,
) -> None:
    server.script(refusing(400, "invalid_request_error", words), saying("x"))
    await reply(claude_at(make_model, server, model))
    assert server.exchanges[-1].json["max_tokens"] == limit


async def test_a_gateway_without_marks_is_asked_without_them(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "system.0.cache_control: Extra inputs are not permitted"
    server.script(refusing(400, "invalid_request_error", words), saying("x"))
    await reply(claude_at(make_model, server), ModelRequest(talk(2)))
    assert marks(server.exchanges[-1].json) == []


async def test_the_list_of_models_is_read_page_by_page(server: ScriptedServer) -> None:
    def entry(name: str) -> dict[str, object]:
        return {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": "2026-06-30T00:00:00Z",
            "max_input_tokens": 1_000_000,
            "max_tokens": 128_000,
        }

    async def pages(exchange: Exchange) -> None:
        assert exchange.headers["x-api-key"] == KEY
        assert exchange.headers["anthropic-version"] == "2023-06-01"
        first = "after_id" not in exchange.path
        name = "claude-sonnet-5" if first else "claude-opus-4-8"
        page = {"data": [entry(name)], "has_more": first, "first_id": name, "last_id": name}
        await exchange.answer(200, page)

    server.script(pages)
    connection = Connection(endpoint_at(server.base_url, name="anthropic", api="messages"))
    found = await served_models(connection, 5.0)
    await connection.close()
    assert [(one.model, one.max_input, one.max_output) for one in found] == [
        ("claude-sonnet-5", 1_000_000, 128_000),
        ("claude-opus-4-8", 1_000_000, 128_000),
    ]


@pytest.mark.parametrize(
    ("base_url", "api", "protocol"),
    [
        ("https://api.anthropic.com/v1", None, "messages"),
        ("https://api.anthropic.com/v1", "chat-completions", "chat-completions"),
        ("https://gateway.example/v1", None, "chat-completions"),
        ("https://gateway.example/anthropic/v1", "messages", "messages"),
        ("https://api.anthropic.com.example/v1", None, "chat-completions"),
    ],
)
def test_the_address_or_the_user_says_which_protocol_is_spoken(
    base_url: str, api: Any, protocol: str
) -> None:
    assert Endpoint("mine", base_url, KeySource("mine"), api=api).protocol == protocol
