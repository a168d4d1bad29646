"""Several pieces of work at the same time, and what they tell in one stream: the answers of a
comparison, the steps of a chain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable
from typing import Generic, TypeVar

Told = TypeVar("Told")


class SideBySide(Generic[Told]):
    """The works are given `tell`, for what is to be told of them."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[Told | None] = asyncio.Queue()

    def tell(self, event: Told) -> None:
        self._told.put_nowait(event)

    async def events(self, works: Iterable[Awaitable[None]]) -> AsyncGenerator[Told, None]:
        """What is told, in its order, until all works have ended; then the first fault of any is
        raised. Whoever leaves before that cancels them all, and they have ended by then."""
        tasks = [asyncio.create_task(self._worked(work)) for work in works]
        try:
            running = len(tasks)
            while running:
                event = await self._told.get()
                if event is None:
                    running -= 1
                else:
                    yield event
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _worked(self, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            self._told.put_nowait(None)
