"""Ranked passages for a question: the dense and the lexical leg side by side, then fused."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from chatui.domain.errors import IndexDamaged, WorkerError
from chatui.domain.passage import Passage
from chatui.domain.warn_once import WarnOnce
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.candidate_order import LookedAt, Met, Reranking, looked_at, met_across
from chatui.retrieval.search.closer_look import CLOSE_LOOKS
from chatui.retrieval.search.dense_leg import DenseLeg
from chatui.retrieval.search.diversity import diversified
from chatui.retrieval.search.document_prior import MOST_SINGLED_OUT
from chatui.retrieval.search.duplicates import ScoredChunk, distinct
from chatui.retrieval.search.fusion import Ranking, convex, nearness, of_queries, ranked, trust
from chatui.retrieval.search.instructions import parts, without_instructions
from chatui.retrieval.search.legs import Legs, passages, place_of, together
from chatui.retrieval.search.lexical_leg import FoundByWords, found_by_words
from chatui.retrieval.search.meant_documents import MeantDocuments
from chatui.retrieval.search.neighbours import joined
from chatui.retrieval.search.passage_coverage import counted, covered
from chatui.retrieval.search.query import Query, drawn_near, lifted_to_page
from chatui.retrieval.search.read_ahead import ReadAhead
from chatui.retrieval.search.reranker import Reranker
from chatui.system.tasks import all_of, both
from chatui.text.abbreviations import spelt_out
from chatui.text.languages import in_known_script
from chatui.text.places import PAGE, SLIDE, places_in

SearchMode = Literal["hybrid", "dense", "lexical"]

Within = Sequence[int] | None
"""The ids of the files that are looked into; None is all of the collection."""

SPARE = 20
"""Candidates beyond the wanted ones: for those that say the same as a better one, and for
chunks that an ingest deletes during the search."""

HEAD_START_SECONDS = 0.001
"""How long what the words find is left until the models have the question."""


class Retriever:
    """`candidates` is how many chunks each leg proposes, `dense_weight` (0..1) how much the
    dense leg counts when both are fused.

    The scores are weighed together and not the ranks. The dense leg counts less where it hardly
    tells the chunks apart (`fusion.trust`), and the words where they have found little of the
    question (`fusion.sureness`). The best candidates are then compared with the question letter by
    letter (`closer_look`), and with the names of their documents (`document_prior`).

    Where the question means a long document, its parts are searched for in that alone
    (`question_parts`), which takes an embedding for each. A search within files goes the same road:
    within all of them it finds what one without a limit does.

    On 472 English questions about five text corpora the gold span is in the first passage for 72%
    and in the first five for 95%; of 24 on financial reports the right page is first for 54% and
    among ten for 92% (`benchmarks/retrieval_quality.py`). Reciprocal rank fusion of the legs lost
    three to six points.

    Passages that say the same answer once; `diversity` (0..1) is how much likeness to a
    better passage costs beyond that. It is 0 by default: with 0.1 the first 3,000 characters
    held a gold span for 89.8% of those questions, with 0 for 89.2% and with 0.3 for 89.0%,
    which is no more than chance, and it takes five milliseconds.

    `neighbours` is how many chunks before and behind a found one are shown with it, as far as
    its section goes. It is 0 by default: one on each side lowered the hits within the same
    number of characters where answers are short.

    A `reranker` orders the best `reranked` candidates anew, as far as it knows the languages of
    the question and of their texts; when it fails, they keep the order that they have. With
    `reranked_words` it reads of each only so many words, where most of the question's stand, and
    counts by `reranker_share` (0..1) beside the score that they have. `met` compares the words of
    the best candidates with those of a question in another language. With `on_warning` a hybrid
    search answers by words alone when the index is damaged or of another model, and says so once;
    without it, it raises.
    """

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        vectors: VectorIndex,
        *,
        candidates: int = 50,
        dense_weight: float = 0.4,
        diversity: float = 0.0,
        neighbours: int = 0,
        reranker: Reranker | None = None,
        reranked: int = 30,
        reranked_words: int = 0,
        reranker_share: float = 1.0,
        met: Met | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._library = library
        self._dense = DenseLeg(library, embedder, vectors)
        self._meant = MeantDocuments(library, embedder, self._dense, candidates)
        self._candidates = candidates
        self._dense_weight = dense_weight
        self._diversity = diversity
        self._neighbours = neighbours
        self._reranking = (
            None
            if reranker is None
            else Reranking(reranker, reranked, reranked_words, reranker_share)
        )
        self._met = met
        self._on_warning = on_warning
        self._warnings = WarnOnce(on_warning)

    async def search(
        self,
        query: str | Query,
        *,
        collection: str,
        k: int,
        mode: SearchMode = "hybrid",
        also: Sequence[Query] = (),
        within: Within = None,
    ) -> tuple[Passage, ...]:
        """The best `k` passages, fewer when fewer are found or neighbours join some; none for
        a blank query. `also` are other wordings of it, whose rankings are fused with its own.
        `within` are the ids of the files that are looked into; None is all of the collection.

        `score` is the fused score (0..1), the cosine or BM25, by mode; a reranker deals those of
        the passages that it has read among them in its order.
        `similarity` is the cosine of every passage, but None in mode lexical, which runs no
        model, and for a chunk that is not embedded yet. Raises NoSuchCollection,
        IndexDamaged when the index has to be rebuilt, RetrievalError, EmbedderFailed,
        WorkerError.
        """
        asked = Query(query) if isinstance(query, str) else query
        row = await self._library.collection(collection)
        if not asked.whole or k < 1:
            return ()
        if self._reranking is not None:
            self._reranking.wake(asked.whole)
        count = max(self._candidates, k)
        queries = [asked, *also]
        found = await all_of(self._ranked(row, one, count, mode, within) for one in queries)
        legs = together([legs for legs, _ in found])
        ranking = of_queries([one for _, one in found], [one.weight for one in queries])
        if self._reranking is not None:
            ranking = await self._reranking.ordered(self._library, asked.whole, ranking)
        # Only scores of 0..1 are lifted.
        is_fused = mode == "hybrid"
        near = asked.near if is_fused else ()
        there = await self._on_pages(row, asked.whole, k) if is_fused else []
        if within is not None and there:
            held = set(await self._library.chunk_ids_of(within))
            there = [one for one in there if one in held]
        among = None
        if within is None:
            among = legs.counted or await self._library.count_chunks(row.id)
        return await self._passages(
            row, legs, ranking, k, asked=asked, near=near, there=there, among=among
        )

    async def _on_pages(self, row: CollectionRow, question: str, k: int) -> list[str]:
        """The chunks on the pages or slides that a question names."""
        found: list[str] = []
        for place in places_in(question):
            number = place.number[0]
            if place.kind in (PAGE, SLIDE) and number.isascii() and number.isdigit():
                found += await self._library.chunks_on_page(row.id, int(number), k + SPARE)
        return found

    async def _ranked(
        self, row: CollectionRow, query: Query, count: int, mode: SearchMode, within: Within
    ) -> tuple[Legs, Ranking]:
        asked = spelt_out(without_instructions(query.text))
        query = replace(query, text=asked, parts=tuple(map(spelt_out, parts(query.text))))
        if mode == "lexical":
            words = await found_by_words(self._library, row, query, count, within)
            seen = await looked_at(self._library, query, words.ranking, words.sure)
            ranking, _ = await self._meant.mixed_into(
                seen.ranking, row, query, _meant(within, query, seen)
            )
            return Legs(lexical=words.ranking, ideal=words.ideal, chunks=seen.chunks), ranking
        vector = asyncio.create_task(self._dense.vector(row, query))
        try:
            if mode == "dense":
                dense = await self._dense.nearest(row, await vector, count, within)
                return Legs(dense, similarity=dict(dense)), dense
            return await self._hybrid(row, query, vector, count, within)
        finally:
            # Nothing is left running, and nothing booked, behind the back of a failed search.
            vector.cancel()
            await asyncio.wait([vector])

    async def _hybrid(
        self,
        row: CollectionRow,
        query: Query,
        vector: asyncio.Task[bytes],
        count: int,
        within: Within,
    ) -> tuple[Legs, Ranking]:
        """The index looks for the vector while the chunks that the words have found are
        compared with it here."""
        words = asyncio.create_task(self._words(row, query, vector, count, within))
        compared = asyncio.create_task(self._compared(row, vector, words))
        ahead = ReadAhead(self._library, query)
        reading = asyncio.create_task(self._read_ahead(ahead, words))
        counting = asyncio.create_task(self._counted(row, query, words))
        try:
            dense = await self._dense.nearest(row, await vector, count, within)
            weight = self._dense_weight * _trusted(query, dense)
            found = await words
            # What is likely now is what the words alone have found no more.
            reading.cancel()
            likely = convex(dict(dense), dict(found.ranking), weight, found.sure)
            _, similarity = await both(ahead.read(likely[:CLOSE_LOOKS]), compared)
            among, holding = await counting
        except (IndexDamaged, WorkerError) as error:
            self._warn(error)
            found = await words
            seen = await looked_at(self._library, query, found.ranking, found.sure)
            return Legs(lexical=found.ranking, ideal=found.ideal, chunks=seen.chunks), seen.ranking
        finally:
            begun = words, compared, reading, counting
            for one in begun:
                one.cancel()
            await asyncio.wait(begun)
        self._warnings.worked()
        similarity |= dict(dense)
        ranking = convex(similarity, dict(found.ranking), weight, found.sure)
        seen = await looked_at(self._library, query, ranking, found.sure, ahead.chunks)
        ranking = await met_across(self._met, query, seen.ranking, seen.chunks)
        ranking, near = await self._meant.mixed_into(
            ranking, row, query, _meant(within, query, seen), await vector
        )
        likeness = near | similarity
        legs = Legs(dense, found.ranking, likeness, found.ideal, seen.chunks, among, holding)
        return legs, ranking

    async def _words(
        self,
        row: CollectionRow,
        query: Query,
        vector: asyncio.Task[bytes],
        count: int,
        within: Within,
    ) -> FoundByWords:
        """Once the question is on its way to the models, which wait for it: the library's thread
        would keep the interpreter from sending it."""
        await asyncio.wait([vector], timeout=HEAD_START_SECONDS)
        return await found_by_words(self._library, row, query, count, within)

    async def _read_ahead(self, ahead: ReadAhead, words: asyncio.Task[FoundByWords]) -> None:
        await ahead.read((await words).ranking)

    async def _counted(
        self, row: CollectionRow, query: Query, words: asyncio.Task[FoundByWords]
    ) -> tuple[int, dict[str, int]]:
        """While the index looks, and behind what the words have found, for which others wait."""
        await asyncio.wait([words])
        return await counted(self._library, row, query)

    async def _compared(
        self, row: CollectionRow, vector: asyncio.Task[bytes], words: asyncio.Task[FoundByWords]
    ) -> dict[str, float]:
        """The cosines of the chunks that the words have found, from their stored vectors."""
        found = [chunk_id for chunk_id, _ in (await words).ranking]
        # Waited for without owning it: who cancels this does not mean the embedding.
        await asyncio.wait([vector])
        if vector.cancelled() or vector.exception() is not None or not vector.result():
            return {}
        return await self._dense.likeness_to(row, vector.result(), found)

    def _warn(self, error: IndexDamaged | WorkerError) -> None:
        """Once for the same damage. Raises it where nobody is there to be told."""
        if self._on_warning is None:
            raise error
        self._warnings.warn(
            f"{error} Until then documents are searched by words alone.", str(error)
        )

    def without_reranker(self) -> Retriever:
        """The same, but that nothing orders its candidates anew."""
        plain = copy.copy(self)
        plain._reranking = None
        return plain

    async def is_empty(self, collection: str) -> bool:
        """Whether there is nothing to find: no such collection, or one without chunks."""
        infos = await self._library.collections()
        return not any(info.name == collection and info.chunks for info in infos)

    async def _diversified(
        self, row: CollectionRow, candidates: Sequence[ScoredChunk], k: int
    ) -> Ranking:
        ranking = ranked({one.chunk_id: one.score for one in candidates})
        if not self._diversity:
            return ranking[:k]
        likeness = await self._dense.likeness_among(row, [one for one, _ in ranking])
        return await asyncio.to_thread(diversified, ranking, self._diversity, k, likeness)

    async def _passages(
        self,
        row: CollectionRow,
        legs: Legs,
        ranking: Ranking,
        k: int,
        *,
        asked: Query,
        near: Sequence[str],
        there: Sequence[str],
        among: int | None,
    ) -> tuple[Passage, ...]:
        best = ranking[: k + SPARE]
        wanted = [*(chunk_id for chunk_id, _ in best), *there]
        unread = [one for one in wanted if one not in legs.chunks]
        chunks = {**legs.chunks, **(await self._library.chunks(unread) if unread else {})}
        paths = {one: chunk.path for one, chunk in chunks.items()}
        best = lifted_to_page(drawn_near(best, paths, near), paths, there)
        best.sort(key=lambda item: place_of(item[1], chunks.get(item[0])))
        candidates = [
            ScoredChunk(chunk_id, score, chunks[chunk_id].text, chunks[chunk_id].mtime_ns)
            for chunk_id, score in best
            if chunk_id in chunks
        ]
        chosen = await self._diversified(
            row, distinct(candidates, k if not self._diversity else len(candidates)), k
        )
        found = [chunks[chunk_id] for chunk_id, _ in chosen]
        if self._neighbours:
            ids = [chunk.chunk_id for chunk in found]
            around = await self._library.chunks_around(ids, self._neighbours)
            found = joined(found, around, self._neighbours)
        held = await covered(self._library, row, asked, found, legs, among=among)
        return passages(found, dict(chosen), legs, row.name, among=among, coverage=held)


def _meant(within: Within, query: Query, seen: LookedAt) -> Sequence[int]:
    """The ids of the few files that a question means: those that it calls by their names, or where
    it has several parts those that it is limited to, whose names it need not tell then."""
    if within is not None and query.parts and len(within) <= MOST_SINGLED_OUT:
        return within
    return seen.meant


def _trusted(query: Query, dense: Ranking) -> float:
    """How much the vectors are, 0..1."""
    return trust(dense) * (1.0 if in_known_script(query.text) else nearness(dense))
