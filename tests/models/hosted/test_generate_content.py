"""Gemini's own API over real sockets, held to what is published of it: requests to the byte,
events, usage and errors as https://ai.google.dev/api/generate-content has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import (
    AuthenticationFailed,
    ContextTooLong,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
    UnknownModel,
)
from chatui.domain.usage import Usage
from chatui.models.base import GO_ON, ModelInfo, ModelRequest, SamplingOptions
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.discovery import served_models
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.models.hosted.option_warnings import OptionWarnings
from chatui.system.api_key import KeySource
from tests.models.conftest import KEY, ModelMaker, ask, endpoint_at
from tests.models.hosted.talk import TALK, canonical
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import EVENTS, Exchange, Script, ScriptedServer

GOOGLE = "https://generativelanguage.googleapis.com"
USAGE = {
    "promptTokenCount": 2300,
    "cachedContentTokenCount": 2000,
    "candidatesTokenCount": 15,
    "thoughtsTokenCount": 40,
    "totalTokenCount": 2355,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2300}],
    "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 2000}],
}


def event(
    *parts: dict[str, Any], usage: dict[str, Any] | None = None, **candidate: object
) -> dict[str, Any]:
    inside = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    return {
        "candidates": [{**inside, "index": 0, **candidate}],
        **({"usageMetadata": usage} if usage else {}),
        "modelVersion": "gemini-2.5-flash",
        "responseId": "mwKZaLbJNe-5xN8Pi7Hb6Ag",
    }


def sending(*events: object, cut: int = 0) -> Script:
    """The events as `alt=sse` has them, in pieces of so many bytes; 0 sends all at once."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, EVENTS)
        data = b"".join(b"data: %s\r\n\r\n" % json.dumps(one).encode() for one in events)
        size = cut or len(data)
        for at in range(0, len(data), size):
            await exchange.raw(data[at : at + size])
        await exchange.end()

    return script


def saying(*pieces: str) -> Script:
    last = event({"text": pieces[-1]}, usage=USAGE, finishReason="STOP")
    return sending(*(event({"text": piece}) for piece in pieces[:-1]), last)


def refusing(code: int, status: str, words: str, *details: dict[str, Any]) -> Script:
    async def script(exchange: Exchange) -> None:
        told = {"code": code, "message": words, "status": status, "details": list(details)}
        await exchange.answer(code, {"error": told})

    return script


def wrong(words: str) -> Script:
    return refusing(400, "INVALID_ARGUMENT", words)


def gemini_at(
    make_model: ModelMaker, server: ScriptedServer, model: str = "gemini-2.5-flash", **fields: Any
) -> HostedModel:
    return make_model(server.base_url, model, name="google", api="gemini", **fields)


async def test_a_request_is_the_published_one_to_the_byte(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("Madrid."))
    options = SamplingOptions(
        max_output_tokens=4000,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=7,
        stop=("END",),
        presence_penalty=0.1,
        frequency_penalty=0.2,
        reasoning_effort="low",
    )
    await reply(gemini_at(make_model, server), ModelRequest(TALK, options=options))
    sent = server.exchanges[0]
    assert (sent.method, sent.path) == (
        "POST",
        "/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    )
    assert sent.headers["x-goog-api-key"] == KEY
    assert KEY not in sent.path
    assert sent.headers["content-type"] == "application/json"
    assert "authorization" not in sent.headers
    assert canonical(sent.json) == (
        '{"contents":['
        '{"parts":[{"text":"What is the capital of France?"}],"role":"user"},'
        '{"parts":[{"text":"Paris."}],"role":"model"},'
        '{"parts":[{"text":"<<< passages\\n[1] …\\n>>>\\n\\nAnd of Spain?"}],"role":"user"}],'
        '"generationConfig":{"frequencyPenalty":0.2,"maxOutputTokens":4000,"presencePenalty":0.1,'
        '"seed":7,"stopSequences":["END"],"temperature":0.5,'
        '"thinkingConfig":{"includeThoughts":true,"thinkingBudget":1024},"topK":40,"topP":0.9},'
        '"systemInstruction":{"parts":[{"text":"Be brief."}]}}'
    )


async def test_a_request_without_a_system_prompt_and_options_has_only_its_contents(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("x"))
    await reply(gemini_at(make_model, server, "gemini-2.0-flash"), ask("Hi"))
    assert server.exchanges[0].json == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("gemini-4-argon", "models/gemini-4-argon"),
        ("models/gemini-4-argon", "models/gemini-4-argon"),
        ("tunedModels/mine-1x2", "tunedModels/mine-1x2"),
        ("odd name?x#", "models/odd%20name%3Fx%23"),
    ],
)
async def test_a_model_is_asked_where_it_is_served(
    server: ScriptedServer, make_model: ModelMaker, model: str, place: str
) -> None:
    server.script(saying("x"))
    await reply(gemini_at(make_model, server, model))
    assert server.exchanges[0].path == f"/v1/{place}:streamGenerateContent?alt=sse"


