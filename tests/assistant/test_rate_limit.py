"""Waiting for what a provider takes in a minute."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.rate_limit import MINUTE, PacedCall, RateLimit, RateLimiter, earliest
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore
from tests.patience import patiently


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(0, 4), st.integers(0, 700))
def test_no_minute_ever_holds_more_than_the_provider_takes(
    sizes: list[int], requests: int, tokens: int
) -> None:
    limit, calls, now = RateLimit(tokens, requests), list[PacedCall](), 0.0
    for size in sizes:
        calls.append(PacedCall(earliest(limit, calls, size, now), size))
        now += 1.5
    for last in calls:
        minute = [c for c in calls if last.start - MINUTE < c.start <= last.start]
        assert not requests or len(minute) <= requests
        assert not tokens or len(minute) == 1 or sum(c.tokens for c in minute) <= tokens


async def test_the_third_of_two_calls_a_minute_waits_and_says_how_long(store: ChatStore) -> None:
    clock, said = Clock(), list[str]()
    limiter = RateLimiter(
        store, {"mine": RateLimit(requests=2)}, said.append, clock=clock, sleep=clock.sleep
    )
    await limiter.wait("mine/a", 5)
    await limiter.wait("mine/b", 5)
    await limiter.wait("other/a", 5)
    assert (clock.now, said) == (1000.0, [])

    await limiter.wait("mine/a", 5)

    assert clock.now == 1060.0
    assert said[0] == "Waiting 60 s: mine may be asked 2 times a minute, as its settings say."
    assert said[-1].startswith("Waiting 15 s")


async def test_calls_of_other_processes_are_known_from_the_ledger(store: ChatStore) -> None:
    clock = Clock()
    limiter = RateLimiter(store, {"mine": RateLimit(tokens=100)}, clock=clock, sleep=clock.sleep)
    started = datetime.now(UTC) - timedelta(seconds=20)
    usage = Usage(input=60, output=30)
    await store.book(LedgerRow("reply", "mine/a", started, usage, Cost(Decimal(0))))

    await limiter.wait("mine/a", 11)

    assert 1038 < clock.now < 1041


@pytest.mark.parametrize("embedding", [True, False])
async def test_embeddings_and_replies_are_counted_apart(store: ChatStore, embedding: bool) -> None:
    clock, started = Clock(), datetime.now(UTC)
    for kind in ("embedding", "embedding", "reply"):
        await store.book(LedgerRow(kind, "mine/a", started, Usage(input=9), Cost(Decimal(0))))
    limits = {"mine": RateLimit(requests=2)}
    limiter = RateLimiter(store, limits, embedding=embedding, clock=clock, sleep=clock.sleep)

    await limiter.wait("mine/a", 5)

    assert (clock.now > 1030) == embedding


async def test_who_stops_waiting_gives_the_place_back(store: ChatStore) -> None:
    clock, waiting = Clock(), asyncio.Event()

    async def forever(seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    limits = {"mine": RateLimit(requests=1)}
    limiter = RateLimiter(store, limits, clock=clock, sleep=forever)
    await limiter.wait("mine/a", 5)
    second = asyncio.create_task(limiter.wait("mine/a", 5))
    await waiting.wait()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)

    clock.now += MINUTE
    # Who would have to wait would wait for ever.
    await patiently(limiter.wait("mine/a", 5))
