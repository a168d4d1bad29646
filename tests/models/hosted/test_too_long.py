"""Prompts that are too long: each server's own words for it, and what they tell of the limit."""

from __future__ import annotations

import pytest

from chatui.domain.errors import BadResponse, ContextTooLong, RateLimited
from chatui.models.hosted.too_long import LARGEST, TokensTold, tokens_told
from tests.models.conftest import ModelMaker, endpoint_at
from tests.models.replies import failed_reply
from tests.scripted_server import Exchange, Script, ScriptedServer

FORMS: dict[str, tuple[int, str, int | None, int | None]] = {
    "openai": (
        400,
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "9001 tokens. Please reduce the length of the messages.",
        8192,
        9001,
    ),
    "openai, configured": (
        400,
        "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
        "275123 tokens. Please reduce the length of the messages.",
        272_000,
        275_123,
    ),
    "openai, without figures": (
        400,
        "Your input exceeds the context window of this model. Please adjust your input and try "
        "again.",
        None,
        None,
    ),
    "azure, with the reply": (
        400,
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
        "(4000 in the messages, 1000 in the completion). Please reduce the length of the messages "
        "or completion.",
        4096,
        4000,
    ),
    "llama.cpp": (
        400,
        "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
        4096,
        5000,
    ),
    "llama-cpp-python": (
        400,
        "This model's maximum context length is 512 tokens, however you requested 700 tokens "
        "(600 in your prompt; 100 for the completion). Please reduce your prompt; or completion "
        "length.",
        512,
        600,
    ),
    "llama-cpp-python, inside": (
        500,
        "Requested tokens (2285) exceed context window of 2048",
        2048,
        2285,
    ),
    "ollama": (400, "prompt too long; exceeded max context length by 12 tokens", None, None),
    "vllm": (
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 100. This model's maximum context "
        "length is 4096 tokens and your request has 4050 input tokens (100 > 4096 - 4050).",
        4096,
        4050,
    ),
    "vllm, the prompt": (
        400,
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make "
        "sure that `max_model_len` is no smaller than the number of text tokens.",
        4096,
        5000,
    ),
    "vllm, the parameter": (
        400,
        "You passed 5000 input tokens and requested 0 output tokens. However, the model's context "
        "length is only 4096 tokens, resulting in a maximum input length of 4096 tokens.",
        4096,
        5000,
    ),
    "sglang": (
        400,
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        4096,
        5000,
    ),
    "mistral": (
        400,
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
        "context length",
        32_768,
        40_000,
    ),
    "deepseek": (
        400,
        "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens "
        "(66000 in the messages, 4000 in the completion). Please reduce the length of the messages "
        "or completion.",
        65_536,
        66_000,
    ),
    "anthropic": (400, "prompt is too long: 213462 tokens > 200000 maximum", 200_000, 213_462),
    "anthropic, with the reply": (
        400,
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease "
        "input length or `max_tokens` and try again",
        200_000,
        190_000,
    ),
    "gemini": (
        400,
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
        1_048_575,
        1_196_265,
    ),
    "vertex": (
        400,
        "Unable to submit request because the input token count is 40000 but model only supports "
        "up to 32768. Reduce the input token count and try again.",
        32_768,
        40_000,
    ),
    "groq": (400, "Please reduce the length of the messages or completion.", None, None),
    "groq, in a minute": (
        413,
        "Request too large for model `small` in organization `o` on tokens per minute (TPM): Limit "
        "6000, Requested 7000, please reduce your message size and try again.",
        6000,
        7000,
    ),
    "openai, in a minute": (
        429,
        "Request too large for big in organization org on tokens per min (TPM): Limit 30000, "
        "Requested 36000. The input or output tokens must be reduced in order to run successfully.",
        30_000,
        36_000,
    ),
    "openrouter": (
        400,
        "This endpoint's maximum context length is 131,072 tokens. However, you requested about "
        "140000 tokens (139000 of text input, 1000 in the output). Please reduce the length of "
        "either one.",
        131_072,
        139_000,
    ),
    "xai": (
        400,
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        131_072,
        537_812,
    ),
    "together": (
        422,
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 "
        "`inputs` tokens and 512 `max_new_tokens`",
        4097,
        4000,
    ),
    "fireworks": (
        400,
        "The prompt is too long: 5000, model maximum context length: 4096",
        4096,
        5000,
    ),
    "cohere": (
        400,
        "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000. "
        "Try using a shorter prompt.",
        4081,
        5000,
    ),
    "cerebras": (
        400,
        "Please reduce the length of the messages or completion. Current length is 9000 while "
        "limit is 8192",
        8192,
        9000,
    ),
    "github": (413, "Request body too large for gpt-4o model. Max size: 8000 tokens.", 8000, None),
    "copilot": (
        400,
        "prompt token count of 133000 exceeds the limit of 128000",
        128_000,
        133_000,
    ),
    "moonshot": (
        400,
        "Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)",
        8192,
        9000,
    ),
    "qwen": (400, "Range of input length should be [1, 30720]", 30_720, None),
    "zhipu": (400, "Prompt exceeds max length", None, None),
    "lm studio": (
        400,
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is "
        "loaded with context length of only 4096 tokens, which is not enough.",
        4096,
        5000,
    ),
    "tabby": (400, "Prompt length 5000 is greater than max_seq_len 4096", 4096, 5000),
    "bedrock": (400, "Input is too long for requested model.", None, None),
    "minimax": (400, "invalid params, context window exceeds limit", None, None),
}


