"""How long a question waits for the embedding model before it is answered without.

A limit of time punishes a busy machine, on which every answer is slow and none is missing. So a
short one counts only while the model is being prepared, which takes half a minute once, and for one
that has hung; one that is at work is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatui.retrieval.embedding.embedder import Embedder

Found = TypeVar("Found")

SHORT_SECONDS = 3.0
LONG_SECONDS = 20.0
"""The processor was never away from a model for so long in any run with eight others at work; one
that takes longer hangs."""


class EmbedderPatience:
    """One for each who asks; it remembers whether the last wait was in vain."""

    def __init__(self, short: float | None = None, long: float | None = None) -> None:
        self._short = SHORT_SECONDS if short is None else short
        self._long = LONG_SECONDS if long is None else long
        self._in_vain = False

    @property
    def seconds(self) -> float:
        """How long the next work may take."""
        return self._short if self._in_vain else self._long

    async def wait(self, embedder: Embedder, work: Callable[[], Awaitable[Found]]) -> Found:
        """What the work gives, which asks the embedder. Raises TimeoutError, and what they do."""
        async with asyncio.timeout(self._short):
            # Waits for the preparation, and for nothing else.
            await embedder.fingerprint()
        try:
            async with asyncio.timeout(self.seconds):
                found = await work()
        except TimeoutError:
            self._in_vain = True
            raise
        self._in_vain = False
        return found
