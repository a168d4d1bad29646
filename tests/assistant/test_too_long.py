"""A prompt that the server finds too long is trimmed and sent once more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.events import TurnSettled
from chatui.domain.conversation import TurnState
from chatui.domain.errors import ContextTooLong
from chatui.memory.policy import MemoryPolicy
from chatui.models.base import Retrying, SamplingOptions
from tests.assistant.hosted_house import SETTINGS, HostedHouse, house_at
from tests.llama_server import llama_running
from tests.scripted_server import Exchange, Script, ScriptedServer, saying
from tests.tiny_gguf import write_tiny_gguf

WORDS = "word " * 100
TOLD = "This model's maximum context length is {} tokens. Your messages resulted in {} tokens."
UNTOLD = "Your input exceeds the context window of this model."
USAGE = {"prompt_tokens": 300, "completion_tokens": 2, "total_tokens": 302}


def too_long(words: str) -> Script:
    return lambda exchange: exchange.error(400, words, code="context_length_exceeded")


async def with_history(server: ScriptedServer, house: HostedHouse, turns: int = 8) -> None:
    server.script(saying(WORDS))
    for number in range(turns):
        await house.ask(f"question {number}: {WORDS}")
    server.exchanges.clear()


def sizes(server: ScriptedServer) -> list[int]:
    """The messages of each prompt that came."""
    return [len(exchange.json["messages"]) for exchange in server.exchanges]


@pytest.mark.parametrize(
    "words", [TOLD.format(900, 1900), TOLD.format(8192, 12_000), UNTOLD], ids=str
)
async def test_a_refused_prompt_is_trimmed_and_answered(words: str, tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(too_long(words), saying("Here it is"))
        events, failure = await house.ask("and now?")

        assert failure is None
        assert (await house.turns())[-1].reply.text == "Here it is"
        first, second = sizes(server)
        assert second < first
        told = next(event for event in events if isinstance(event, Retrying))
        assert "The prompt was too long for test/tiny" in told.reason
        assert "turns left out" in told.reason


async def test_the_prompt_that_is_sent_again_fits_what_the_server_told(tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(too_long(TOLD.format(900, 1900)), saying("Here it is"))
        await house.ask("and now?")

        sent = server.exchanges[-1].json["messages"]
        text = "".join(message["content"] for message in sent)
        assert house.tokens.count(text, "test/tiny").tokens < 900 - 64


async def test_the_refused_call_costs_nothing_and_the_other_what_it_reports(
    tmp_path: Path,
) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        before = len(await house.rows())
        server.script(too_long(TOLD.format(900, 1900)), saying("Here", usage=USAGE))
        await house.ask("and now?")

        refused, answered = (await house.rows())[before:]
        assert (refused.outcome, refused.usage.total) == ("ContextTooLong", 0)
        assert refused.cost.amount == 0
        assert (answered.outcome, answered.usage.total) == ("complete", 302)
        assert answered.cost.amount == Decimal("0.000616")


async def test_the_limit_is_kept_to_from_then_on(tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(too_long(TOLD.format(900, 1900)), saying("Here it is"))
        await house.ask("and now?")
        server.exchanges.clear()
        events, _ = await house.ask("and then?")

        assert len(server.exchanges) == 1
        assert not [event for event in events if isinstance(event, Retrying)]
        assert (await house.catalog.info("test/tiny")).context_size == 900


async def test_it_is_sent_again_only_once(tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(too_long(UNTOLD))
        events, failure = await house.ask("and now?")

        assert isinstance(failure, ContextTooLong)
        assert len(server.exchanges) == 2
        assert isinstance(events[-1], TurnSettled)
        assert events[-1].turn.state is TurnState.FAILED
        assert all(row.usage.total == 0 for row in (await house.rows())[-2:])


async def test_where_nothing_can_leave_the_error_says_so(tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        server.script(too_long(TOLD.format(128, 400)))
        _, failure = await house.ask(f"one long question: {WORDS}{WORDS}{WORDS}")

        assert isinstance(failure, ContextTooLong)
        assert "shorten it" in str(failure)
        assert len(server.exchanges) == 1
        (row,) = await house.rows()
        assert (row.outcome, row.usage.total) == ("ContextTooLong", 0)


async def test_a_chat_that_leaves_nothing_out_is_not_trimmed(tmp_path: Path) -> None:
    policy = MemoryPolicy(full=True, reserve=64)
    async with (
        ScriptedServer() as server,
        house_at(server.base_url, tmp_path, policy=policy) as house,
    ):
        await with_history(server, house)
        server.script(too_long(TOLD.format(900, 1900)))
        _, failure = await house.ask("and now?")

        assert "leaves nothing out" in str(failure)
        assert len(server.exchanges) == 1


async def test_what_has_begun_to_come_is_not_asked_for_again(tmp_path: Path) -> None:
    async def breaking_off(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("It was")
        await exchange.event({"error": {"message": UNTOLD}})

    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(breaking_off)
        _, failure = await house.ask("and now?")

        assert isinstance(failure, ContextTooLong)
        assert len(server.exchanges) == 1
        assert (await house.turns())[-1].reply.text == "It was"
        assert (await house.rows())[-1].usage.total > 0


async def test_a_server_that_says_nothing_of_it_is_asked_with_less(tmp_path: Path) -> None:
    model = tmp_path / "tiny.gguf"
    write_tiny_gguf(model)
    with llama_running(model) as url:
        async with house_at(url, tmp_path, policy=MemoryPolicy(reserve=32)) as house:
            settings = replace(SETTINGS, options=SamplingOptions(max_output_tokens=24))
            for number in range(6):
                events, failure = await house.ask(f"question {number}: {WORDS}"[:140], settings)
            assert failure is None
            assert [event for event in events if isinstance(event, Retrying)]
            assert (await house.turns())[-1].reply.text
            assert (await house.catalog.info("test/tiny")).context_size == 512


async def test_a_reply_that_is_gone_on_with_is_asked_for_with_less(tmp_path: Path) -> None:
    async def cut_off(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Once upon a time")
        await exchange.finish("length")
        await exchange.done()

    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await with_history(server, house)
        server.script(cut_off)
        await house.ask("and now?")
        server.exchanges.clear()
        server.script(too_long(TOLD.format(900, 1900)), saying(" there was a fox."))
        assert house.conversation is not None
        told = [event async for event in house.assistant.go_on(house.conversation, SETTINGS)]

        assert [event for event in told if isinstance(event, Retrying)]
        turn = (await house.turns())[-1]
        assert turn.reply.text == "Once upon a time there was a fox."
        first, second = sizes(server)
        assert second < first
