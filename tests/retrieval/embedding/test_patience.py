"""How long a question waits for the embedding model: for one that is slow, not for one that hangs
or is still being prepared."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.patience import EmbedderPatience
from tests.patience import PATIENCE

SOON = 0.01


class InPreparation(WorkerEmbedder):
    """Prepared when `done`, or never."""

    def __init__(self, *, done: bool) -> None:
        super().__init__("all-MiniLM-L6-v2", Path("none"))
        self._done = done

    async def fingerprint(self) -> str:
        if not self._done:
            await asyncio.Event().wait()
        return "prepared"


async def never() -> str:
    await asyncio.Event().wait()
    return "found"


async def after_the_short_wait() -> str:
    come = asyncio.Event()
    asyncio.get_running_loop().call_later(2 * SOON, come.set)
    await come.wait()
    return "found"


async def test_a_model_that_is_at_work_is_waited_for_beyond_the_short_wait() -> None:
    patience = EmbedderPatience(SOON, PATIENCE)

    assert await patience.wait(InPreparation(done=True), after_the_short_wait) == "found"


async def test_a_model_that_is_being_prepared_is_not_waited_for_to_the_end() -> None:
    patience = EmbedderPatience(SOON, PATIENCE)

    with pytest.raises(TimeoutError):
        await patience.wait(InPreparation(done=False), after_the_short_wait)
    assert patience.seconds == PATIENCE


async def test_a_model_that_has_hung_gets_the_short_wait_until_it_answers_again() -> None:
    short, long = 2 * PATIENCE, SOON
    patience = EmbedderPatience(short, long)

    with pytest.raises(TimeoutError):
        await patience.wait(InPreparation(done=True), never)
    assert patience.seconds == short
    await patience.wait(InPreparation(done=True), after_the_short_wait)
    assert patience.seconds == long
