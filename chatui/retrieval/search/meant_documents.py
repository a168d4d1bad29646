"""The long documents that a question means, searched for each of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.dense_leg import DenseLeg
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.question_parts import (
    MANY_PASSAGES,
    PARTS_SHARE,
    WHOLE_SHARE,
    by_titles,
    of_parts,
    with_parts,
)


class MeantDocuments:
    """What the parts of a question find in the few long documents that it means, `candidates` each,
    for which each takes an embedding."""

    def __init__(
        self, library: Library, embedder: Embedder, dense: DenseLeg, candidates: int
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._dense = dense
        self._candidates = candidates

    async def mixed_into(
        self,
        ranking: Ranking,
        row: CollectionRow,
        query: Query,
        files: Sequence[int],
        vector: bytes = b"",
    ) -> tuple[Ranking, dict[str, float]]:
        """The ranking, mixed with what is found in these files: by words, by titles, and where the
        question has a `vector` by likeness among what has the words. Beside it the cosines with
        that vector."""
        if not files or len(await self._library.chunk_ids_of(files)) <= MANY_PASSAGES:
            return ranking, {}
        rankings: list[Ranking] = []
        similarity: dict[str, float] = {}
        for part in dict.fromkeys([query.whole, *query.parts]):
            is_whole = part == query.whole
            words, _ = await self._library.search_words(row.id, part, self._candidates, files)
            ids = [one for one, _ in words]
            rankings.append(words)
            if vector and words:
                own = vector if is_whole else await self._embedder.embed_query(part)
                near = await self._dense.likeness_to(row, own, ids)
                rankings.append(ranked(near))
                similarity |= near if is_whole else {}
            if not is_whole:
                chunks = await self._library.chunks(ids)
                rankings.append(await asyncio.to_thread(by_titles, part, list(chunks.values())))
        share = PARTS_SHARE if query.parts else WHOLE_SHARE
        return with_parts(ranking, of_parts(rankings), share), similarity
