"""The vectors of the questions asked last: documents, earlier turns and notes are looked up
with the same one, which is made once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

KEPT_SECONDS = 2.0
"""Those who look something up for one question ask within that; a later question with the
same words may meet another model."""


class QueryVectors:
    """Calls `embed` once for a text, also when several ask at a time. When all who wait for
    a vector have given up, so has the call. A failure is not kept."""

    def __init__(self, embed: Callable[[str], Awaitable[bytes]]) -> None:
        self._embed = embed
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._under_way: dict[str, tuple[asyncio.Task[bytes], list[object]]] = {}

    async def of(self, text: str) -> bytes:
        """Raises what `embed` raises."""
        now = asyncio.get_running_loop().time()
        self._kept = {key: one for key, one in self._kept.items() if one[0] > now}
        if text in self._kept:
            return self._kept[text][1]
        if text not in self._under_way:
            self._under_way[text] = asyncio.ensure_future(self._made(text)), []
        task, waiting = self._under_way[text]
        me = object()
        waiting.append(me)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if waiting == [me] and not task.done():
                self._under_way.pop(text, None)
                task.cancel()
                await asyncio.wait([task])
            raise
        finally:
            waiting.remove(me)

    async def _made(self, text: str) -> bytes:
        try:
            vector = await self._embed(text)
        finally:
            self._under_way.pop(text, None)
        self._kept[text] = asyncio.get_running_loop().time() + KEPT_SECONDS, vector
        return vector
