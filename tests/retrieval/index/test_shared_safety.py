"""Three writing processes and a reader on one index, against the same vectors written in turn.

Every vector is looked up by itself: what an approximate index misses of its own accord in
random directions of a real model's size is measured beside it, and nothing may be added.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy
import numpy.typing
import pytest

from chatui.retrieval.index.vectors import ChromaIndex
from tests.retrieval.index.test_vectors import MODEL, found_by_itself

WRITERS, CHUNKS, DIMENSIONS = 3, 1000, 384

WRITER = """
import asyncio, sys
from pathlib import Path
from chatui.retrieval.index.vectors import ChromaIndex
from tests.retrieval.index.test_shared_safety import write

async def main(folder, number):
    index = ChromaIndex(Path(folder))
    await write(index, int(number), 250)
    await index.close()

asyncio.run(main(*sys.argv[1:]))
"""


def vector(seed: int) -> bytes:
    direction = numpy.random.default_rng(seed).standard_normal(DIMENSIONS)
    return unit(direction)


def unit(direction: numpy.typing.NDArray[numpy.float64]) -> bytes:
    return (direction / numpy.linalg.norm(direction)).astype("<f4").tobytes()


async def write(index: ChromaIndex, number: int, step: int) -> None:
    first = number * CHUNKS
    for at in range(first, first + CHUNKS, step):
        items = [(str(seed), vector(seed)) for seed in range(at, at + step)]
        await index.add("c", MODEL, items)


async def missing(index: ChromaIndex) -> set[int]:
    found = await index.query_many("c", [vector(seed) for seed in range(WRITERS * CHUNKS)], 1)
    return {seed for seed, nearest in enumerate(found) if found_by_itself(nearest) != str(seed)}


async def test_three_writers_and_a_reader_lose_nothing(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    reader = ChromaIndex(shared)
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(shared), str(number))
        for number in range(WRITERS)
    ]
    ends = [asyncio.create_task(writer.wait()) for writer in writers]
    reads = 0
    while not all(end.done() for end in ends):
        nearest = await reader.query("c", vector(reads % CHUNKS), 3)
        reads += bool(nearest)
    assert [end.result() for end in ends] == [0] * WRITERS
    assert reads

    lost = await missing(reader)
    held = await reader.ids("c")
    await reader.close()

    assert len(held) == len(set(held)) == WRITERS * CHUNKS
    assert len(lost) <= (await lost_in_turn(tmp_path / "alone") if lost else 0)


async def lost_in_turn(folder: Path) -> int:
    """How many the index misses when one process writes all of them, one after another."""
    alone = ChromaIndex(folder)
    for number in range(WRITERS):
        await write(alone, number, CHUNKS)
    lost = await missing(alone)
    await alone.close()
    return len(lost)


@pytest.mark.parametrize("spread", [0.0, 0.02])
async def test_vectors_that_are_alike_are_all_kept(tmp_path: Path, spread: float) -> None:
    """Versions of one page: 40 directions with 25 neighbours, or copies, each."""

    def near(seed: int) -> bytes:
        middle, away = (
            numpy.frombuffer(vector(number), "<f4").astype(float)
            for number in (seed % 40, 1000 + seed)
        )
        return unit(middle + spread * away)

    vectors = [near(seed) for seed in range(1000)]
    index = ChromaIndex(tmp_path / "vectors")
    await index.add("c", MODEL, [(str(seed), one) for seed, one in enumerate(vectors)])
    found = await index.query_many("c", vectors, 30)
    await index.close()

    lost = [seed for seed, nearest in enumerate(found) if str(seed) not in dict(nearest)]
    assert lost == []
