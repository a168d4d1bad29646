"""Leaving a reply early: the computation ends at once, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from chatui.models.base import TextDelta, UsageReported
from chatui.models.local.settings import LocalSettings
from tests.models.local_workshop import LocalMaker, chat, hosting, said
from tests.models.replies import end_of, text_of
from tests.tiny_gguf import CHATML, CHATML_MARKS, write_tiny_gguf

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = LocalSettings(context=32_768, first_context=32_768)
LONG = "x" * 30_000
"""Read in many seconds, most of them in one batch after the other."""
LONG_BEFORE_THE_END = 3.0
"""Seconds of the process's own work. How soon it is on a quiet machine is measured in
`benchmarks/local_cancel.py`."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    return write_tiny_gguf(path, context=32_768, template=CHATML, marks=CHATML_MARKS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def make() -> AsyncIterator[LocalMaker]:
    async with hosting(SETTINGS) as (_, maker):
        yield maker


async def seconds_until_free(make: LocalMaker, file: Path) -> float:
    """How long the process still works, whoever else does: it answers one call at a time."""
    model = make(file)
    async with model._host.loaded(model._file) as worker:
        assert worker.pid is not None
        process = psutil.Process(worker.pid)
        start = sum(process.cpu_times()[:2])
        await worker.call("size")
        return sum(process.cpu_times()[:2]) - start


async def test_a_reply_that_is_left_stops(make: LocalMaker, file: Path) -> None:
    stream = make(file).stream(chat("Hello?", max_output_tokens=30_000))
    assert isinstance(await anext(stream), UsageReported)
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()
    assert await seconds_until_free(make, file) < LONG_BEFORE_THE_END


async def test_a_long_prompt_that_is_left_stops(make: LocalMaker, file: Path) -> None:
    stream = make(file).stream(chat(LONG))
    assert isinstance(await anext(stream), UsageReported)
    await stream.aclose()
    assert await seconds_until_free(make, file) < LONG_BEFORE_THE_END


@pytest.mark.parametrize("left_in", ["the prompt", "the reply"])
async def test_the_next_reply_is_that_of_a_fresh_context(
    make: LocalMaker, file: Path, left_in: str
) -> None:
    model = make(file)
    question = "y" * 2000
    stream = model.stream(chat(question, max_output_tokens=5000))
    await anext(stream)
    came = ""
    if left_in == "the reply":
        while len(came.split()) < 20:
            event = await anext(stream)
            came += event.text if isinstance(event, TextDelta) else ""
    await stream.aclose()

    following = chat(question, came, "And?", max_output_tokens=40)
    events = await said(model, following)

    async with hosting(SETTINGS) as (_, fresh):
        expected = await said(fresh(file), following)
    assert text_of(events) == text_of(expected)
    mine, its = end_of(events).usage, end_of(expected).usage
    assert mine is not None
    assert its is not None
    assert mine.prompt == its.prompt
    if left_in == "the reply":
        assert mine.cache_read > 2000