@pytest.mark.parametrize("cut", [0, 1, 7])
async def test_a_reply_has_its_thoughts_apart_and_its_usage_in_buckets(
    server: ScriptedServer, make_model: ModelMaker, cut: int
) -> None:
    early = {"promptTokenCount": 2300, "totalTokenCount": 2320, "cachedContentTokenCount": 2000}
    events = [
        event({"text": "Hm, ", "thought": True}, usage=early),
        event({"text": "Spain.", "thought": True}),
        event({"text": "Mad"}),
        event({"text": "rid.", "thoughtSignature": "EqQB"}, usage=USAGE, finishReason="STOP"),
    ]
    server.script(sending(*events, cut=cut))
    told = await reply(gemini_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm, Spain.", "Madrid.")
    last = end_of(told)
    assert (last.reason, last.model) == (FinishReason.STOP, "gemini-2.5-flash")
    # What was cached is in the prompt; what was thought is not in the candidates.
    assert last.usage == Usage(input=300, cache_read=2000, output=55, reasoning=40)
    assert last.raw_usage == USAGE


async def test_a_count_that_the_end_leaves_out_was_told_before(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    end = {"promptTokenCount": 30, "candidatesTokenCount": 2, "totalTokenCount": 32}
    server.script(
        sending(
            event({"text": "Mad"}, usage={**end, "cachedContentTokenCount": 10}),
            event({"text": "rid."}, usage=end, finishReason="STOP"),
        )
    )
    usage = end_of(await reply(gemini_at(make_model, server))).usage
    assert usage == Usage(input=20, cache_read=10, output=2)


async def test_a_class_of_service_is_asked_for_and_the_one_that_was_billed_is_told(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    model = gemini_at(make_model, server, service_tier="flex")
    for tier in ("flex", "standard"):
        usage = {**USAGE, "serviceTier": tier}
        server.script(sending(event({"text": "x"}, usage=usage, finishReason="STOP")))
        assert end_of(await reply(model)).tier == tier
    assert server.exchanges[0].json["serviceTier"] == "flex"


async def test_a_class_of_service_that_is_refused_is_left_out_and_told(
    server: ScriptedServer,
) -> None:
    server.script(wrong("service_tier FLEX is not supported by this model."), saying("x"))
    told: list[str] = []
    endpoint = endpoint_at(server.base_url, name="google", api="gemini", service_tier="flex")
    connection = Connection(endpoint)
    info = ModelInfo("google/gemini-2.5-flash")
    await reply(HostedModel(info, connection, OptionWarnings(told.append)))
    await connection.close()
    assert "serviceTier" not in server.exchanges[-1].json
    assert "service_tier" in told[0]


REASONS = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "SAFETY": FinishReason.FILTER,
    "RECITATION": FinishReason.FILTER,
    "LANGUAGE": FinishReason.FILTER,
    "BLOCKLIST": FinishReason.FILTER,
    "PROHIBITED_CONTENT": FinishReason.FILTER,
    "SPII": FinishReason.FILTER,
    "IMAGE_SAFETY": FinishReason.FILTER,
    "IMAGE_PROHIBITED_CONTENT": FinishReason.FILTER,
    "IMAGE_RECITATION": FinishReason.FILTER,
    "MALFORMED_FUNCTION_CALL": FinishReason.TOOL,
    "UNEXPECTED_TOOL_CALL": FinishReason.TOOL,
    "TOO_MANY_TOOL_CALLS": FinishReason.TOOL,
    "NO_IMAGE": FinishReason.OTHER,
    "IMAGE_OTHER": FinishReason.OTHER,
    "OTHER": FinishReason.OTHER,
    "SOMETHING_NEW": FinishReason.OTHER,
}


@pytest.mark.parametrize("word", REASONS)
async def test_each_reason_to_stop_is_known(
    server: ScriptedServer, make_model: ModelMaker, word: str
) -> None:
    server.script(sending(event({"text": "Mad"}), event(usage=USAGE, finishReason=word)))
    assert end_of(await reply(gemini_at(make_model, server))).reason is REASONS[word]


@pytest.mark.parametrize("word", ["MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE"])
async def test_a_reply_that_its_server_could_not_make_is_an_error(
    server: ScriptedServer, make_model: ModelMaker, word: str
) -> None:
    server.script(sending(event({"text": "Mad"}), event(usage=USAGE, finishReason=word)))
    came, failure = await failed_reply(gemini_at(make_model, server))
    assert came == "Mad"
    assert word in str(failure)


async def test_a_reason_between_the_pieces_that_says_nothing_is_none(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    unsaid = event({"text": "Mad"}, finishReason="FINISH_REASON_UNSPECIFIED")
    server.script(sending(unsaid, event({"text": "rid."}, usage=USAGE, finishReason="STOP")))
    told = await reply(gemini_at(make_model, server))
    assert (text_of(told), end_of(told).reason) == ("Madrid.", FinishReason.STOP)


@pytest.mark.parametrize(
    ("candidate", "word"),
    [
        (
            {
                "finishReason": "SAFETY",
                "safetyRatings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"},
                    {
                        "category": "HARM_CATEGORY_DANGEROUS_CONTENT",
                        "probability": "HIGH",
                        "blocked": True,
                    },
                ],
            },
            "SAFETY: HARM_CATEGORY_DANGEROUS_CONTENT",
        ),
        (
            {
                "finishReason": "MALFORMED_FUNCTION_CALL",
                "finishMessage": "Malformed function call: print(1)",
            },
            "MALFORMED_FUNCTION_CALL: Malformed function call: print(1)",
        ),
    ],
)
async def test_an_end_tells_what_was_behind_it(
    server: ScriptedServer, make_model: ModelMaker, candidate: dict[str, Any], word: str
) -> None:
    server.script(sending(event(usage=USAGE, **candidate)))
    assert end_of(await reply(gemini_at(make_model, server))).word == word


@pytest.mark.parametrize(
    "reason", ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY"]
)
async def test_a_prompt_that_is_not_taken_ends_as_filtered_and_is_booked(
    server: ScriptedServer, make_model: ModelMaker, reason: str
) -> None:
    blocked = {
        "promptFeedback": {"blockReason": reason},
        "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12},
        "modelVersion": "gemini-2.5-flash",
    }
    server.script(sending(blocked))
    last = end_of(await reply(gemini_at(make_model, server)))
    assert (last.reason, last.word) == (FinishReason.FILTER, f"content_filter: {reason}")
    assert last.usage == Usage(input=12)


async def test_a_server_that_does_not_stream_is_read_as_well(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def whole(exchange: Exchange) -> None:
        parts = ({"text": "Hm.", "thought": True}, {"text": "Madrid."})
        await exchange.answer(200, event(*parts, usage=USAGE, finishReason="STOP"))

    server.script(whole)
    told = await reply(gemini_at(make_model, server))
    assert (reasoning_of(told), text_of(told)) == ("Hm.", "Madrid.")


@pytest.mark.parametrize(
    ("model", "effort", "told"),
    [
        ("gemini-2.0-flash", "high", None),
        ("gemma-3-27b-it", "high", None),
        ("gemini-2.5-flash", None, {"includeThoughts": True}),
        ("gemini-2.5-flash", "none", {"includeThoughts": False, "thinkingBudget": 0}),
        ("gemini-2.5-flash", "medium", {"includeThoughts": True, "thinkingBudget": 8192}),
        ("gemini-2.5-flash", "xhigh", {"includeThoughts": True, "thinkingBudget": 24_576}),
        ("gemini-2.5-flash-lite", None, None),
        ("gemini-2.5-flash-lite", "low", {"includeThoughts": True, "thinkingBudget": 1024}),
        ("gemini-2.5-pro", "none", {"includeThoughts": True, "thinkingBudget": 128}),
        ("gemini-2.5-pro", "xhigh", {"includeThoughts": True, "thinkingBudget": 32_768}),
        ("gemini-3-pro-preview", "medium", {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        ("gemini-3-pro-preview", "none", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-3-flash-preview", "none", {"includeThoughts": True, "thinkingLevel": "MINIMAL"}),
        ("gemini-3.8-flash", None, {"includeThoughts": True}),
        ("gemini-3.8-flash", "minimal", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-4-argon", "medium", {"includeThoughts": True, "thinkingLevel": "MEDIUM"}),
        ("gemini-4-argon", "xhigh", {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        ("gemini-of-tomorrow", "none", {"includeThoughts": True, "thinkingLevel": "LOW"}),
    ],
)
async def test_a_reasoning_effort_is_told_as_the_model_takes_it(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    effort: str | None,
    told: dict[str, Any] | None,
) -> None:
    server.script(saying("x"))
    await reply(gemini_at(make_model, server, model), ask(reasoning_effort=effort))
    config = server.exchanges[0].json.get("generationConfig", {})
    assert config.get("thinkingConfig") == told


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        ("gemini-2.5-flash", ("high", 4000), {"includeThoughts": True, "thinkingBudget": 2000}),
        ("gemini-2.5-flash", (None, 200), {"includeThoughts": False, "thinkingBudget": 0}),
        ("gemini-2.5-flash-lite", ("high", 600), {"includeThoughts": False, "thinkingBudget": 0}),
        ("gemini-2.5-pro", (None, 200), {"includeThoughts": True, "thinkingBudget": 128}),
        ("gemini-3.8-flash", (None, 200), {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-3.8-flash", ("high", 200), {"includeThoughts": True, "thinkingLevel": "HIGH"}),
    ],
)
async def test_a_short_reply_has_its_room_for_the_answer(
    server: ScriptedServer,
    make_model: ModelMaker,
    model: str,
    asked: tuple[str | None, int],
    told: dict[str, Any],
) -> None:
    server.script(saying("x"))
    effort, limit = asked
    request = ask(reasoning_effort=effort, max_output_tokens=limit)
    await reply(gemini_at(make_model, server, model), request)
    assert server.exchanges[0].json["generationConfig"]["thinkingConfig"] == told


async def test_a_reply_is_no_longer_than_what_the_list_says_of_the_model(
    server: ScriptedServer,
) -> None:
    server.script(saying("x"))
    connection = Connection(endpoint_at(server.base_url, name="google", api="gemini"))
    hosted = HostedModel(ModelInfo("google/gemini-2.5-flash", max_output=65_536), connection)
    await reply(hosted, ask(max_output_tokens=10**6))
    await connection.close()
    assert server.exchanges[0].json["generationConfig"]["maxOutputTokens"] == 65_536


async def test_options_that_it_has_no_field_for_are_left_out_and_told(
    server: ScriptedServer,
) -> None:
    server.script(saying("x"))
    told: list[str] = []
    connection = Connection(endpoint_at(server.base_url, name="google", api="gemini"))
    hosted = HostedModel(
        ModelInfo("google/gemini-2.0-flash"), connection, OptionWarnings(told.append)
    )
    await reply(hosted, ask(min_p=0.1, repeat_penalty=1.1, reasoning_effort="low"))
    await connection.close()
    assert "generationConfig" not in server.exchanges[0].json
    assert all(name in told[0] for name in ("min_p", "repeat_penalty", "reasoning_effort"))


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 2}},
    "required": ["city"],
}


async def test_a_schema_is_told_by_what_the_model_takes_of_it_and_the_rest_in_words(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("{}"))
    await reply(gemini_at(make_model, server), ask(json_schema=SCHEMA))
    body = server.exchanges[0].json
    config = body["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"]["properties"] == {"city": {"type": "string"}}
    assert "minLength" in body["systemInstruction"]["parts"][0]["text"]


@pytest.mark.parametrize(
    ("words", "mime"),
    [
        ("The specified schema produces a constraint that has too many states", True),
        ("Unknown name \"responseJsonSchema\" at 'generation_config': Cannot find field.", True),
        ("JSON mode is not enabled for models/gemma-3-27b-it", False),
    ],
)
async def test_a_refused_schema_is_told_in_words(
    server: ScriptedServer, make_model: ModelMaker, words: str, mime: bool
) -> None:
    server.script(wrong(words), saying("{}"))
    await reply(gemini_at(make_model, server), ask(json_schema=SCHEMA))
    body = server.exchanges[-1].json
    config = body["generationConfig"]
    assert "responseJsonSchema" not in config
    assert ("responseMimeType" in config) is mime
    assert "city" in body["systemInstruction"]["parts"][0]["text"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Thinking level is not supported for this model.", {"includeThoughts": True}),
        ("Budget 0 is invalid. This model only works in thinking mode.", {"includeThoughts": True}),
    ],
)
async def test_a_refused_effort_leaves_the_thinking_to_the_model(
    server: ScriptedServer, make_model: ModelMaker, words: str, left: dict[str, Any]
) -> None:
    server.script(wrong(words), saying("x"))
    await reply(gemini_at(make_model, server, "gemini-3.8-flash"), ask(reasoning_effort="none"))
    assert server.exchanges[-1].json["generationConfig"]["thinkingConfig"] == left


async def test_a_model_that_does_not_think_is_asked_without_thoughts(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = "Thinking is not enabled for models/gemini-new-image"
    server.script(wrong(words), saying("x"))
    model = gemini_at(make_model, server, "gemini-new-image")
    await reply(model)
    await reply(model)
    assert [("generationConfig" in sent.json) for sent in server.exchanges] == [True, False, False]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Penalty is not enabled for this model", {"topK", "seed", "stopSequences"}),
        (
            "Invalid JSON payload received. Unknown name \"seed\" at 'generation_config': "
            "Cannot find field.",
            {"topK", "presencePenalty", "frequencyPenalty", "stopSequences"},
        ),
        (
            "top_k is not supported by this model",
            {"seed", "presencePenalty", "frequencyPenalty", "stopSequences"},
        ),
    ],
)
async def test_an_option_that_a_refusal_names_is_left_out(
    server: ScriptedServer, make_model: ModelMaker, words: str, left: set[str]
) -> None:
    server.script(wrong(words), saying("x"))
    options: dict[str, Any] = {
        "top_k": 5,
        "seed": 1,
        "presence_penalty": 1,
        "frequency_penalty": 1,
        "stop": ("x",),
    }
    await reply(gemini_at(make_model, server, "gemini-2.0-flash"), ask(**options))
    assert server.exchanges[-1].json["generationConfig"].keys() == left


async def test_a_reply_is_gone_on_with_in_words(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(saying("a time"))
    messages = (Message(Role.USER, "Tell."), Message(Role.ASSISTANT, "Once upon "))
    await reply(gemini_at(make_model, server), ModelRequest(messages, begun=True))
    assert server.exchanges[0].json["contents"] == [
        {"role": "user", "parts": [{"text": "Tell."}]},
        {"role": "model", "parts": [{"text": "Once upon "}]},
        {"role": "user", "parts": [{"text": GO_ON}]},
    ]


INFO = "type.googleapis.com/google.rpc."


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (
            refusing(
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                {"@type": f"{INFO}ErrorInfo", "reason": "API_KEY_INVALID"},
            ),
            AuthenticationFailed,
        ),
        (
            refusing(403, "PERMISSION_DENIED", "Your API key was reported as leaked."),
            AuthenticationFailed,
        ),
        (
            refusing(
                404,
                "NOT_FOUND",
                "models/gemini-9 is not found for API version v1beta, or is not supported for "
                "generateContent. Call ListModels to see the list of available models.",
            ),
            UnknownModel,
        ),
        (
            refusing(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota. Please retry in 23.5s.",
                {"@type": f"{INFO}RetryInfo", "retryDelay": "23s"},
            ),
            RateLimited,
        ),
        (
            refusing(
                429,
                "RESOURCE_EXHAUSTED",
                "Your prepayment credits are depleted. Please go to AI Studio to manage your "
                "project and billing.",
            ),
            QuotaUsedUp,
        ),
        (refusing(503, "UNAVAILABLE", "The model is overloaded."), ModelUnavailable),
        (refusing(500, "INTERNAL", "An internal error has occurred."), ModelUnavailable),
    ],
)
async def test_each_error_is_what_it_means(
    server: ScriptedServer, make_model: ModelMaker, refused: Script, error: type[Exception]
) -> None:
    server.script(refused)
    _, failure = await failed_reply(gemini_at(make_model, server))
    assert type(failure) is error


async def test_an_error_in_a_list_is_read_as_one(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def listed(exchange: Exchange) -> None:
        error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
        await exchange.answer(503, [{"error": error}])

    server.script(listed)
    _, failure = await failed_reply(gemini_at(make_model, server))
    assert type(failure) is ModelUnavailable
    assert "The model is overloaded" in str(failure)


async def test_a_prompt_that_is_too_long_tells_by_how_much(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    words = (
        "The input token count (1213462) exceeds the maximum number of tokens allowed (1048576)."
    )
    server.script(wrong(words))
    _, failure = await failed_reply(gemini_at(make_model, server))
    assert isinstance(failure, ContextTooLong)
    assert (failure.limit, failure.prompt) == (1_048_576, 1_213_462)


async def test_an_error_inside_a_stream_keeps_what_came(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    server.script(sending(event({"text": "Mad"}), {"error": error}))
    came, failure = await failed_reply(gemini_at(make_model, server))
    assert (came, type(failure)) == ("Mad", ModelUnavailable)


async def test_a_stream_that_ends_early_is_no_whole_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(sending(event({"text": "Mad"})))
    came, failure = await failed_reply(gemini_at(make_model, server))
    assert came == "Mad"
    assert "before it was whole" in str(failure)


async def test_the_tokens_of_a_prompt_are_counted_with_its_system_prompt(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def counting(exchange: Exchange) -> None:
        await exchange.answer(200, {"totalTokens": 31, "promptTokensDetails": []})

    server.script(counting)
    options = SamplingOptions(temperature=1.0)
    told = await gemini_at(make_model, server).count(ModelRequest(TALK, options=options))
    sent = server.exchanges[0]
    assert told == 31
    assert sent.path == "/v1/models/gemini-2.5-flash:countTokens"
    assert sent.headers["x-goog-api-key"] == KEY
    inside = sent.json["generateContentRequest"]
    assert sent.json.keys() == {"generateContentRequest"}
    assert inside.keys() == {"model", "systemInstruction", "contents"}
    assert inside["model"] == "models/gemini-2.5-flash"
    assert len(inside["contents"]) == 3


async def test_the_list_of_models_is_read_page_by_page(server: ScriptedServer) -> None:
    def entry(name: str, *methods: str) -> dict[str, object]:
        return {
            "name": f"models/{name}",
            "version": "001",
            "displayName": name,
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": list(methods),
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            **({"thinking": True} if "pro" in name else {}),
        }

    async def pages(exchange: Exchange) -> None:
        assert exchange.headers["x-goog-api-key"] == KEY
        assert KEY not in exchange.path
        if "pageToken=next" in exchange.path:
            page: dict[str, object] = {"models": [entry("gemini-2.5-pro", "generateContent")]}
        else:
            first = entry("gemini-2.5-flash", "generateContent", "countTokens")
            page = {"models": [first, entry("gemini-embedding-001", "embedContent")]}
            page["nextPageToken"] = "next"
        await exchange.answer(200, page)

    server.script(pages)
    connection = Connection(endpoint_at(server.base_url, name="google", api="gemini"))
    found = await served_models(connection, 5.0)
    await connection.close()
    assert [(one.model, one.context_size, one.max_output, one.thinks) for one in found] == [
        ("gemini-2.5-flash", 1_048_576, 65_536, False),
        ("gemini-2.5-pro", 1_048_576, 65_536, True),
    ]


@pytest.mark.parametrize(
    ("model", "thinks", "told"),
    [
        ("gemini-of-tomorrow", False, False),
        ("gemini-of-tomorrow", None, True),
        ("gemma-of-tomorrow", True, True),
        ("gemma-of-tomorrow", None, False),
        # What is known of it counts more than what a list leaves out.
        ("gemini-2.5-flash", False, True),
    ],
)
async def test_the_list_says_whether_a_model_that_is_not_known_thinks(
    server: ScriptedServer, model: str, thinks: bool | None, told: bool
) -> None:
    server.script(saying("x"))
    connection = Connection(endpoint_at(server.base_url, name="google", api="gemini"))
    hosted = HostedModel(ModelInfo(f"google/{model}", thinks=thinks), connection)
    await reply(hosted)
    await connection.close()
    assert ("generationConfig" in server.exchanges[0].json) is told


@pytest.mark.parametrize(
    ("base_url", "api", "protocol", "asked"),
    [
        (f"{GOOGLE}/v1beta", None, "gemini", f"{GOOGLE}/v1beta"),
        (f"{GOOGLE}/v1beta/openai", None, "gemini", f"{GOOGLE}/v1beta"),
        (f"{GOOGLE}/v1beta/openai/", None, "gemini", f"{GOOGLE}/v1beta"),
        (
            f"{GOOGLE}/v1beta/openai",
            "chat-completions",
            "chat-completions",
            f"{GOOGLE}/v1beta/openai",
        ),
        ("https://gateway.example/v1beta", "gemini", "gemini", "https://gateway.example/v1beta"),
        ("https://gateway.example/v1", None, "chat-completions", "https://gateway.example/v1"),
    ],
)
def test_the_address_or_the_user_says_which_protocol_is_spoken(
    base_url: str, api: Any, protocol: str, asked: str
) -> None:
    endpoint = Endpoint("mine", base_url, KeySource("mine"), api=api)
    assert (endpoint.protocol, endpoint.http_url) == (protocol, asked)
