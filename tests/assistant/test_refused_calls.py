"""A call that was refused is booked at nothing, and the meter stays where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.events import AssistantEvent, MeterChanged, TurnSettled
from chatui.assistant.side_call import SideCaller
from chatui.domain.conversation import Message, Role, TurnState
from chatui.domain.errors import ChatuiError
from chatui.models.base import Retrying
from tests.assistant.hosted_house import MODEL, HostedHouse, house_at
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
SPENT = Decimal("0.00028")


def refusing(status: int, words: str = "No") -> Script:
    return lambda exchange: exchange.error(status, words, {"Retry-After": "600"})


def spent(events: Sequence[AssistantEvent]) -> list[Decimal | None]:
    """The conversation's money and the day's, as the last reading has them."""
    reading = [event.reading for event in events if isinstance(event, MeterChanged)][-1]
    return [cost.amount for cost in (*reading.conversation, *reading.today)]


async def paid_once(server: ScriptedServer, house: HostedHouse) -> None:
    server.script(saying("Hello", usage=USAGE))
    await house.ask("hi")


@pytest.mark.parametrize(
    "status", [301, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 504]
)
async def test_a_refused_call_is_booked_at_nothing(status: int, tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await paid_once(server, house)
        server.script(refusing(status))
        events, failure = await house.ask("again")

        assert isinstance(failure, ChatuiError)
        assert spent(events) == [SPENT, SPENT]
        row = (await house.rows())[-1]
        assert row.outcome == type(failure).__name__
        assert (row.usage.total, row.cost.amount) == (0, Decimal(0))


async def test_a_refused_connection_is_booked_at_nothing(tmp_path: Path) -> None:
    async with ScriptedServer() as gone:
        address = gone.base_url
    async with house_at(address, tmp_path) as house:
        events, failure = await house.ask("hi")

        assert "Nothing answers at" in str(failure)
        assert spent(events) == [0, 0]
        (row,) = await house.rows()
        assert (row.usage.total, row.cost.amount) == (0, Decimal(0))


@pytest.mark.parametrize("body", ["<html>Welcome</html>", {"error": {"message": "No credit"}}])
async def test_a_body_that_is_no_reply_is_booked_at_nothing(body: object, tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        server.script(lambda exchange: exchange.answer(200, body))
        _, failure = await house.ask("hi")

        assert failure is not None
        (row,) = await house.rows()
        assert row.usage.total == 0


async def test_the_total_of_the_conversation_counts_refused_calls_as_nothing(
    tmp_path: Path,
) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        await paid_once(server, house)
        server.script(refusing(429))
        await house.ask("again")

        assert house.conversation is not None
        (total,) = await house.store.costs(house.conversation)
        assert (total.amount, total.estimated) == (SPENT, False)


async def test_what_came_before_a_fault_is_still_paid_for(tmp_path: Path) -> None:
    async def breaking(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello there")
        await exchange.event({"error": {"message": "overloaded", "code": 503}})

    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        server.script(breaking)
        await house.ask("hi")

        (row,) = await house.rows()
        assert row.usage.output > 0
        assert row.usage.prompt > 0


async def test_a_server_that_took_the_prompt_and_fell_silent_is_paid_for(tmp_path: Path) -> None:
    async with ScriptedServer() as server, house_at(server.base_url, tmp_path) as house:
        server.script(Exchange.cut)
        await house.ask("hi")

        (row,) = await house.rows()
        assert row.usage.prompt > 0


async def test_a_wait_for_the_next_attempt_can_be_stopped_at_once_for_nothing(
    tmp_path: Path,
) -> None:
    async def busy(exchange: Exchange) -> None:
        await exchange.error(503, "Busy", {"Retry-After": "25"})

    async with (
        ScriptedServer(busy) as server,
        house_at(server.base_url, tmp_path, retries=2) as house,
    ):
        stop, events = asyncio.Event(), []
        async for event in house.events("hi", stop):
            events.append(event)
            if isinstance(event, Retrying):
                stop.set()

        assert isinstance(events[-1], TurnSettled)
        assert events[-1].turn.state is TurnState.INTERRUPTED
        (row,) = await house.rows()
        assert (row.outcome, row.usage.total) == ("interrupted", 0)
        # A wait that was not left would have ended in another attempt.
        assert len(server.exchanges) == 1


async def test_a_question_beside_the_reply_that_is_refused_costs_nothing(tmp_path: Path) -> None:
    async with (
        ScriptedServer(refusing(401)) as server,
        house_at(server.base_url, tmp_path) as house,
    ):
        beside = SideCaller(
            catalog=house.catalog,
            planner=house.planner,
            store=house.store,
            tokens=house.tokens,
            prices=house.prices,
        )
        with pytest.raises(ChatuiError):
            await beside.ask("summary", MODEL, [Message(Role.USER, "Sum up.")], most_tokens=100)

        (row,) = await house.rows()
        assert (row.kind, row.outcome) == ("summary", "AuthenticationFailed")
        assert (row.usage.total, row.cost.amount) == (0, Decimal(0))
