"""A call that is made again: it is told why and when, and can be left meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chatui.models.base import Retrying, TextDelta
from tests.models.conftest import ModelMaker, ask
from tests.models.replies import reply
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

SOON = {"retry-after-ms": "20"}
LATER = {"Retry-After": "20"}


def refusing(status: int, words: str, headers: dict[str, str]) -> Script:
    return lambda exchange: exchange.error(status, words, headers)


async def test_each_attempt_is_told_before_it_is_made(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(429, "Slow down.", SOON), refusing(503, "Busy", SOON), saying("Hello"))
    events = await reply(make_model(server.base_url, retries=2))

    assert events[:3] == [
        Retrying("test limits how often it is asked (Slow down)", 0.02, 2, 3),
        Retrying("test failed with HTTP 503 (Busy)", 0.02, 3, 3),
        TextDelta("Hello"),
    ]


async def test_a_connection_that_was_closed_is_told_too(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(Exchange.cut, saying("Hello"))
    events = await reply(make_model(server.base_url, retries=1))

    assert events[0] == Retrying("test closed the connection without an answer", 0.0, 2, 2)


async def test_a_date_to_wait_for_is_told_in_seconds(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async def busy(exchange: Exchange) -> None:
        when = datetime.now(UTC) + timedelta(seconds=20)
        await exchange.error(503, "Busy", {"Retry-After": format_datetime(when, usegmt=True)})

    server.script(busy)
    model = make_model(server.base_url, retries=1)
    async with aclosing(model.stream(ask())) as events:
        told = await anext(events)

    assert isinstance(told, Retrying)
    assert 0 < told.seconds <= 20


@pytest.mark.parametrize("words", ["\x1b]0;title\x07Busy\nthen", "Busy " * 200])
async def test_the_servers_words_come_as_one_short_clean_line(
    words: str, server: ScriptedServer, make_model: ModelMaker
) -> None:
    server.script(refusing(503, words, SOON), saying("Hello"))
    told = (await reply(make_model(server.base_url, retries=1)))[0]

    assert isinstance(told, Retrying)
    assert "\x1b" not in told.reason
    assert "\n" not in told.reason
    assert len(told.reason) < 300


async def test_a_wait_can_be_left_at_once(server: ScriptedServer, make_model: ModelMaker) -> None:
    server.script(refusing(503, "Busy", LATER))
    model = make_model(server.base_url, retries=1)
    waiting = asyncio.Event()

    async def asked() -> None:
        async with aclosing(model.stream(ask())) as events:
            async for _ in events:
                waiting.set()

    task = asyncio.create_task(asked())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    # A wait that was not left would have ended in another attempt.
    assert len(server.exchanges) == 1
