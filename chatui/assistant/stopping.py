"""Events that are read until somebody wants no more of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

Item = TypeVar("Item")


class Interrupted(Exception):
    """The user asked to stop. Never reaches the command line or the window."""


async def until(events: AsyncIterator[Item], stop: asyncio.Event) -> AsyncIterator[Item]:
    """The events, until `stop` is set: then the source is closed and Interrupted raised.

    The source runs in a task of its own, so that stopping doesn't wait for its next item.
    """
    queue: asyncio.Queue[Item | BaseException | None] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for event in events:
                queue.put_nowait(event)
            queue.put_nowait(None)
        # Whatever ends the source is raised again below, in the task that reads: also the cancel of
        # something that it waited for, behind which nothing would ever come.
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            queue.put_nowait(error)

    async def watch() -> None:
        await stop.wait()
        queue.put_nowait(Interrupted())

    tasks = [asyncio.create_task(pump()), asyncio.create_task(watch())]
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
