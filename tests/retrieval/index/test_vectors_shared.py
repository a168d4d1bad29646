"""Several processes on one index: what embedded Chroma alone gets silently wrong."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from chatui.domain.errors import IndexDamaged, WorkerDied
from chatui.retrieval.index.marks import WriteMark
from chatui.retrieval.index.vectors import ChromaIndex
from tests.patience import until
from tests.retrieval.directions import items, vector
from tests.retrieval.index.test_vectors import MODEL, found_by_itself

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "vectors"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def three(folder: Path) -> AsyncIterator[list[ChromaIndex]]:
    """Three processes on one folder."""
    made = [ChromaIndex(folder) for _ in range(3)]
    await asyncio.gather(*(index.start() for index in made))
    yield made
    for index in made:
        await index.close()


@pytest.fixture
def c(request: pytest.FixtureRequest) -> str:
    """A collection of the test's own."""
    return str(request.node.name)


async def test_an_open_reader_sees_what_another_process_writes(
    three: list[ChromaIndex], c: str
) -> None:
    writer, reader, _ = three
    await writer.add(c, MODEL, items(range(10)))
    assert found_by_itself(await reader.query(c, vector(3), 1)) == "chunk-3"
    await writer.add(c, MODEL, [("late", vector(99))])
    assert found_by_itself(await reader.query(c, vector(99), 1)) == "late"
    await writer.remove(c, ["late"])
    assert "late" not in [id_ for id_, _ in await reader.query(c, vector(99), 20)]
    await writer.drop(c)
    assert await reader.query(c, vector(3), 1) == []


async def test_a_writer_that_was_overtaken_destroys_nothing(
    three: list[ChromaIndex], c: str
) -> None:
    """A stale client that writes past its sync threshold drops the vectors of the others."""
    first, second, _ = three
    await first.add(c, MODEL, items(range(10)))
    await second.add(c, MODEL, items(range(10, 700)))
    await first.add(c, MODEL, items(range(700, 1400)))
    for index in three:
        found = await index.query_many(c, [vector(number) for number in range(0, 1400, 7)], 1)
        assert [found_by_itself(row) for row in found] == [f"chunk-{n}" for n in range(0, 1400, 7)]


async def test_three_writers_at_once_lose_nothing(three: list[ChromaIndex], c: str) -> None:
    async def write(number: int) -> None:
        for start in range(0, 400, 50):
            first = number * 1000 + start
            await three[number].add(c, MODEL, items(range(first, first + 50)))

    await asyncio.gather(*(write(number) for number in range(3)))
    written = [number * 1000 + offset for number in range(3) for offset in range(400)]
    # By their own vectors: the count is right even when vectors are lost.
    found = await three[0].query_many(c, [vector(number) for number in written], 1)
    assert [found_by_itself(row) for row in found] == [f"chunk-{number}" for number in written]


async def test_a_writer_killed_in_mid_write_leaves_its_collection_to_be_filled_again(
    three: list[ChromaIndex], c: str
) -> None:
    doomed, other, _ = three
    await doomed.add(c, MODEL, items(range(100)))
    await doomed.add(f"{c}-beside", MODEL, items(range(100)))
    assert not await other.unfinished(c)
    # Once more where the kill fell between two writes, or behind them.
    while not await other.unfinished(c):
        writing = asyncio.create_task(doomed.add(c, MODEL, items(range(100, 5000))))
        await until(lambda: WriteMark(doomed.folder, c).is_set or writing.done())  # noqa: B023
        assert doomed.pid is not None
        os.kill(doomed.pid, signal.SIGKILL)
        with suppress(WorkerDied):
            await writing

    for index in three:
        with pytest.raises(IndexDamaged, match="left half written by a process that was killed"):
            await index.query(c, vector(5), 1)
        with pytest.raises(IndexDamaged, match=f"`chatui collections rebuild {c}`"):
            await index.add(c, MODEL, items(range(3)))
        assert found_by_itself(await index.query(f"{c}-beside", vector(5), 1)) == "chunk-5"
    assert await other.unfinished(c)
    assert not await other.unfinished(f"{c}-beside")

    await other.drop(c)
    assert not await doomed.unfinished(c)
    await other.add(c, MODEL, items(range(1000)))
    for index in three:
        found = await index.query_many(c, [vector(number) for number in range(1000)], 1)
        assert [found_by_itself(row) for row in found] == [f"chunk-{n}" for n in range(1000)]


async def test_a_write_that_its_caller_leaves_is_brought_to_its_end(
    three: list[ChromaIndex], c: str
) -> None:
    left, other, _ = three
    writing = asyncio.create_task(left.add(c, MODEL, items(range(1000))))
    await until(lambda: WriteMark(left.folder, c).is_set or writing.done())
    writing.cancel()
    await asyncio.wait([writing])
    await left.close()

    assert not await other.unfinished(c)
    assert await other.count(c) == 1000
