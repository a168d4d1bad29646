"""How much of a question's words each passage holds, with what the library counts for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow, CollectionRow
from chatui.retrieval.search.across_languages import BEGINNING
from chatui.retrieval.search.coverage import coverage, looked_for, of_both, weights
from chatui.retrieval.search.instructions import without_instructions
from chatui.retrieval.search.legs import Legs, shown
from chatui.retrieval.search.query import Query
from chatui.text.languages import is_latin


async def counted(library: Library, row: CollectionRow, query: Query) -> tuple[int, dict[str, int]]:
    """How many chunks there are, and in how many the question's words stand."""
    return await asyncio.gather(
        library.count_chunks(row.id),
        library.chunks_holding(row.id, list(_asked(query).values())),
    )


async def covered(
    library: Library,
    row: CollectionRow,
    query: Query,
    found: Sequence[ChunkRow],
    legs: Legs,
    *,
    among: int | None,
) -> dict[str, float]:
    """Of each of these chunks: by what it says, and by its score where the index has found it for
    the whole question. What the legs have not counted is counted now."""
    asked = _asked(query)
    missing = [word for word in asked.values() if word not in legs.holding]
    rows = dict(legs.holding)
    if missing:
        rows |= await library.chunks_holding(row.id, missing)
    size = await library.count_chunks(row.id) if among is None else among
    weighed, by_index, latin = weights(asked, rows, size), legs.covered, is_latin(query.whole)

    def held() -> dict[str, float]:
        return {
            one.chunk_id: of_both(
                coverage(weighed, shown(one)),
                by_index.get(one.chunk_id),
                is_latin(one.text[:BEGINNING]) == latin,
            )
            for one in found
        }

    return await asyncio.to_thread(held)


def _asked(query: Query) -> Mapping[str, str]:
    return looked_for(without_instructions(query.whole))
