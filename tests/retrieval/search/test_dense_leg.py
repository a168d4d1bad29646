"""How the dense leg asks the index and the library, on an index that says what it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.index.vectors import Nearest, VectorIndex
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.dense_leg import DenseLeg
from tests.retrieval.directions import cosine, vector

ROW = CollectionRow(1, "c", "model-a", True)


class ToldIndex:
    """Has the windows of an index in the order of their nearness, and compares some chunks."""

    def __init__(self, windows: Sequence[str] = (), compared: dict[str, float] | None = None):
        self._near = [(id_, 1 - at / 1000) for at, id_ in enumerate(windows)]
        self._compared = compared or {}
        self.asked: list[int] = []

    async def query(
        self, collection: str, vector: bytes, k: int, *, fingerprint: str | None = None
    ) -> Nearest:
        self.asked.append(k)
        return self._near[:k]

    async def count(self, collection: str) -> int:
        return len(self._near)

    async def likeness(
        self,
        collection: str,
        vector: bytes,
        chunk_ids: Sequence[str],
        *,
        fingerprint: str | None = None,
    ) -> dict[str, float]:
        return {one: self._compared[one] for one in chunk_ids if one in self._compared}


class KeptVectors:
    """A library that knows vectors and how many of them the index should hold."""

    def __init__(self, vectors: dict[str, bytes] | None = None, count: int = 0) -> None:
        self._vectors = vectors or {}
        self._count = count
        self.asked: list[list[str]] = []

    async def vectors(self, fingerprint: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        self.asked.append(list(chunk_ids))
        return {one: self._vectors[one] for one in chunk_ids if one in self._vectors}

    async def count_vectors(self, collection_id: int) -> int:
        return self._count


def leg(index: ToldIndex, library: KeptVectors) -> DenseLeg:
    return DenseLeg(cast(Library, library), cast(Embedder, None), cast(VectorIndex, index))


@pytest.mark.parametrize(("windows", "asked"), [(1, [20]), (2, [20]), (3, [20, 30]), (9, [20, 30])])
async def test_where_chunks_have_many_windows_the_index_is_asked_for_more(
    windows: int, asked: list[int]
) -> None:
    names = [f"{at}{'#' + str(n) if n else ''}" for at in range(40) for n in range(windows)]
    index = ToldIndex(names)

    found = await leg(index, KeptVectors()).nearest(ROW, vector(1), 10)

    assert index.asked == asked
    assert [id_ for id_, _ in found] == [str(at) for at in range(10)][: 30 // windows + 1][
        : len(found)
    ]
    assert len(found) == min(10, -(-asked[-1] // windows))


async def test_a_small_collection_is_not_asked_twice() -> None:
    index = ToldIndex([str(at) for at in range(5)])

    assert len(await leg(index, KeptVectors(count=5)).nearest(ROW, vector(1), 10)) == 5
    assert index.asked == [20]


async def test_what_the_index_has_not_taken_in_is_compared_by_the_librarys_vectors() -> None:
    library = KeptVectors({"new": vector(2) + vector(3)})
    question = vector(1)

    found = await leg(ToldIndex(compared={"old": 0.5}), library).likeness_to(
        ROW, question, ["old", "new", "unembedded"]
    )

    nearest = max(cosine(question, vector(2)), cosine(question, vector(3)))
    assert found == pytest.approx({"old": 0.5, "new": nearest}, abs=1e-6)
    assert library.asked == [["new", "unembedded"]]


async def test_what_the_index_has_at_hand_is_read_from_no_library() -> None:
    library = KeptVectors()

    assert await leg(ToldIndex(compared={"old": 0.5}), library).likeness_to(
        ROW, vector(1), ["old"]
    ) == {"old": 0.5}
    assert library.asked == []
