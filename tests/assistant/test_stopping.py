from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chatui.assistant.stopping import Interrupted, until


class Source:
    """Yields 0, 1, 2, … and notes whether it was closed."""

    def __init__(self, count: int, then: Exception | None = None) -> None:
        self.count = count
        self.then = then
        self.closed = False

    async def events(self) -> AsyncIterator[int]:
        try:
            for number in range(self.count):
                yield number
            if self.then:
                raise self.then
            if self.count == 0:
                await asyncio.sleep(3600)
        finally:
            self.closed = True


async def test_every_event_comes_through_in_order() -> None:
    assert [n async for n in until(Source(5).events(), asyncio.Event())] == [0, 1, 2, 3, 4]


async def test_an_error_of_the_source_is_raised_after_its_events() -> None:
    seen = []
    with pytest.raises(ValueError, match="broken"):
        async for number in until(Source(2, ValueError("broken")).events(), asyncio.Event()):
            seen.append(number)

    assert seen == [0, 1]


async def test_a_cancel_within_the_source_reaches_the_reader() -> None:
    async def waits_for_what_is_cancelled() -> AsyncIterator[int]:
        yield 0
        gone = asyncio.get_running_loop().create_future()
        gone.cancel()
        await gone

    seen = []
    with pytest.raises(asyncio.CancelledError):
        async for number in until(waits_for_what_is_cancelled(), asyncio.Event()):
            seen.append(number)

    assert seen == [0]


async def test_stopping_does_not_wait_for_a_source_that_hangs() -> None:
    source, stop = Source(0), asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)

    with pytest.raises(Interrupted):
        async for _ in until(source.events(), stop):
            pass

    assert source.closed


async def test_closing_the_reader_closes_the_source() -> None:
    source = Source(1000)
    reader = until(source.events(), asyncio.Event())
    async for number in reader:
        if number == 3:
            break
    await reader.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)

    assert source.closed
