"""Each known provider's published form of a request, a stream and a refusal, replayed over real
sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason, Message, Role
from chatui.domain.errors import AuthenticationFailed, ModelError, QuotaUsedUp, RateLimited
from chatui.domain.known_providers import KNOWN, STANDARD_ALONE, known_provider, provider_at
from chatui.domain.usage import Usage
from chatui.models.base import ModelRequest, SamplingOptions
from tests.models.conftest import KEY, ModelMaker
from tests.models.hosted.named_events import sending
from tests.models.hosted.talk import canonical
from tests.models.hosted.test_responses import answering, ended, numbered, said
from tests.models.replies import end_of, failed_reply, reasoning_of, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer


@dataclass(frozen=True, kw_only=True)
class Published:
    """`fields` are those of a request beside model, messages and stream, for a temperature of 0.5,
    a seed of 7 and the conversation's key; `thoughts` and `usage` what a stream of `chunks` tells;
    `status` and `body` a refusal."""

    fields: dict[str, Any]
    chunks: tuple[dict[str, Any], ...]
    usage: Usage
    status: int
    body: dict[str, Any]
    error: type[ModelError]
    thoughts: str = ""
    reason: FinishReason = FinishReason.STOP
    before: bytes = b""
    """What a stream begins with."""
    head: dict[str, str] = field(default_factory=dict)


def chunk(reason: str | None = None, usage: object = None, **delta: object) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
    told = {"usage": usage} if usage is not None else {}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **told,
    }


def counted(**usage: object) -> dict[str, Any]:
    return {**chunk(), "choices": [], "usage": usage}


ASKED = {"include_usage": True}
FORMS = {
    # https://api-docs.deepseek.com/api/create-chat-completion
    "deepseek": Published(
        fields={"temperature": 0.5, "stream_options": ASKED},
        before=b": keep-alive\n\n",
        chunks=(
            chunk(role="assistant", content=None, reasoning_content=""),
            chunk(content=None, reasoning_content="Hm."),
            chunk(content="Madrid.", reasoning_content=None),
            chunk("stop", content=""),
            counted(
                prompt_tokens=2312,
                completion_tokens=90,
                total_tokens=2402,
                prompt_cache_hit_tokens=2240,
                prompt_cache_miss_tokens=72,
                prompt_tokens_details={"cached_tokens": 2240},
                completion_tokens_details={"reasoning_tokens": 64},
            ),
        ),
        thoughts="Hm.",
        usage=Usage(input=72, cache_read=2240, output=90, reasoning=64),
        status=402,
        body={"error": {"message": "Insufficient Balance", "type": "unknown_error"}},
        error=QuotaUsedUp,
    ),
    # https://docs.mistral.ai/api/endpoint/chat
    "mistral": Published(
        fields={"temperature": 0.5},
        chunks=(
            chunk(role="assistant", content=""),
            chunk(
                content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}],
            ),
            chunk(content="Madrid."),
            chunk(
                "stop",
                {
                    "prompt_tokens": 2312,
                    "total_tokens": 2402,
                    "completion_tokens": 90,
                    "prompt_tokens_details": {"cached_tokens": 2048},
                },
                content="",
            ),
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90),
        status=401,
        body={"message": "Unauthorized", "request_id": "r1"},
        error=AuthenticationFailed,
    ),
    # https://console.groq.com/docs/api-reference#chat-create
    "groq": Published(
        fields={"temperature": 0.5, "seed": 7, "stream_options": ASKED},
        chunks=(
            {**chunk(role="assistant", content=""), "x_groq": {"id": "req_1"}},
            chunk(reasoning="Hm."),
            chunk(content="Madrid."),
            {
                **chunk("stop"),
                "x_groq": {
                    "id": "req_1",
                    "usage": {
                        "queue_time": 0.01,
                        "prompt_tokens": 2312,
                        "prompt_time": 0.02,
                        "completion_tokens": 90,
                        "completion_time": 0.3,
                        "total_tokens": 2402,
                        "total_time": 0.32,
                        "prompt_tokens_details": {"cached_tokens": 2048},
                        "completion_tokens_details": {"reasoning_tokens": 64},
                    },
                },
            },
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90, reasoning=64),
        status=429,
        body={
            "error": {
                "message": "Rate limit reached for model `openai/gpt-oss-120b` on tokens per minute"
                " (TPM): Limit 8000, Used 7900, Requested 500. Please try again in 3s.",
                "type": "tokens",
                "code": "rate_limit_exceeded",
            }
        },
        error=RateLimited,
    ),
    # https://docs.together.ai/reference/chat-completions
    "together": Published(
        fields={"temperature": 0.5, "seed": 7, "stream_options": ASKED},
        chunks=(
            chunk(role="assistant", content="", reasoning="Hm."),
            chunk(content="Madrid."),
            chunk(
                "eos",
                {
                    "prompt_tokens": 2312,
                    "completion_tokens": 90,
                    "total_tokens": 2402,
                    "cached_tokens": 2048,
                },
                content="",
            ),
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90),
        status=401,
        body={
            "id": "o1",
            "error": {
                "message": "Invalid API key provided. You can find your API key at "
                "https://api.together.ai/settings/api-keys.",
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_api_key",
            },
        },
        error=AuthenticationFailed,
    ),
    # https://help.aliyun.com/en/model-studio/qwen-api-via-openai-chat-completions
    "dashscope": Published(
        fields={"temperature": 0.5, "seed": 7, "stream_options": ASKED},
        chunks=(
            {**chunk(role="assistant", content=None, reasoning_content=""), "usage": None},
            {**chunk(content=None, reasoning_content="Hm."), "usage": None},
            {**chunk(content="Madrid.", reasoning_content=None), "usage": None},
            {**chunk("stop", content=""), "usage": None},
            counted(
                prompt_tokens=2312,
                completion_tokens=90,
                total_tokens=2402,
                prompt_tokens_details={"cached_tokens": 2048},
                completion_tokens_details={"reasoning_tokens": 64},
            ),
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90, reasoning=64),
        status=400,
        body={
            "error": {
                "code": "Arrearage",
                "message": "Access denied, please make sure your account is in good standing.",
                "type": "Arrearage",
                "param": None,
            },
            "request_id": "r1",
        },
        error=QuotaUsedUp,
    ),
    # https://cloud.baidu.com/doc/qianfan-api/s/3m7of64lb
    "qianfan": Published(
        fields={"temperature": 0.5, "seed": 7, "stream_options": ASKED},
        chunks=(
            chunk(content="", reasoning_content="Hm."),
            chunk(content="Madrid."),
            chunk("stop", content=""),
            counted(prompt_tokens=2312, completion_tokens=90, total_tokens=2402),
        ),
        thoughts="Hm.",
        usage=Usage(input=2312, output=90),
        status=401,
        body={
            "error": {
                "code": "invalid_iam_token",
                "message": "IAM Certification failed",
                "type": "invalid_request_error",
            },
            "id": "as-1",
        },
        error=AuthenticationFailed,
    ),
    # https://docs.z.ai/api-reference/llm/chat-completion
    "zai": Published(
        fields={"temperature": 0.5, "stream_options": ASKED},
        chunks=(
            chunk(role="assistant", reasoning_content="Hm."),
            chunk(role="assistant", content="Madrid."),
            chunk(
                "stop",
                {
                    "prompt_tokens": 2312,
                    "completion_tokens": 90,
                    "total_tokens": 2402,
                    "prompt_tokens_details": {"cached_tokens": 2048},
                },
                role="assistant",
                content="",
            ),
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90),
        status=401,
        body={"error": {"code": "1000", "message": "Authentication Failed"}},
        error=AuthenticationFailed,
    ),
    # https://docs.bigmodel.cn/cn/api/api-code
    "zhipuai": Published(
        fields={"temperature": 0.5, "stream_options": ASKED},
        chunks=(
            chunk(role="assistant", content="Madrid."),
            chunk(
                "sensitive",
                {
                    "prompt_tokens": 2312,
                    "completion_tokens": 90,
                    "total_tokens": 2402,
                    "prompt_tokens_details": {"cached_tokens": 2048},
                },
                role="assistant",
                content="",
            ),
        ),
        usage=Usage(input=264, cache_read=2048, output=90),
        reason=FinishReason.FILTER,
        status=429,
        body={"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}},
        error=QuotaUsedUp,
    ),
    # https://platform.kimi.ai/docs/api/chat
    "moonshot": Published(
        fields={"temperature": 0.5, "stream_options": ASKED, "prompt_cache_key": "k"},
        chunks=(
            chunk(role="assistant", content=""),
            chunk(reasoning_content="Hm."),
            chunk(content="Madrid."),
            {
                **chunk(),
                "choices": [
                    {
                        "index": 0,
                        "delta": {},
                        "finish_reason": "stop",
                        "usage": {
                            "prompt_tokens": 2312,
                            "completion_tokens": 90,
                            "total_tokens": 2402,
                            "cached_tokens": 2048,
                        },
                    }
                ],
            },
        ),
        thoughts="Hm.",
        usage=Usage(input=264, cache_read=2048, output=90),
        status=429,
        body={
            "error": {
                "message": "Your account is suspended due to insufficient balance, please recharge "
                "your account or check your plan and billing details",
                "type": "exceeded_current_quota_error",
            }
        },
        error=QuotaUsedUp,
    ),
}
ELSEWHERE = {"openai", "anthropic", "google", "openrouter", "ollama", "xai"}
"""Those with protocols of their own, which have tests of their own."""
TALK = (Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "The capital of Spain?"))


def streaming(published: Published) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.raw(published.before)
        for one in published.chunks:
            await exchange.event(one)
        await exchange.done()

    return script


def test_every_known_provider_is_tested() -> None:
    assert FORMS.keys() | ELSEWHERE == {one.name for one in KNOWN}


@pytest.mark.parametrize("name", FORMS)
async def test_a_request_is_in_the_providers_form_to_the_byte(
    server: ScriptedServer, make_model: ModelMaker, name: str
) -> None:
    known = known_provider(name)
    assert known is not None
    server.script(streaming(FORMS[name]))
    options = SamplingOptions(temperature=0.5, seed=7, top_k=None)
    request = ModelRequest(TALK, options=options, cache_key="k")
    await reply(make_model(server.base_url, known.model, name=name), request)
    sent = server.exchanges[0]
    assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert canonical(sent.json) == canonical(
        {
            "model": known.model,
            "stream": True,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "The capital of Spain?"},
            ],
            **FORMS[name].fields,
        }
    )


@pytest.mark.parametrize("name", FORMS)
async def test_a_stream_is_read_as_the_provider_documents_it(
    server: ScriptedServer, make_model: ModelMaker, name: str
) -> None:
    published = FORMS[name]
    server.script(streaming(published))
    told = await reply(make_model(server.base_url, name=name))
    assert (text_of(told), reasoning_of(told)) == ("Madrid.", published.thoughts)
    assert (end_of(told).usage, end_of(told).reason) == (published.usage, published.reason)


@pytest.mark.parametrize("name", FORMS)
async def test_a_refusal_is_what_the_provider_means_by_it(
    server: ScriptedServer, make_model: ModelMaker, name: str
) -> None:
    published = FORMS[name]

    async def refusing(exchange: Exchange) -> None:
        await exchange.answer(published.status, published.body)

    server.script(refusing)
    _, failure = await failed_reply(make_model(server.base_url, name=name))
    assert type(failure) is published.error


async def test_xai_is_asked_by_the_responses_api_with_the_conversations_key(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    usage = {
        "input_tokens": 2312,
        "input_tokens_details": {"cached_tokens": 2048},
        "output_tokens": 90,
        "output_tokens_details": {"reasoning_tokens": 64},
        "total_tokens": 2402,
        "cost_in_usd_ticks": 37_756_000,
    }
    server.script(sending(*numbered(*said("Madrid."), ended(usage=usage))), answering("x"))
    model = make_model(server.base_url, "grok-4.7", name="xai", api="responses")
    options = SamplingOptions(temperature=0.5, reasoning_effort="high")
    told = await reply(model, ModelRequest(TALK, options=options, cache_key="k"))
    assert server.exchanges[0].json == {
        "model": "grok-4.7",
        "stream": True,
        "store": False,
        "temperature": 0.5,
        "reasoning": {"effort": "high"},
        "prompt_cache_key": "k",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "The capital of Spain?"},
        ],
    }
    assert end_of(told).usage == Usage(input=264, cache_read=2048, output=90, reasoning=64)
    assert str(end_of(told).reported_cost) == "0.0037756"
    known = provider_at("https://api.x.ai/v1")
    assert known is not None
    assert known.api == "responses"


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.deepseek.com/beta", "deepseek"),
        ("https://api.moonshot.cn/v1", "moonshot"),
        ("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "dashscope"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.openai.com.example/v1", None),
        ("https://notapi.mistral.ai/v1", None),
        ("http://127.0.0.1:11434/v1", None),
        ("no address", None),
        ("https://[", None),
    ],
)
def test_a_provider_is_known_by_its_own_hosts_alone(base_url: str, name: str | None) -> None:
    known = provider_at(base_url)
    assert (known.name if known else None) == name


def test_no_key_and_no_host_is_two_providers() -> None:
    keys = [key for one in KNOWN for key in one.keys.split(",") if key]
    hosts = [host for one in KNOWN for host in (one.host, *one.hosts)]
    names = [one.name for one in KNOWN]
    for values in (keys, hosts, names):
        assert len(values) == len(set(values))
    # What other programs are given a token for must not make chatui ask somebody.
    assert not {"HF_TOKEN", "GITHUB_TOKEN", "NVIDIA_API_KEY"} & set(keys)
    assert all(one.base_url.startswith("https://") for one in KNOWN if not one.local)
    assert all(one.without <= {*STANDARD_ALONE, *OPTION_NAMES} for one in KNOWN)


OPTION_NAMES = (
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop",
    "reasoning_effort",
)  # fmt: skip
