"""OpenRouter over real sockets, held to what is published of it (https://openrouter.ai/docs): marks
in content parts, routing, reasoning, usage with its cost, errors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import (
    BadResponse,
    ContentRefused,
    ModelTimeout,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
    UnknownModel,
)
from chatui.domain.usage import Usage
from chatui.models.base import ModelRequest, SamplingOptions
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.system.api_key import KeySource
from tests.models.conftest import KEY, ModelMaker, ask
from tests.models.hosted.talk import TALK, canonical
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer

CLAUDE = "anthropic/claude-haiku-4.5"
GEMINI = "google/gemini-2.5-flash"
GPT = "openai/gpt-5-mini"
MARKED_GPT = "openai/gpt-5.6-mini"
MARKS = ("cache_control", "prompt_cache_breakpoint")
USAGE = {
    "prompt_tokens": 10339,
    "completion_tokens": 60,
    "completion_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 10399,
    "prompt_tokens_details": {"cached_tokens": 10000, "cache_write_tokens": 318, "audio_tokens": 0},
    "cost": 0.0012,
    "is_byok": False,
    "cost_details": {
        "upstream_inference_cost": None,
        "upstream_inference_prompt_cost": 0.0008,
        "upstream_inference_completions_cost": 0.0004,
    },
}


def chunk(
    delta: dict[str, Any] | None = None,
    finish: str | None = None,
    own: str | None = None,
    **more: object,
) -> dict[str, Any]:
    choice = {
        "index": 0,
        "delta": delta or {"content": ""},
        "finish_reason": finish,
        "native_finish_reason": own,
    }
    return {
        "id": "gen-1764439200-4tJHkVzTDBmMfPLGDbKh",
        "provider": "Anthropic",
        "model": "anthropic/claude-4.5-haiku-20251001",
        "object": "chat.completion.chunk",
        "created": 1764439200,
        "choices": [choice],
        **more,
    }


def sending(*chunks: object) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.raw(b": OPENROUTER PROCESSING\n\n")
        for one in chunks:
            await exchange.event(one)
        await exchange.done()

    return script


def saying(*pieces: str, usage: dict[str, Any] | None = None) -> Script:
    said = [chunk({"role": "assistant", "content": piece}) for piece in pieces]
    end = chunk(None, "stop", "end_turn", usage=usage or USAGE)
    return sending(*said, end)


def router_at(
    make_model: ModelMaker, server: ScriptedServer, model: str = CLAUDE, **fields: Any
) -> HostedModel:
    return make_model(server.base_url, model, name="openrouter", api="openrouter", **fields)


async def test_a_request_is_the_published_one_to_the_byte(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Madrid."))
    routing = {
        "order": ["anthropic", "google-vertex"],
        "allow_fallbacks": False,
        "data_collection": "deny",
        "sort": "price",
        "max_price": {"prompt": 1, "completion": 5.5},
    }
    options = SamplingOptions(max_output_tokens=4000, top_k=5, reasoning_effort="low")
    model = router_at(make_model, server, routing=routing, reasoning={"exclude": True})
    await reply(model, ModelRequest(TALK, options=options))
    sent = server.exchanges[0]
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert canonical(sent.json) == (
        '{"max_tokens":4000,"messages":['
        '{"content":[{"cache_control":{"type":"ephemeral"},"text":"Be brief.","type":"text"}],'
        '"role":"system"},'
        '{"content":"What is the capital of France?","role":"user"},'
        '{"content":[{"cache_control":{"type":"ephemeral"},"text":"Paris.","type":"text"}],'
        '"role":"assistant"},'
        '{"content":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?","role":"user"}],'
        '"model":"anthropic/claude-haiku-4.5",'
        '"provider":{"allow_fallbacks":false,"data_collection":"deny",'
        '"max_price":{"completion":5.5,"prompt":1},"order":["anthropic","google-vertex"],'
        '"sort":"price"},'
        '"reasoning":{"effort":"low","exclude":true},"stream":true,"top_k":5,'
        '"usage":{"include":true}}'
    )


async def test_usage_has_its_buckets_and_the_providers_own_cost(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Mad", "rid."))
    told = await reply(router_at(make_model, server))
    last = end_of(told)
    assert text_of(told) == "Madrid."
    assert last.usage == Usage(
        input=21, cache_read=10_000, cache_write=318, output=60, reasoning=20
    )
    assert last.reported_cost == Decimal("0.0012")
    # Who really answered, and at whose place.
    assert last.model == "anthropic/claude-4.5-haiku-20251001"
    assert last.raw_usage == {**USAGE, "provider": "Anthropic"}


async def test_a_key_of_the_users_own_is_billed_by_the_maker_as_well(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    usage = {
        **USAGE,
        "cost": 0.00006,
        "is_byok": True,
        "cost_details": {"upstream_inference_cost": 0.0012},
    }
    server.script(saying("x", usage=usage))
    last = end_of(await reply(router_at(make_model, server)))
    assert last.reported_cost == Decimal("0.00126")


def marks(body: dict[str, Any]) -> list[str]:
    """The texts that a mark stands behind."""
    parts = [
        part
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    ]
    return [part["text"] for part in parts if part.keys() & set(MARKS)]


def talk(turns: int, system: str = "S") -> tuple[Message, ...]:
    said = [Message(Role.SYSTEM, system)] if system else []
    for n in range(turns):
        said += [Message(Role.USER, f"q{n}"), Message(Role.ASSISTANT, f"a{n}")]
    return (*said, Message(Role.USER, f"passages, q{turns}"))


WITH_SUMMARY = (
    *talk(0)[:1],
    Message(Role.SYSTEM, "so far"),
    Message(Role.USER, "q8"),
    Message(Role.ASSISTANT, "a8"),
    Message(Role.USER, "passages, q9"),
)


@pytest.mark.parametrize(
    ("model", "messages", "wanted"),
    [
        (CLAUDE, talk(0, ""), []),
        (CLAUDE, talk(0), ["S"]),
        (CLAUDE, talk(1, ""), ["a0"]),
        (CLAUDE, talk(7), ["S", "a6"]),
        (CLAUDE, WITH_SUMMARY, ["so far", "a8"]),
        (f"{CLAUDE}:beta", talk(1), ["S", "a0"]),
        # Only the last mark counts there, and what it stands behind is written as a whole.
        (GEMINI, talk(0, ""), []),
        (GEMINI, talk(7), ["S"]),
        (GEMINI, WITH_SUMMARY, ["so far"]),
        (GPT, talk(7), []),
        (MARKED_GPT, talk(2), ["S", "q0", "q1"]),
        ("openrouter/auto", talk(7), []),
    ],
)
async def test_marks_are_where_the_models_maker_reads_them_and_never_behind_the_question(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    messages: tuple[Message, ...],
    wanted: list[str],
) -> None:
    server.script(saying("x"))
    await reply(router_at(make_model, server, model), ModelRequest(messages))
    body = server.exchanges[0].json
    assert marks(body) == wanted
    assert body["messages"][-1] == {"role": "user", "content": messages[-1].content}


@pytest.mark.parametrize(
    ("kept", "mark"),
    [
        ("5m", {"type": "ephemeral"}),
        ("1h", {"type": "ephemeral", "ttl": "1h"}),
        ("off", None),
    ],
)
async def test_the_lifetime_is_what_was_configured(
    server: ScriptedServer, make_model: ModelMaker, kept: str, mark: dict[str, str] | None
) -> None:
    server.script(saying("x"))
    await reply(router_at(make_model, server, prompt_cache=kept), ModelRequest(talk(1)))
    content = server.exchanges[0].json["messages"][0]["content"]
    assert (content[0]["cache_control"] if mark else content) == (mark or "S")


async def test_openai_is_kept_from_setting_a_mark_behind_the_question_by_itself(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("x"))
    for kept in ("5m", "off"):
        model = router_at(make_model, server, MARKED_GPT, prompt_cache=kept)
        await reply(model, ModelRequest(talk(1)))
    marked, unmarked = (sent.json for sent in server.exchanges)
    assert marked["prompt_cache_options"] == unmarked["prompt_cache_options"]
    assert marked["prompt_cache_options"] == {"mode": "explicit"}
    assert (marks(marked), marks(unmarked)) == (["S", "q0"], [])


async def test_a_longer_conversation_begins_with_the_same_texts(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    def texts(body: dict[str, Any]) -> list[str]:
        parts = [one["content"] for one in body["messages"]]
        return [one if isinstance(one, str) else one[0]["text"] for one in parts]

    server.script(saying("x"))
    model = router_at(make_model, server)
    for turns in (1, 2, 3, 2):
        await reply(model, ModelRequest(talk(turns)))
    one, two, three, again = (texts(sent.json) for sent in server.exchanges)
    assert two[: len(one) - 1] == one[:-1]
    assert three[: len(two) - 1] == two[:-1]
    assert again == two


@pytest.mark.parametrize("kept", ["5m", "off"])
async def test_a_conversation_stays_with_whoever_holds_its_cache(
    server: ScriptedServer, make_model: ModelMaker, kept: str
) -> None:
    server.script(saying("x"))
    model = router_at(make_model, server, prompt_cache=kept)
    await reply(model, ModelRequest(talk(1), cache_key="c0ffee"))
    await reply(model, ModelRequest(talk(1)))
    told = [sent.json.get("session_id") for sent in server.exchanges]
    assert told == ["c0ffee" if kept == "5m" else None, None]


@pytest.mark.parametrize(
    ("effort", "reasoning", "told"),
    [
        (None, {}, None),
        ("high", {}, {"effort": "high"}),
        ("none", {}, {"effort": "none"}),
        (None, {"max_tokens": 2000}, {"max_tokens": 2000}),
        # One of the two is taken, not both.
        ("high", {"max_tokens": 2000, "exclude": True}, {"effort": "high", "exclude": True}),
    ],
)
async def test_reasoning_is_told_as_an_effort_or_as_a_budget(
    server: ScriptedServer,
    make_model: ModelMaker,
    effort: str | None,
    reasoning: dict[str, Any],
    told: dict[str, Any] | None,
) -> None:
    server.script(saying("x"))
    model = router_at(make_model, server, reasoning=reasoning)
    await reply(model, ask(reasoning_effort=effort))
    body = server.exchanges[0].json
    assert body.get("reasoning") == told
    assert "reasoning_effort" not in body


async def test_thoughts_come_apart_once_under_whichever_name(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    def detail(**fields: str) -> list[dict[str, Any]]:
        return [{"id": None, "format": "anthropic-claude-v1", "index": 0, **fields}]

    thoughts: list[dict[str, Any]] = [
        {
            "reasoning": "Hm, ",
            "reasoning_details": detail(type="reasoning.text", text="Hm, "),
        },
        {"reasoning": None, "reasoning_details": detail(type="reasoning.summary", summary="Spain")},
        {"reasoning_details": detail(type="reasoning.text", text=".")},
        {"reasoning_details": detail(type="reasoning.encrypted", data="EqQBCgIYAh")},
    ]
    said = [chunk({"role": "assistant", "content": "", **one}) for one in thoughts]
    server.script(sending(*said, chunk({"content": "Madrid."}), chunk(None, "stop", usage=USAGE)))
    told = await reply(router_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm, Spain.", "Madrid.")


@pytest.mark.parametrize(
    ("words", "reason", "told"),
    [
        (("stop", "end_turn"), FinishReason.STOP, ""),
        (("length", "max_tokens"), FinishReason.LENGTH, ""),
        (("content_filter", "SAFETY"), FinishReason.FILTER, "content_filter: SAFETY"),
        (("content_filter", "content_filter"), FinishReason.FILTER, ""),
        (("tool_calls", "tool_use"), FinishReason.TOOL, ""),
    ],
)
async def test_a_reason_to_stop_has_the_makers_own_word_where_that_says_more(
    server: ScriptedServer,
    make_model: ModelMaker,
    words: tuple[str, str],
    reason: FinishReason,
    told: str,
) -> None:
    server.script(sending(chunk({"content": "Mad"}), chunk(None, *words, usage=USAGE)))
    last = end_of(await reply(router_at(make_model, server)))
    assert (last.reason, last.word) == (reason, told)


def refusing(code: int, words: str, metadata: dict[str, Any] | None = None) -> Script:
    async def script(exchange: Exchange) -> None:
        more = {"metadata": metadata} if metadata else {}
        await exchange.answer(code, {"error": {"code": code, "message": words, **more}})

    return script


@pytest.mark.parametrize(
    ("refused", "error", "words"),
    [
        (
            refusing(402, "This request requires more credits, or fewer max_tokens."),
            QuotaUsedUp,
            "more credits",
        ),
        (
            refusing(
                403,
                "Your chosen model requires moderation and your input was flagged",
                {"reasons": ["violence"], "flagged_input": "…", "provider_name": "OpenAI"},
            ),
            ContentRefused,
            "flagged",
        ),
        (refusing(404, "No endpoints found for x/y."), UnknownModel, "No endpoints found"),
        (refusing(408, "Request timed out"), ModelTimeout, "gave up"),
        (
            refusing(
                429,
                "Provider returned error",
                {
                    "provider_name": "Google",
                    "raw": "google/gemini-2.5-flash is temporarily rate-limited upstream.",
                },
            ),
            RateLimited,
            "temporarily rate-limited upstream",
        ),
        (
            refusing(
                502,
                "Provider returned error",
                {
                    "provider_name": "Anthropic",
                    "raw": '{"type":"error","error":{"type":"api_error","message":"Overloaded"}}',
                },
            ),
            ModelUnavailable,
            "Overloaded",
        ),
        (
            refusing(404, "No allowed providers are available for the selected model."),
            ModelUnavailable,
            "see to provider in [providers.openrouter]",
        ),
        (
            refusing(404, "No endpoints found matching your data policy (Free model training)."),
            ModelUnavailable,
            "see to provider in [providers.openrouter]",
        ),
        (
            refusing(503, "There is no available model provider that meets your routing needs"),
            ModelUnavailable,
            "see to provider in [providers.openrouter]",
        ),
    ],
)
async def test_each_error_is_what_it_means_in_the_words_of_whoever_had_it(
    server: ScriptedServer,
    make_model: ModelMaker,
    refused: Script,
    error: type[Exception],
    words: str,
) -> None:
    server.script(refused)
    _, failure = await failed_reply(router_at(make_model, server))
    assert type(failure) is error
    assert words in str(failure)


async def test_an_error_inside_a_stream_keeps_what_came(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    error = {
        "code": 502,
        "message": "Provider returned error",
        "metadata": {"provider_name": "Anthropic", "raw": "upstream connection was reset"},
    }
    broken = chunk({"content": ""}, "error", error=error)
    server.script(sending(chunk({"content": "Mad"}), broken))
    came, failure = await failed_reply(router_at(make_model, server))
    assert came == "Mad"
    assert type(failure) is ModelUnavailable
    assert "upstream connection was reset" in str(failure)


async def test_a_reply_that_ends_in_an_error_without_words_says_whose_word_there_is(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    broken = chunk(None, "error", "MALFORMED_RESPONSE")
    server.script(sending(chunk({"content": "Mad"}), broken))
    came, failure = await failed_reply(router_at(make_model, server))
    assert (came, type(failure)) == ("Mad", BadResponse)
    assert "MALFORMED_RESPONSE" in str(failure)


async def test_a_gateway_without_marks_is_asked_without_them(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(400, "cache_control: Extra inputs are not permitted"), saying("x"))
    await reply(router_at(make_model, server), ModelRequest(talk(2)))
    assert marks(server.exchanges[-1].json) == []


async def test_a_model_that_has_to_think_is_asked_again_as_it_likes(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "Reasoning is mandatory for this endpoint and cannot be disabled."
    server.script(refusing(400, words), saying("x"))
    await reply(router_at(make_model, server), ask(reasoning_effort="none"))
    assert "reasoning" not in server.exchanges[-1].json


@pytest.mark.parametrize(
    ("base_url", "api", "protocol"),
    [
        ("https://openrouter.ai/api/v1", None, "openrouter"),
        ("https://openrouter.ai/api/v1", "chat-completions", "chat-completions"),
        ("https://gateway.example/v1", "openrouter", "openrouter"),
        ("https://openrouter.ai.example/v1", None, "chat-completions"),
    ],
)
def test_the_address_or_the_user_says_which_protocol_is_spoken(
    base_url: str, api: Any, protocol: str
) -> None:
    assert Endpoint("mine", base_url, KeySource("mine"), api=api).protocol == protocol


@pytest.mark.parametrize("kept", ["5m", "1h", "off"])
def test_quotes_go_by_what_it_is_told_to_keep(kept: Any) -> None:
    endpoint = Endpoint(
        "mine", "https://openrouter.ai/api/v1", KeySource("mine"), prompt_cache=kept
    )
    assert endpoint.keeps == kept
