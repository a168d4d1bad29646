"""Errors in every form that servers have for them, as public reports and their documentation show
them: the server's own words, and the right class, whether or not the reply had begun."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from chatui.domain.errors import (
    AuthenticationFailed,
    BadResponse,
    ContentRefused,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
    UnknownModel,
)
from chatui.models.base import TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.replies import failed_reply
from tests.scripted_server import Exchange, ScriptedServer, saying


@dataclass(frozen=True)
class Shape:
    """`body` comes with `status`, or inside a stream; `words` are in our sentence."""

    id: str
    body: Any
    kind: type[ModelError]
    words: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


PER_MINUTE = (
    "Rate limit reached for gpt-x in organization org-1 on tokens per min (TPM): Limit 30000, Used "
    "29000, Requested 2000. Please try again in 2s. You can increase your rate limit by adding a "
    "payment method to your account at https://example.com/account/billing."
)
GEMINI_MINUTE = [
    {
        "error": {
            "code": 429,
            "message": "You exceeded your current quota, please check your plan and billing "
            "details. Please retry in 23.4s.",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}],
                },
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "23s"},
            ],
        }
    }
]
OPENROUTER_RAW = {
    "error": {
        "message": "Provider returned error",
        "code": 429,
        "metadata": {
            "raw": '{"error":{"message":"m is temporarily rate-limited upstream"}}',
            "provider_name": "Somebody",
        },
    }
}
IN_A_STREAM = [
    Shape(
        "vllm",
        {
            "object": "error",
            "message": "CUDA out of memory. Tried to allocate 2 GiB",
            "type": "InternalServerError",
            "code": 500,
        },
        ModelUnavailable,
        "CUDA out of memory. Tried to allocate 2 GiB",
    ),
    Shape(
        "vllm-new",
        {"error": {"message": "Engine loop has died", "type": "InternalServerError", "code": 500}},
        ModelUnavailable,
        "Engine loop has died",
    ),
    Shape(
        "baidu-key",
        {"error_code": 110, "error_msg": "Access token invalid or no longer valid"},
        AuthenticationFailed,
        "Access token invalid or no longer valid",
    ),
    Shape(
        "baidu-rate",
        {"error_code": 18, "error_msg": "Open api qps request limit reached"},
        RateLimited,
        "Open api qps request limit reached",
    ),
    Shape(
        "baidu-quota",
        {"error_code": 19, "error_msg": "Open api total request limit reached"},
        QuotaUsedUp,
        "Open api total request limit reached",
    ),
    Shape(
        "baidu-busy",
        {"error_code": 336100, "error_msg": "try again later due to the high load"},
        ModelUnavailable,
        "high load",
    ),
    Shape(
        "alibaba-key",
        {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "r"},
        AuthenticationFailed,
        "Invalid API-key provided",
    ),
    Shape(
        "alibaba-arrears",
        {"code": "Arrearage", "message": "Access denied, please make sure your account is good."},
        QuotaUsedUp,
        "Access denied, please make sure",
    ),
    Shape(
        "alibaba-rate",
        {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded."},
        RateLimited,
        "Requests rate limit exceeded",
    ),
    Shape(
        "alibaba-content",
        {"code": "DataInspectionFailed", "message": "Input may contain inappropriate content."},
        ContentRefused,
        "Input may contain inappropriate content",
    ),
    Shape(
        "zhipu-arrears",
        {"error": {"code": "1113", "message": "您的账户已欠费，请充值后重试。"}},
        QuotaUsedUp,
        "您的账户已欠费",
    ),
    Shape(
        "zhipu-content",
        {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}},
        ContentRefused,
        "敏感内容",
    ),
    Shape(
        "zhipu-rate",
        {"error": {"code": "1302", "message": "您当前使用该API的并发数过高，请降低并发"}},
        RateLimited,
        "并发数过高",
    ),
    Shape(
        "minimax",
        {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail: key"}},
        AuthenticationFailed,
        "login fail: key",
    ),
    Shape(
        "google-list",
        [
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        AuthenticationFailed,
        "API key not valid",
    ),
    Shape("google-minute", GEMINI_MINUTE, RateLimited, "try again in 23 s"),
    Shape(
        "google-model",
        {"error": {"code": 404, "message": "models/x is not found", "status": "NOT_FOUND"}},
        UnknownModel,
        "models/x is not found",
    ),
    Shape(
        "anthropic",
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ModelUnavailable,
        "Overloaded",
    ),
    Shape(
        "anthropic-credit",
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "Your credit balance is too low to access the API.",
            },
        },
        QuotaUsedUp,
        "Your credit balance is too low",
    ),
    Shape("fastapi", {"detail": "Model 'x' not found"}, UnknownModel, "Model 'x' not found"),
    Shape(
        "fastapi-fields",
        {"detail": [{"loc": ["body", "top_k"], "msg": "field required", "type": "missing"}]},
        BadResponse,
        "body.top_k: field required",
    ),
    Shape("openrouter", OPENROUTER_RAW, RateLimited, "m is temporarily rate-limited upstream"),
    Shape(
        "openrouter-choice",
        {
            "choices": [
                {
                    "delta": {"content": ""},
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "Provider disconnected"},
                }
            ]
        },
        ModelUnavailable,
        "Provider disconnected",
    ),
    Shape(
        "litellm",
        {
            "error": {
                "message": 'litellm.BadRequestError: VertexException - {"error": {"code": 400, '
                '"message": "The input token count exceeds the maximum"}}',
                "code": "400",
            }
        },
        ContextTooLong,
        "The input token count exceeds the maximum",
    ),
    Shape(
        "cloudflare",
        {"success": False, "errors": [{"code": 7009, "message": "Upstream service unavailable"}]},
        ModelUnavailable,
        "Upstream service unavailable",
    ),
    Shape(
        "volcengine",
        {"ResponseMetadata": {"Error": {"Code": "InvalidApiKey", "Message": "Invalid api key"}}},
        AuthenticationFailed,
        "Invalid api key",
    ),
    Shape("gateway", {"message": "Unauthorized"}, AuthenticationFailed, "Unauthorized"),
    Shape(
        "quota-by-code",
        {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}},
        QuotaUsedUp,
        "You exceeded your quota",
    ),
    Shape(
        "minute-and-billing",
        {"error": {"message": PER_MINUTE, "code": "rate_limit_exceeded"}},
        RateLimited,
        "try again in 2 s",
    ),
    Shape(
        "timeout",
        {"error": {"message": "Request timed out", "type": "timeout_error"}},
        ModelTimeout,
        "gave up waiting",
    ),
    Shape(
        "problem",
        {"type": "about:blank", "title": "Oops", "status": 503, "detail": "No worker is free"},
        ModelUnavailable,
        "No worker is free",
    ),
    Shape("string", {"error": "model overloaded"}, ModelUnavailable, "model overloaded"),
]
REFUSED = [
    Shape("minute", {"error": {"message": PER_MINUTE}}, RateLimited, "try again in 2 s", 429),
    Shape("google-minute", GEMINI_MINUTE, RateLimited, "try again in 23 s", 429),
    Shape(
        "header-first",
        {"error": {"message": PER_MINUTE}},
        RateLimited,
        "in 70 s",
        429,
        {"retry-after": "70"},
    ),
    Shape(
        "arrears",
        {"code": "Arrearage", "message": "Access denied, please make sure your account is good."},
        QuotaUsedUp,
        "is used up",
        400,
    ),
    Shape(
        "content",
        {
            "error": {
                "code": "content_filter",
                "message": "The prompt triggered Azure's content management policy",
            }
        },
        ContentRefused,
        "content management policy",
        400,
    ),
    Shape("key", {"detail": "Not authenticated"}, AuthenticationFailed, "Not authenticated", 401),
    Shape("plain", "upstream connect error", ModelUnavailable, "upstream connect error", 503),
    Shape(
        "google-key",
        [{"error": {"code": 400, "message": "API key not valid", "status": "INVALID_ARGUMENT"}}],
        AuthenticationFailed,
        "API key not valid",
        400,
    ),
]


def ids(shape: Shape) -> str:
    return shape.id


def checked(shape: Shape, error: ModelError) -> None:
    assert type(error) is shape.kind
    assert shape.words in str(error)


@pytest.mark.parametrize("shape", IN_A_STREAM, ids=ids)
async def test_an_error_behind_half_an_answer_ends_it_in_the_servers_own_words(
    shape: Shape, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half of ")
        await exchange.event(shape.body)
        await exchange.done()

    server.script(script)
    text, error = await failed_reply(make_model(server.base_url))
    assert text == "Half of "
    checked(shape, error)


@pytest.mark.parametrize("shape", IN_A_STREAM, ids=ids)
async def test_an_error_that_is_answered_as_if_all_were_well_is_one(
    shape: Shape, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(lambda exchange: exchange.answer(200, shape.body))
    _, error = await failed_reply(make_model(server.base_url))
    checked(shape, error)


@pytest.mark.parametrize("shape", REFUSED, ids=ids)
async def test_a_refusal_is_of_its_kind_whatever_its_form(
    shape: Shape, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        plain = isinstance(shape.body, str)
        kind = {"Content-Type": "text/plain" if plain else "application/json"}
        await exchange.head(shape.status, kind | shape.headers)
        await exchange.raw(shape.body.encode() if plain else json.dumps(shape.body).encode())
        await exchange.end()

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))
    checked(shape, error)


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (
            b'event: error\ndata: {"type":"overloaded_error","message":"Overloaded"}\n\n',
            ModelUnavailable,
            "Overloaded",
        ),
        (b"event: error\ndata: CUDA error: device lost\n\n", ModelUnavailable, "CUDA error"),
        (b'event: error\ndata: "the engine crashed"\n\n', ModelUnavailable, "the engine crashed"),
        (b"data: Internal Server Error\n\n", ModelUnavailable, "Internal Server Error"),
    ],
)
async def test_an_event_of_plain_words_or_of_that_name_is_an_error(
    raw: bytes, kind: type[ModelError], words: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half of ")
        await exchange.raw(raw)
        await exchange.done()

    server.script(script)
    text, error = await failed_reply(make_model(server.base_url))
    assert text == "Half of "
    assert type(error) is kind
    assert words in str(error)


async def test_a_plain_text_with_a_200_is_the_servers_word(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {"Content-Type": "text/plain"})
        await exchange.raw(b"no healthy upstream")
        await exchange.end()

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))
    assert type(error) is ModelUnavailable
    assert "no healthy upstream" in str(error)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain", ""])
async def test_what_a_body_is_counts_more_than_what_its_head_says(
    kind: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    whole = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
    streamed = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n'
    for body in (json.dumps(whole).encode(), streamed):

        async def script(exchange: Exchange, body: bytes = body) -> None:
            await exchange.head(200, {"Content-Type": kind} if kind else {})
            await exchange.raw(body)
            await exchange.end()

        server.script(script)
        events = [event async for event in make_model(server.base_url).stream(ask())]
        assert TextDelta("Hello") in events


@pytest.mark.parametrize(
    "field", [{"error": None}, {"error": ""}, {"error": {}}, {"error_code": 0}, {"code": 0},
              {"base_resp": {"status_code": 0, "status_msg": ""}}, {"message": "success"}]
)  # fmt: skip
async def test_an_empty_error_beside_a_reply_is_none(
    field: dict[str, Any], server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event({"choices": [{"delta": {"content": "Hello"}}], **field})
        await exchange.event({"id": "1", "choices": [], "usage": {"prompt_tokens": 1}, **field})
        await exchange.done()

    server.script(script)
    events = [event async for event in make_model(server.base_url).stream(ask())]
    assert TextDelta("Hello") in events


async def test_the_wait_that_a_body_asks_for_is_kept_to(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(
        lambda exchange: exchange.error(429, "Rate limit: try again in 20ms."), saying("Hello")
    )
    events = [event async for event in make_model(server.base_url, retries=1).stream(ask())]
    assert TextDelta("Hello") in events


@pytest.mark.parametrize("code", ["insufficient_quota", "Arrearage"])
async def test_a_quota_that_is_used_up_is_not_asked_again(
    code: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(lambda exchange: exchange.error(429, "Nothing left", code=code))
    await failed_reply(make_model(server.base_url, retries=2))
    assert len(server.exchanges) == 1
