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
from chatui.system.tasks import both
from chatui.text.abbreviations import worded_as
from chatui.text.languages import is_latin

AT_A_TIME = 4
"""Passages that are looked at before the event loop has its turn."""


async def counted(library: Library, row: CollectionRow, query: Query) -> tuple[int, dict[str, int]]:
    """How many chunks there are, and in how many the question's words stand."""
    return await both(
        library.count_chunks(row.id),
        library.chunks_holding(row.id, list(_asked(query.whole).values())),
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
    question = worded_as(query.whole, (one.text for one in found))
    # The index was asked for both forms of a name, and counts the missing one too.
    knows_words = question == query.whole
    asked = _asked(question)
    missing = [word for word in asked.values() if word not in legs.holding]
    rows = dict(legs.holding)
    if missing:
        rows |= await library.chunks_holding(row.id, missing)
    size = await library.count_chunks(row.id) if among is None else among
    weighed, by_index, latin = weights(asked, rows, size), legs.covered, is_latin(query.whole)

    held: dict[str, float] = {}
    for place, one in enumerate(found, start=1):
        same_script = is_latin(one.text[:BEGINNING]) == latin
        own = coverage(weighed, shown(one))
        held[one.chunk_id] = of_both(
            own, by_index.get(one.chunk_id), size, same_script=same_script, same_words=knows_words
        )
        # A tenth of a millisecond each at most; a thread takes longer to be handed a few.
        if place % AT_A_TIME == 0:
            await asyncio.sleep(0)
    return held


def _asked(question: str) -> Mapping[str, str]:
    return looked_for(without_instructions(question))
