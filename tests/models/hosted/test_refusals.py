"""Servers that refuse: one sentence says why, and what passes is tried again."""

import asyncio

import pytest

from chatui.domain.errors import (
    AuthenticationFailed,
    BadResponse,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    QuotaUsedUp,
    RateLimited,
    UnknownModel,
)
from chatui.models.base import TextDelta
from tests.models.conftest import KEY, ModelMaker, ask
from tests.models.fault_scripts import (
    page,
    refusing,
)
from tests.models.replies import (
    assert_next_reply_works,
    failed_reply,
)
from tests.scripted_server import Exchange, Script, ScriptedServer, saying


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (page(200), BadResponse, "a web page instead of a stream"),
        (page(502), ModelUnavailable, "failed with HTTP 502; try"),
        (page(404), ModelUnavailable, "check base_url in [providers.test]"),
        (refusing(401, f"Incorrect API key: {KEY}"), AuthenticationFailed, "set TEST_KEY"),
        (refusing(403, "Country not supported"), AuthenticationFailed, "Country not supported"),
        (refusing(404, "The model `tiny` does not exist"), UnknownModel, "has no model 'tiny'"),
        (refusing(400, "x", code="model_not_found"), UnknownModel, "has no model 'tiny'"),
        (refusing(429, "Slow down"), RateLimited, "(Slow down)"),
        (refusing(429, "x", code="insufficient_quota"), QuotaUsedUp, "is used up"),
        (refusing(402, "Insufficient Balance"), QuotaUsedUp, "is used up"),
        (
            refusing(400, "maximum context length is 10 tokens", code="context_length_exceeded"),
            ContextTooLong,
            "maximum context length is 10 tokens",
        ),
        (refusing(413, "Too big"), ContextTooLong, "as long as this"),
        (refusing(400, "Bad \x1b]0;x\x07thing\n" + KEY), BadResponse, "(Bad thing …)"),
        (refusing(500, "Oops"), ModelUnavailable, "HTTP 500 (Oops)"),
        (refusing(503, "Loading model"), ModelUnavailable, "Loading model"),
        (refusing(504, "Slow"), ModelTimeout, "gave up waiting"),
        (lambda e: e.answer(200, {"error": {"message": "No credit"}}), QuotaUsedUp, "No credit"),
        (lambda e: e.answer(200, "not { json"), BadResponse, "web page"),
    ],
)
async def test_a_refusal_is_one_sentence_that_says_what_to_do(
    script: Script,
    kind: type[ModelError],
    words: str,
    server: ScriptedServer,
    make_model: ModelMaker,
) -> None:
    server.script(script)
    model = make_model(server.base_url)
    text, error = await failed_reply(model)
    assert text == ""
    assert type(error) is kind
    assert words in str(error)
    await assert_next_reply_works(server, model)


async def test_a_body_of_something_else_is_no_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, {})
        await exchange.raw(b"welcome to the router")
        await exchange.end()

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))
    assert "something else instead of a stream" in str(error)


async def test_passing_faults_are_tried_again(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(500, "Oops"), refusing(429, "Slow down"), saying("Hello"))
    events = [event async for event in make_model(server.base_url, retries=2).stream(ask())]
    assert TextDelta("Hello") in events
    assert len(server.exchanges) == 3


async def test_no_more_is_tried_than_the_settings_say(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(500, "Oops"))
    await failed_reply(make_model(server.base_url, retries=1))
    assert len(server.exchanges) == 2


@pytest.mark.parametrize(
    "script",
    [
        refusing(400, "Bad"),
        refusing(401, "Bad"),
        refusing(429, "Bad", code="insufficient_quota"),
        refusing(500, "the prompt exceeds the available context size"),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(script)
    await failed_reply(make_model(server.base_url, retries=2))
    assert len(server.exchanges) == 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [("90", "in 90 s"), ("Fri, 31 Dec 9999 23:59:59 GMT", "in 31536000 s")],
)
async def test_a_long_retry_after_is_told_and_not_waited_for(
    asked: str, told: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(lambda exchange: exchange.error(429, "Slow", {"Retry-After": asked}))
    _, error = await failed_reply(make_model(server.base_url, retries=2))
    assert f"try again {told}" in str(error)
    assert len(server.exchanges) == 1


async def test_a_short_retry_after_is_kept_to(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    loop = asyncio.get_running_loop()
    asked: list[float] = []

    async def script(exchange: Exchange) -> None:
        asked.append(loop.time())
        if len(asked) == 1:
            await exchange.error(429, "Slow", {"retry-after-ms": "300"})
        else:
            await saying("Hello")(exchange)

    server.script(script)
    _ = [event async for event in make_model(server.base_url, retries=1).stream(ask())]
    assert asked[1] - asked[0] >= 0.3


async def test_an_address_where_nothing_listens_is_named(make_model: ModelMaker) -> None:
    async with ScriptedServer() as gone:
        address = gone.base_url
    _, error = await failed_reply(make_model(address, retries=2, local=True))
    assert type(error) is ModelUnavailable
    assert f"Nothing answers at {address} (test); start it" in str(error)


async def test_a_connection_closed_without_an_answer_is_tried_again(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(Exchange.cut, saying("Hello"))
    model = make_model(server.base_url, retries=1)
    assert TextDelta("Hello") in [event async for event in model.stream(ask())]


@pytest.mark.parametrize(
    "address", ["no-scheme", "ftp://host/v1", "http://[bad/v1", "http://h:99999/", "http://", ""]
)
async def test_an_address_that_is_none_is_an_error_like_any_other(
    address: str, make_model: ModelMaker
) -> None:
    _, error = await failed_reply(make_model(address))
    assert type(error) is ModelUnavailable
