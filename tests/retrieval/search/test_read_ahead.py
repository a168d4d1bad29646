from __future__ import annotations

from collections.abc import Sequence

from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search import closer_look
from chatui.retrieval.search.closer_look import CLOSE_LOOKS
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.read_ahead import ReadAhead
from tests.retrieval.search.test_closer_look import chunk


class Shelf(Library):
    """A library of chunks in memory, which keeps what was asked of it."""

    def __init__(self, *chunks: ChunkRow) -> None:
        self._held = {one.chunk_id: one for one in chunks}
        self.asked: list[list[str]] = []

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, ChunkRow]:
        self.asked.append(list(chunk_ids))
        return {one: self._held[one] for one in chunk_ids if one in self._held}


async def test_a_chunk_is_read_once() -> None:
    shelf = Shelf(chunk("a", "one"), chunk("b", "two"), chunk("c", "three"))
    ahead = ReadAhead(shelf, Query("two"))

    await ahead.read([("a", 1.0), ("b", 0.5)])
    await ahead.read([("b", 1.0), ("c", 0.5), ("gone", 0.1)])
    await ahead.read([("a", 1.0)])

    assert shelf.asked == [["a", "b"], ["c", "gone"]]
    assert {one: row.text for one, row in ahead.chunks.items()} == {
        "a": "one", "b": "two", "c": "three"
    }  # fmt: skip


async def test_the_closer_look_finds_its_texts_made_ready() -> None:
    query = Query("what does the unusual heron eat?")
    names = [f"{at:03}" for at in range(CLOSE_LOOKS)]
    chunks = {one: chunk(one, f"The unusual heron of {one} eats fish.") for one in names}
    ranking = [(one, 1.0) for one in names]
    await ReadAhead(Shelf(*chunks.values()), query).read(ranking)
    before = closer_look._counts.cache_info().misses

    closer_look.looked_at_closely(ranking, query, chunks, 1.0)

    assert closer_look._counts.cache_info().misses == before
