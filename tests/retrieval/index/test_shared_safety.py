"""Three writing processes and a reader on one index, against the same vectors written in turn.

Every vector is looked up by itself: what an approximate index misses of its own accord in
random directions of a real model's size is measured beside it, and nothing may be added.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from pathlib import Path

import numpy
import numpy.typing
import pytest

from chatui.retrieval.index import service
from chatui.retrieval.index.quantized import read_vectors
from chatui.retrieval.index.service import VectorService
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


async def test_no_vector_of_a_dense_cluster_is_hidden_after_many_ingests(tmp_path: Path) -> None:
    """Ten clusters of 600. No link of the graph leads to some of these, and to others from so far
    away that a search does not pass there: which, is another matter each time."""
    random = numpy.random.default_rng(3)
    middles = random.standard_normal((10, DIMENSIONS))
    middles /= numpy.linalg.norm(middles, axis=1, keepdims=True)
    away = 0.02 * random.standard_normal((6000, DIMENSIONS))
    vectors = [unit(middles[seed % 10] + away[seed]) for seed in range(6000)]
    index = ChromaIndex(tmp_path / "vectors")
    for at in range(0, 6000, 375):
        items = [(str(seed), vectors[seed]) for seed in range(at, at + 375)]
        await index.add("c", MODEL, items)

    found = await index.query_many("c", vectors, 10)
    lost = [seed for seed, nearest in enumerate(found) if found_by_itself(nearest) != str(seed)]
    assert lost == []

    # Not one of them would be without a single link.
    unlinked = read_vectors(segment(tmp_path / "vectors"))
    asked = numpy.frombuffer(b"".join(vectors), "<f4").reshape(6000, -1)
    alone = [found_by_itself(nearest_first(near)) for near in unlinked.nearest(asked, 1)]
    assert alone == [str(seed) for seed in range(6000)]

    # One that is removed does not come back.
    await index.remove("c", ["77"])
    nearest = await index.query("c", vectors[77], 6000)
    await index.close()
    assert len(nearest) > 5000
    assert "77" not in dict(nearest)


def nearest_first(near: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(near, key=lambda one: -one[1])


def test_of_many_copies_each_is_compared(tmp_path: Path) -> None:
    """More than are compared of others."""
    service_ = VectorService(str(tmp_path), 1.0)
    rows = {str(seed): vector(seed if seed < 100 else 1) for seed in range(1000)}
    service_.add("c", MODEL, list(rows), list(rows.values()))
    asked = numpy.frombuffer(vector(1), "<f4")[None]
    (near,) = read_vectors(segment(tmp_path)).nearest(asked, 950)
    copies = {id_ for id_, cosine in near if cosine > 0.999}
    assert copies == {id_ for id_, one in rows.items() if one == vector(1)}


def test_a_question_without_one_half_of_the_components_is_compared_by_the_other(
    tmp_path: Path,
) -> None:
    """As one in another language than English is, of two models, in a library of both."""
    draw = numpy.random.default_rng(5)
    rows = draw.standard_normal((3000, 128)).astype("<f4")
    rows[::2, :64] = 0.0
    service_ = VectorService(str(tmp_path), 1.0)
    service_.add("c", MODEL, [str(at) for at in range(3000)], [row.tobytes() for row in rows])
    asked = rows[1:100:2].copy()
    asked[:, :64] = 0.0

    near = read_vectors(segment(tmp_path)).nearest(asked, 10)

    assert [str(at) for at in range(1, 100, 2) if str(at) not in dict(near[at // 2])] == []


async def test_an_index_of_an_older_version_hides_nothing_and_is_written_at_every_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept up to 499 vectors out of the graph's files."""
    with monkeypatch.context() as older:
        older.setattr(service, "SYNC_THRESHOLD", 500)
        older.setitem(service.HNSW, "sync_threshold", 500)
        VectorService(str(tmp_path), 1.0).add("c", MODEL, ["1", "2"], [vector(1), vector(2)])
    assert written(tmp_path) == set()

    for number in (3, 4):
        index = ChromaIndex(tmp_path)
        found = await index.query_many("c", [vector(seed) for seed in range(1, number)], 1)
        assert [found_by_itself(near) for near in found] == [str(n) for n in range(1, number)]
        await index.add("c", MODEL, [(str(number), vector(number))])
        await index.close()
    assert written(tmp_path) == {"1", "2", "3", "4"}


def written(folder: Path) -> frozenset[str]:
    """The ids in the graph's files."""
    return frozenset(read_vectors(segment(folder)).ids)


def segment(folder: Path) -> Path:
    """Where the graph's files are."""
    (found,) = (entry for entry in folder.iterdir() if entry.is_dir())
    return found


def test_files_in_another_form_tell_nothing_and_its_names_are_never_called(
    tmp_path: Path,
) -> None:
    for head in (b"", b"\0" * 100, b"\1\0\0\0" + b"\xff" * 96, b"x" * 500):
        (tmp_path / "header.bin").write_bytes(head)
        (tmp_path / "data_level0.bin").write_bytes(b"\1" * 5000)
        (tmp_path / "index_metadata.pickle").write_bytes(pickle.dumps({"label_to_id": {1: "a"}}))
        assert read_vectors(tmp_path).ids == ()
    (tmp_path / "index_metadata.pickle").write_bytes(pickle.dumps({"label_to_id": Path("x")}))
    assert read_vectors(tmp_path).ids == ()
