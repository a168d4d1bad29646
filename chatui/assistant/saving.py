"""Keeps what a reply wrote although the store fails: a full disk, a lock that lasts, a file that
has gone. What could not be written waits here, in its order, and is written when that works."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chatui.domain.errors import StoreError

AGAIN_SECONDS = 5.0
"""Between two tries to write what waits."""

Write = Callable[[], Awaitable[object]]


class Saving:
    """`on_warning` is told when the store begins to fail, and when it has caught up."""

    def __init__(self, on_warning: Callable[[str], None] | None = None) -> None:
        self._on_warning = on_warning
        self._waiting: deque[Write] = deque()
        self._writing = asyncio.Lock()
        """Of two replies that end at once, neither writes what the other is writing."""
        self._failing = False
        self._again: asyncio.Task[None] | None = None

    async def now_or_later(self, *writes: Write) -> StoreError | None:
        """Writes in this order, behind what waits already. What can't be written waits; the
        fault that it met is returned, not raised."""
        self._waiting.extend(writes)
        failure = await self.catch_up()
        if failure is not None and self._again is None:
            self._again = asyncio.create_task(self._try_again())
        return failure

    async def if_possible(self, write: Write) -> bool:
        """Writes what the next write will contain too, and so need not wait."""
        try:
            await write()
        except StoreError as error:
            self._failed(error)
            return False
        return True

    async def catch_up(self) -> StoreError | None:
        """Writes what waits; what stopped it. A caller that is cancelled leaves the writing at
        work: what the store has taken must not be written again."""
        return await asyncio.shield(self._catch_up())

    async def _catch_up(self) -> StoreError | None:
        async with self._writing:
            while self._waiting:
                try:
                    await self._waiting[0]()
                except StoreError as error:
                    self._failed(error)
                    return error
                self._waiting.popleft()
        if self._failing:
            self._failing = False
            self._tell("The chat is saved again, with all that came meanwhile.")
        return None

    async def close(self) -> StoreError | None:
        """The last try; what is lost if it fails too."""
        if self._again is not None:
            self._again.cancel()
            with suppress(asyncio.CancelledError):
                await self._again
        return await self.catch_up()

    async def _try_again(self) -> None:
        while self._waiting:
            await asyncio.sleep(AGAIN_SECONDS)
            await self.catch_up()
        self._again = None

    def _failed(self, error: StoreError) -> None:
        if not self._failing:
            self._failing = True
            self._tell(
                f"The chat can't be saved now; what comes stays on the screen, for /copy and "
                f"/export answer, and is saved as soon as that works. {error}"
            )

    def _tell(self, sentence: str) -> None:
        if self._on_warning is not None:
            self._on_warning(sentence)
