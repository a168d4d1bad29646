"""When a streamed reply is over, and how: servers tell a reason too early, too often or never."""

import asyncio

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import BadResponse, ModelError
from chatui.models.base import Finished, ModelEvent, TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.replies import end_of, failed_reply, reply, text_of
from tests.scripted_server import Exchange, Script, ScriptedServer

SHORT = 0.05
"""Seconds for which usage is waited for in these tests."""


def chunk(reason: str | None, **delta: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def with_pauses(*chunks: dict[str, object], closing: bool = False) -> Script:
    """Each chunk after a pause that is longer than usage is waited for, then [DONE] or the end."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for each in chunks:
            await exchange.event(each)
            await asyncio.sleep(4 * SHORT)
        await (exchange.end() if closing else exchange.done())

    return script


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatui.models.hosted.hosted.USAGE_SECONDS", SHORT)


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize(
    "chunks",
    [
        (chunk("stop", role="assistant", content=""), chunk(None, content="Hello ")),
        (chunk("stop", content="Hello "), chunk("stop", content="")),
        (chunk("stop", reasoning_content="Hm."), chunk("stop", content="Hello ")),
        (chunk("stop", content="Hel"), chunk("stop", content="lo ")),
        (chunk("stop", role="assistant"), chunk("stop", content="Hello ")),
        (chunk("", content="Hel"), chunk("", content="lo ")),
    ],
    ids=["first", "every", "reasoning", "pieces", "role", "empty"],
)
async def test_a_reason_that_comes_too_early_does_not_end_the_reply(
    chunks: tuple[dict[str, object], ...],
    closing: bool,
    server: ScriptedServer,
    make_model: ModelMaker,
) -> None:
    server.script(with_pauses(*chunks, chunk("stop", content="there"), closing=closing))
    assert text_of(await reply(make_model(server.base_url))) == "Hello there"


async def test_silence_after_text_and_a_reason_is_the_end(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(chunk("stop", content="Hello"))
        await exchange.until_the_client_leaves()

    server.script(script)
    events = await reply(make_model(server.base_url, silence_seconds=0.2))
    assert events == [TextDelta("Hello"), Finished(FinishReason.STOP)]


async def test_silence_after_a_reason_alone_is_no_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(chunk("stop", role="assistant", content=""))
        await exchange.until_the_client_leaves()

    server.script(script)
    _, error = await failed_reply(make_model(server.base_url, first_token_seconds=0.3))
    assert "did not begin to answer" in str(error)


async def test_a_cut_behind_reasons_that_came_with_every_piece_is_a_fault(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(chunk("stop", content="Hel"))
        await exchange.event(chunk("stop", content="lo"))
        await exchange.cut()

    server.script(script)
    text, error = await failed_reply(make_model(server.base_url))
    assert text == "Hello"
    assert type(error) is BadResponse


@pytest.mark.parametrize(
    "word", ["error", "network_error", "insufficient_system_resource", "abort"]
)
async def test_a_reply_that_its_server_broke_off_is_a_fault_and_not_an_end(
    word: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half of ")
        await exchange.finish(word)
        await exchange.done()

    server.script(script)
    text, error = await failed_reply(make_model(server.base_url))
    assert text == "Half of "
    assert type(error) is BadResponse
    assert "broke off the reply" in str(error)


async def gathered(server: ScriptedServer, make_model: ModelMaker) -> list[ModelEvent]:
    events: list[ModelEvent] = []
    try:
        async for event in make_model(server.base_url).stream(ask()):
            events.append(event)
    except ModelError as error:
        pytest.fail(str(error))
    return events


@pytest.mark.parametrize("name", ["tool_calls", "function_call"])
async def test_a_call_of_a_tool_is_told_from_an_empty_answer(
    name: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(content=None, **{name: [{"function": {"name": "f"}}]})
        await exchange.finish("stop")
        await exchange.done()

    server.script(script)
    assert end_of(await gathered(server, make_model)).reason is FinishReason.TOOL


async def test_a_refusal_beside_the_answer_is_text_and_told_as_one(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(content=None, refusal="I can't help with that.")
        await exchange.finish("stop")
        await exchange.done()

    server.script(script)
    events = await gathered(server, make_model)
    assert text_of(events) == "I can't help with that."
    assert end_of(events).reason is FinishReason.REFUSAL


@pytest.mark.parametrize(
    ("part", "reasoning"),
    [
        ({"type": "thinking", "thinking": "Hm."}, "Hm."),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, "Hm."),
        ({"type": "reasoning", "text": "Hm."}, "Hm."),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}, "Hm."),
        ({"type": "image_url", "image_url": {"url": "x"}}, ""),
    ],
)
async def test_parts_of_reasoning_are_kept_apart(
    part: dict[str, object], reasoning: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    from tests.models.replies import reasoning_of

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(content=[part, {"type": "text", "text": "Yes."}])
        await exchange.finish()
        await exchange.done()

    server.script(script)
    events = await gathered(server, make_model)
    assert (reasoning_of(events), text_of(events)) == (reasoning, "Yes.")


def done_after(*chunks: dict[str, object]) -> Script:
    """`[DONE]` alone behind them."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for each in chunks:
            await exchange.event(each)
        await exchange.done()

    return script


def without_reasons(text: str) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


@pytest.mark.parametrize("text", ["", "Hel"])
async def test_a_reply_that_ends_without_the_reason_that_its_chunks_have_a_place_for_was_broken_off(
    text: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(done_after(chunk(None, role="assistant"), chunk(None, content=text)))
    came, error = await failed_reply(make_model(server.base_url))
    assert came == text
    assert "ended the reply before it was whole" in str(error)


async def test_a_server_that_has_told_a_reason_once_owes_one_each_time(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    model = make_model(server.base_url)
    server.script(
        done_after(without_reasons("one")),
        done_after(chunk("stop", content="two")),
        done_after(without_reasons("thr")),
    )
    assert [text_of(await reply(model)) for _ in range(2)] == ["one", "two"]
    came, error = await failed_reply(model)
    assert (came, type(error)) == ("thr", BadResponse)


async def test_a_server_that_never_tells_a_reason_is_soon_taken_as_it_is(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    model = make_model(server.base_url)
    server.script(*[done_after(chunk(None, content="Hello"))] * 4)
    for _ in range(2):
        await failed_reply(model)
    assert [text_of(await reply(model)) for _ in range(2)] == ["Hello", "Hello"]


async def test_nothing_but_a_bare_end_is_no_answer(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(done_after())
    came, error = await failed_reply(make_model(server.base_url))
    assert (came, type(error)) == ("", BadResponse)
