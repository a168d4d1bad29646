"""Servers that fail: what came is kept, one sentence says what happened, the next reply works."""

import asyncio
import traceback

import pytest

from chatui.conversation import FinishReason
from chatui.errors import (
    AuthenticationFailed,
    BadResponse,
    ChatuiError,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    UnknownModel,
)
from chatui.models.base import Finished, ModelEvent, TextDelta
from chatui.models.hosted import HostedModel
from tests.models.conftest import KEY, ModelMaker, ask
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

NO_WAIT = {"Retry-After": "0"}


async def failed_reply(model: HostedModel) -> tuple[str, ModelError]:
    """The text that came before the fault, and the error, which must be fit to be shown."""
    text = ""
    with pytest.raises(ModelError) as caught:
        async for event in model.stream(ask()):
            assert not isinstance(event, Finished)
            text += event.text if isinstance(event, TextDelta) else ""
    assert_fit_to_show(caught.value)
    return text, caught.value


def assert_fit_to_show(error: ChatuiError) -> None:
    message = str(error)
    assert message.endswith((".", "?"))
    assert "\n" not in message
    assert "\x1b" not in message
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in repr(error)


async def assert_next_reply_works(server: ScriptedServer, model: HostedModel) -> None:
    server.script(saying("Well again"))
    events = [event async for event in model.stream(ask())]
    assert events == [TextDelta("Well again"), Finished(FinishReason.STOP)]


async def cut_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.cut()


async def end_without_finishing(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.end()


async def bad_json(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.raw(b'data: {"choices": [{"delta": {"content": "wo\n\n')


async def error_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.event({"error": {"message": "engine fell over", "code": 502}})


async def silence_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    await exchange.until_the_client_leaves()


async def pulse_in_mid_stream(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Hello")
    while not exchange.client_left.is_set():
        await exchange.raw(b": keep-alive\n\n")
        await exchange.delta()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (cut_in_mid_stream, BadResponse, "broke off"),
        (end_without_finishing, BadResponse, "before it was whole"),
        (bad_json, BadResponse, "not valid JSON"),
        (error_in_mid_stream, ModelUnavailable, "engine fell over"),
        (silence_in_mid_stream, ModelTimeout, "sent nothing more for 0.2 s"),
        (pulse_in_mid_stream, ModelTimeout, "sent nothing more for 0.2 s"),
    ],
)
async def test_a_fault_in_mid_stream_keeps_the_text_that_came(
    script: Script,
    kind: type[ModelError],
    words: str,
    server: ScriptedServer,
    make_model: ModelMaker,
) -> None:
    server.script(script)
    model = make_model(server.base_url, silence_seconds=0.2)
    text, error = await failed_reply(model)
    assert text == "Hello"
    assert type(error) is kind
    assert words in str(error)
    await assert_next_reply_works(server, model)


async def no_bytes(exchange: Exchange) -> None:
    await exchange.until_the_client_leaves()


async def only_comments(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.client_left.is_set():
        await exchange.raw(b": keep-alive\n\n")
        await asyncio.sleep(0.01)


async def only_empty_deltas(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.client_left.is_set():
        await exchange.delta(role="assistant", content="")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("script", [no_bytes, only_comments, only_empty_deltas])
async def test_a_server_without_a_first_token_is_given_up(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(script)
    model = make_model(server.base_url, first_token_seconds=0.3)
    _, error = await failed_reply(model)
    assert type(error) is ModelTimeout
    assert "did not begin to answer within 0.3 s" in str(error)
    await asyncio.wait_for(server.exchanges[0].client_left.wait(), 5)
    await assert_next_reply_works(server, model)


async def test_a_slow_first_token_is_waited_for(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await asyncio.sleep(0.5)
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.done()

    server.script(script)
    model = make_model(server.base_url, first_token_seconds=20.0, silence_seconds=0.3)
    assert TextDelta("Hello") in [event async for event in model.stream(ask())]


async def test_a_stream_that_stays_open_after_its_end_is_left(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.hosted.USAGE_SECONDS", 0.1)

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.until_the_client_leaves()

    server.script(script)
    events = [event async for event in make_model(server.base_url).stream(ask())]
    assert events == [TextDelta("Hello"), Finished(FinishReason.STOP)]


def refusing(status: int, message: str, **fields: object) -> Script:
    return lambda exchange: exchange.error(status, message, NO_WAIT, **fields)


def page(status: int) -> Script:
    return lambda exchange: exchange.answer(status, "<html><body>Hello</body></html>", NO_WAIT)


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
        (refusing(429, "x", code="insufficient_quota"), RateLimited, "is used up"),
        (refusing(402, "Insufficient Balance"), RateLimited, "is used up"),
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
        (lambda e: e.answer(200, {"error": {"message": "No credit"}}), BadResponse, "No credit"),
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


async def test_a_long_retry_after_is_told_and_not_waited_for(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(lambda exchange: exchange.error(429, "Slow", {"Retry-After": "90"}))
    _, error = await failed_reply(make_model(server.base_url, retries=2))
    assert "try again in 90 s" in str(error)
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


async def test_an_endless_event_is_given_up(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.event_stream.EVENT_LIMIT", 10_000)

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        while not exchange.client_left.is_set():
            await exchange.raw(b"data: " + b"x" * 1000)

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url))
    assert "without end" in str(error)


async def test_leaving_a_reply_closes_the_connection(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(pulse_in_mid_stream)
    model = make_model(server.base_url)
    stream = model.stream(ask())
    assert await anext(stream) == TextDelta("Hello")
    await stream.aclose()
    await asyncio.wait_for(server.exchanges[0].client_left.wait(), 5)
    await assert_next_reply_works(server, model)


@pytest.mark.parametrize("script", [no_bytes, silence_in_mid_stream, pulse_in_mid_stream])
async def test_cancelling_whoever_reads_closes_the_connection(
    script: Script, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(script)
    model = make_model(server.base_url)

    async def read() -> list[ModelEvent]:
        return [event async for event in model.stream(ask())]

    reading = asyncio.create_task(read())
    while not server.exchanges:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.wait_for(server.exchanges[0].client_left.wait(), 5)
    await assert_next_reply_works(server, model)