@pytest.mark.parametrize("server_of", FORMS)
async def test_a_prompt_that_is_too_long_is_known_by_each_servers_words(
    server_of: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    status, words, limit, prompt = FORMS[server_of]
    server.script(lambda exchange: exchange.error(status, words))
    _, error = await failed_reply(make_model(server.base_url, retries=2))

    assert isinstance(error, ContextTooLong)
    assert (error.limit, error.prompt) == (limit, prompt)
    assert len(server.exchanges) == 1


async def test_llama_cpp_tells_the_tokens_in_fields(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(
        lambda exchange: exchange.error(
            400,
            "the request exceeds the available context size, try increasing it",
            type="exceed_context_size_error",
            n_prompt_tokens=1407,
            n_ctx=256,
        )
    )
    _, error = await failed_reply(make_model(server.base_url))

    assert isinstance(error, ContextTooLong)
    assert (error.limit, error.prompt) == (256, 1407)


async def nothing(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.end()


async def only_comments(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.raw(b": ping\r\n\r\n")
    await exchange.end()


async def cut_before_a_word(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.cut()


async def who_is_speaking_and_no_more(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.delta(role="assistant")
    await exchange.end()


async def gone(exchange: Exchange) -> None:
    await exchange.cut()


@pytest.mark.parametrize(
    "script", [nothing, only_comments, cut_before_a_word, who_is_speaking_and_no_more, gone]
)
async def test_a_server_that_ends_in_silence_is_asked_why(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    status, words, limit, prompt = FORMS["llama-cpp-python"]
    server.script(script, lambda exchange: exchange.error(status, words))
    _, error = await failed_reply(make_model(server.base_url))

    assert isinstance(error, ContextTooLong)
    assert (error.limit, error.prompt) == (limit, prompt)
    first, second = (exchange.json for exchange in server.exchanges)
    assert second["messages"] == first["messages"]
    assert (second["stream"], second["max_tokens"]) == (False, 1)


@pytest.mark.parametrize("script", [nothing, only_comments])
async def test_silence_that_has_another_reason_stays_what_it_is(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    whole = {"choices": [{"message": {"content": "Well"}, "finish_reason": "length"}]}
    server.script(script, lambda exchange: exchange.answer(200, whole))
    _, error = await failed_reply(make_model(server.base_url))

    assert type(error) is BadResponse
    assert "sent an empty reply" in str(error)


async def test_a_reply_that_broke_off_is_not_asked_for_once_more(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("It was")
        await exchange.cut()

    server.script(broken)
    text, error = await failed_reply(make_model(server.base_url))

    assert (text, type(error), len(server.exchanges)) == ("It was", BadResponse, 1)


@pytest.mark.parametrize(
    ("url", "local", "may_bill"),
    [
        ("https://api.example.com/v1", False, True),
        ("https://api.example.com/v1", True, False),
        ("http://192.168.1.4:8000/v1", False, False),
    ],
)
def test_a_question_that_may_cost_money_is_not_asked_of_a_silent_server(
    url: str, local: bool, may_bill: bool
) -> None:
    assert endpoint_at(url, local=local).may_bill is may_bill


LM_STUDIO = (
    "The number of tokens to keep from the initial prompt is greater than the context length."
)


@pytest.mark.parametrize("told", [LM_STUDIO, {"message": LM_STUDIO}], ids=["text", "object"])
async def test_lm_studio_says_so_within_the_stream(
    told: object, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.raw(b"event: error\n")
        await exchange.event({"error": told})
        await exchange.end()

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))

    assert isinstance(error, ContextTooLong)
    assert len(server.exchanges) == 1


async def test_too_many_tokens_in_a_minute_are_waited_for_where_that_helps(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(
        lambda exchange: exchange.error(429, "Too many tokens, please wait before trying again.")
    )
    _, error = await failed_reply(make_model(server.base_url))

    assert isinstance(error, RateLimited)


@pytest.mark.parametrize(
    "words",
    [
        "maximum context length is 0 tokens",
        f"maximum context length is {LARGEST} tokens",
        "maximum context length is 99999999999999999999999 tokens",
    ],
)
def test_what_is_no_size_of_a_context_is_not_taken_for_one(words: str) -> None:
    assert tokens_told({}, words) == TokensTold()


@pytest.mark.parametrize("field", [True, -5, 2**40, "many", [4096], None])
def test_a_field_of_the_wrong_type_is_passed_over(field: object) -> None:
    assert tokens_told({"error": {"n_ctx": field}}, "") == TokensTold()
