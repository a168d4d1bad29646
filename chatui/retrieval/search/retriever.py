"""Ranked passages for a question: the dense and the lexical leg side by side, then fused."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Literal

from chatui.domain.errors import EmbedderFailed, IndexDamaged, RerankerFailed, WorkerError
from chatui.domain.passage import Passage
from chatui.domain.warn_once import WarnOnce
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.embedding.similarity import cosine, cosines
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.index.window_ids import best_of_chunks, parted
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow, CollectionRow
from chatui.retrieval.search.across_languages import (
    BEGINNING,
    LOOKED_AT,
    asks_across,
    with_met_words,
)
from chatui.retrieval.search.closer_look import CLOSE_LOOKS, looked_at_closely
from chatui.retrieval.search.coverage import coverage, looked_for, of_both, weights
from chatui.retrieval.search.diversity import diversified
from chatui.retrieval.search.document_prior import (
    document_fits,
    names_a_time,
    singled_out,
    with_named_first,
)
from chatui.retrieval.search.duplicates import ScoredChunk, distinct
from chatui.retrieval.search.fusion import (
    Ranking,
    convex,
    nearness,
    of_queries,
    ranked,
    sureness,
    trust,
)
from chatui.retrieval.search.instructions import parts, without_instructions
from chatui.retrieval.search.legs import Legs, passages, place_of, shown, together
from chatui.retrieval.search.neighbours import joined
from chatui.retrieval.search.query import Query, drawn_near, embedded, lifted_to_page, mixed_words
from chatui.retrieval.search.question_parts import (
    MANY_PASSAGES,
    PARTS_SHARE,
    WHOLE_SHARE,
    by_titles,
    of_parts,
    with_parts,
)
from chatui.retrieval.search.reranker import Reranker
from chatui.retrieval.search.reranking import dealt, read_of, weighed
from chatui.text.languages import in_known_script, is_latin
from chatui.text.places import PAGE, SLIDE, places_in

SearchMode = Literal["hybrid", "dense", "lexical"]

Met = Callable[[str, Sequence[str]], Awaitable[list[float]]]
"""How well each text meets the words of the question, in whatever language."""

SPARE = 20
"""Candidates beyond the wanted ones: for those that say the same as a better one, and for
chunks that an ingest deletes during the search."""

WINDOWS_PER_CHUNK = 3
"""How many vectors the index is asked for, for each wanted chunk: the nearest may be windows of
one. Most chunks have two."""

MOST_COMPARED = 3000
"""Chunks of a few files whose vectors are compared one by one, in about 50 µs each; of more the
index is asked for those nearest to the question."""
MOST_ASKED = 4000

VOUCHED_SECONDS = 2.0
"""How long the index is taken to hold what it was found to hold."""


class Retriever:
    """`candidates` is how many chunks each leg proposes, `dense_weight` (0..1) how much the
    dense leg counts when both are fused.

    The scores are weighed together and not the ranks. The dense leg counts less where it hardly
    tells the chunks apart (`fusion.trust`), and the words where they have found little of the
    question (`fusion.sureness`). The best candidates are then compared with the question letter by
    letter (`closer_look`), and with the names of their documents (`document_prior`).

    Where the question means a long document, its parts are searched for in that alone
    (`question_parts`), which takes an embedding for each.

    On 472 English questions about five text corpora the gold span is in the first passage for 72%
    and in the first five for 95%; of 24 on financial reports the right page is first for 46% and
    among ten for 79% (`benchmarks/retrieval_quality.py`). Reciprocal rank fusion of the legs lost
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
        self._embedder = embedder
        self._vectors = vectors
        self._candidates = candidates
        self._dense_weight = dense_weight
        self._diversity = diversity
        self._neighbours = neighbours
        self._reranker = reranker
        self._reranked = reranked
        self._reranked_words = reranked_words
        self._reranker_share = reranker_share
        self._met = met
        self._on_warning = on_warning
        self._warnings = WarnOnce(on_warning)
        self._vouched: dict[int, float] = {}

    async def search(
        self,
        query: str | Query,
        *,
        collection: str,
        k: int,
        mode: SearchMode = "hybrid",
        also: Sequence[Query] = (),
        within: Sequence[int] | None = None,
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
        if self._reranker is not None and self._reranker.reads(asked.whole):
            self._reranker.wake()
        count = max(self._candidates, k)
        queries = [asked, *also]
        found = await asyncio.gather(
            *(
                self._ranked(row, one, count, mode)
                if within is None
                else self._ranked_within(row, one, count, mode, within)
                for one in queries
            )
        )
        legs = together([legs for legs, _ in found])
        ranking = of_queries([one for _, one in found], [one.weight for one in queries])
        if self._reranker is not None:
            ranking = await self._reorder(self._reranker, asked.whole, ranking)
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
        self, row: CollectionRow, query: Query, count: int, mode: SearchMode
    ) -> tuple[Legs, Ranking]:
        query = replace(query, text=without_instructions(query.text), parts=parts(query.text))
        if mode == "lexical":
            words, sure, ideal = await self._lexical(row, query, count)
            ranking, meant, read = await self._closely(query, words, sure)
            ranking, _ = await self._in_documents(row, query, ranking, meant)
            return Legs(lexical=words, ideal=ideal, chunks=read), ranking
        vector = asyncio.create_task(self._vector(row, query))
        try:
            if mode == "dense":
                dense = await self._nearest(row, await vector, count)
                return Legs(dense, similarity=dict(dense)), dense
            return await self._hybrid(row, query, vector, count)
        finally:
            # Nothing is left running, and nothing booked, behind the back of a failed search.
            vector.cancel()
            await asyncio.wait([vector])

    async def _hybrid(
        self, row: CollectionRow, query: Query, vector: asyncio.Task[bytes], count: int
    ) -> tuple[Legs, Ranking]:
        """The index looks for the vector while the chunks that the words have found are
        compared with it here."""
        words = asyncio.create_task(self._lexical(row, query, count))
        compared = asyncio.create_task(self._compared(row, vector, words))
        try:
            dense, (counted, holding) = await asyncio.gather(
                self._nearest(row, await vector, count), self._counted(row, query, words)
            )
            (lexical, sure, ideal), similarity = await asyncio.gather(words, compared)
        except (IndexDamaged, WorkerError) as error:
            self._warn(error)
            lexical, sure, ideal = await words
            ranking, _, read = await self._closely(query, lexical, sure)
            return Legs(lexical=lexical, ideal=ideal, chunks=read), ranking
        finally:
            words.cancel()
            compared.cancel()
            await asyncio.wait([words, compared])
        self._warnings.worked()
        similarity |= dict(dense)
        weight = self._dense_weight * _trusted(query, dense)
        ranking = convex(similarity, dict(lexical), weight, sure)
        ranking, meant, read = await self._closely(query, ranking, sure)
        ranking = await self._across(query, ranking, read)
        ranking, near = await self._in_documents(row, query, ranking, meant, await vector)
        legs = Legs(dense, lexical, near | similarity, ideal, read, counted, holding)
        return legs, ranking

    async def _ranked_within(
        self, row: CollectionRow, query: Query, count: int, mode: SearchMode, files: Sequence[int]
    ) -> tuple[Legs, Ranking]:
        """The same in a few files: their vectors are compared one by one, which is exact, and none
        of them is hidden behind nearer ones of other files."""
        words: Ranking = []
        if mode != "dense":
            words = await self._library.search_words_within(files, query.text, count)
            if query.context:
                context = await self._library.search_words_within(files, query.context, count)
                words = mixed_words(words, context)[:count]
        similarity: dict[str, float] = {}
        if mode != "lexical":
            try:
                similarity = await self._all_compared(row, query, files, count)
            except (IndexDamaged, WorkerError) as error:
                if mode == "dense":
                    raise
                self._warn(error)
            else:
                self._warnings.worked()
        dense = ranked(similarity)[:count]
        legs = Legs(dense, words, similarity)
        if mode != "hybrid" or not similarity:
            return legs, words if mode == "lexical" or not dense else dense
        weight = self._dense_weight * _trusted(query, dense)
        ranking = convex(similarity, dict(words), weight)[:count]
        held = await self._library.chunks([one for one, _ in ranking[:LOOKED_AT]])
        return legs, await self._across(query, ranking, held)

    async def _all_compared(
        self, row: CollectionRow, query: Query, files: Sequence[int], count: int
    ) -> dict[str, float]:
        vector = await self._vector(row, query)
        if not vector:
            return {}
        ids = await self._library.chunk_ids_of(files)
        if len(ids) > MOST_COMPARED:
            held = set(ids)
            nearest = await self._vectors.query(
                row.name, vector, MOST_ASKED, fingerprint=row.fingerprint
            )
            ids = [one for one in best_of_chunks(nearest) if one in held][: 2 * count]
        stored = await self._library.vectors(row.fingerprint, ids)
        return await asyncio.to_thread(cosines, vector, stored)

    def _warn(self, error: IndexDamaged | WorkerError) -> None:
        """Once for the same damage. Raises it where nobody is there to be told."""
        if self._on_warning is None:
            raise error
        self._warnings.warn(
            f"{error} Until then documents are searched by words alone.", str(error)
        )

    async def _lexical(
        self, row: CollectionRow, query: Query, count: int
    ) -> tuple[Ranking, float, float]:
        """What the words have found, how much that is to be trusted, and the score of a chunk with
        all of them."""
        words, ideal = await self._library.search_words(row.id, query.text, count)
        sure = sureness(words, ideal)
        if not query.context:
            return words, sure, ideal
        context, other = await self._library.search_words(row.id, query.context, count)
        both = mixed_words(words, context)[:count]
        sure = max(sure if words else 0.0, sureness(context, other) if context else 0.0)
        return both, sure, max(ideal, other)

    async def _closely(
        self, query: Query, ranking: Ranking, sure: float
    ) -> tuple[Ranking, tuple[int, ...], dict[str, ChunkRow]]:
        """The first candidates in the order of a closer look at their texts and their names, the
        ids of the few files that the question means, and the chunks that were looked at."""
        chunks = await self._library.chunks([one for one, _ in ranking[:CLOSE_LOOKS]])
        today = date.today()
        beginnings: dict[int, str] = {}
        if names_a_time(query, today):
            files = dict.fromkeys(chunk.file_id for chunk in chunks.values())
            beginnings = await self._library.beginnings(list(files))

        def compared() -> tuple[Ranking, tuple[int, ...], dict[str, ChunkRow]]:
            looked_at = looked_at_closely(ranking, query, chunks, sure)
            fits = document_fits(query, chunks.values(), beginnings, today)
            return with_named_first(looked_at, fits, chunks, sure), singled_out(fits), chunks

        return await asyncio.to_thread(compared)

    async def _across(
        self, query: Query, ranking: Ranking, read: Mapping[str, ChunkRow]
    ) -> Ranking:
        """The best candidates by how well they meet the words of a question in another language;
        `read` are their chunks."""
        chunks = [read[one] for one, _ in ranking[:LOOKED_AT] if one in read]
        if self._met is None or not await asyncio.to_thread(asks_across, query.text, chunks):
            return ranking
        try:
            found = await self._met(query.whole, [shown(chunk) for chunk in chunks])
        except (EmbedderFailed, WorkerError):
            # The order is a good one without it, and the next question tells what is wrong.
            return ranking
        met = dict(zip((chunk.chunk_id for chunk in chunks), found, strict=True))
        return with_met_words(ranking, met)

    async def _in_documents(
        self,
        row: CollectionRow,
        query: Query,
        ranking: Ranking,
        files: Sequence[int],
        vector: bytes = b"",
    ) -> tuple[Ranking, dict[str, float]]:
        """The ranking, mixed with what the parts of the question find in these files: by words,
        by titles, and where the question has a `vector` by likeness among what has the words.
        Beside it the cosines with that vector."""
        if not files or len(await self._library.chunk_ids_of(files)) <= MANY_PASSAGES:
            return ranking, {}
        rankings: list[Ranking] = []
        similarity: dict[str, float] = {}
        for part in dict.fromkeys([query.whole, *query.parts]):
            is_whole = part == query.whole
            words = await self._library.search_words_within(files, part, self._candidates)
            ids = [one for one, _ in words]
            rankings.append(words)
            if vector and words:
                own = vector if is_whole else await self._embedder.embed_query(part)
                stored = await self._library.vectors(row.fingerprint, ids)
                near = await asyncio.to_thread(cosines, own, stored)
                rankings.append(ranked(near))
                similarity |= near if is_whole else {}
            if not is_whole:
                chunks = await self._library.chunks(ids)
                rankings.append(await asyncio.to_thread(by_titles, part, list(chunks.values())))
        share = PARTS_SHARE if query.parts else WHOLE_SHARE
        return with_parts(ranking, of_parts(rankings), share), similarity

    async def _reorder(self, reranker: Reranker, query: str, ranking: Ranking) -> Ranking:
        """The best candidates in the reranker's order; those that it can't read keep their
        places."""
        if not reranker.reads(query):
            return ranking
        best = [chunk_id for chunk_id, _ in ranking[: self._reranked]]
        chunks = await self._library.chunks(best)
        read = [one for one in best if one in chunks and reranker.reads(chunks[one].text)]
        texts = [read_of(query, chunks[one], self._reranked_words) for one in read]
        try:
            scores = await reranker.score(query, texts)
        except RerankerFailed:
            # It says so itself; the fused order is a good one.
            return ranking
        found = dict(zip(read, scores, strict=True))
        return dealt(ranking, weighed(ranking, found, self._reranker_share))

    def without_reranker(self) -> Retriever:
        """The same, but that nothing orders its candidates anew."""
        plain = copy.copy(self)
        plain._reranker = None
        return plain

    async def is_empty(self, collection: str) -> bool:
        """Whether there is nothing to find: no such collection, or one without chunks."""
        infos = await self._library.collections()
        return not any(info.name == collection and info.chunks for info in infos)

    async def _vector(self, row: CollectionRow, query: Query) -> bytes:
        """The query's vector, b"" when nothing is indexed. The index process starts while the
        query is being embedded: a first search waits for the slower of the two only."""
        if not await self._library.has_indexed(row.id):
            return b""
        if row.fingerprint != await self._embedder.fingerprint():
            raise IndexDamaged(
                f"The index of the collection {row.name!r} was made with another embedding "
                "model; the next ingest makes it anew, as does "
                f"`chatui collections rebuild {row.name}`."
            )
        embedding = asyncio.create_task(embedded(query, self._embedder))
        try:
            await self._vouch(row)
            return await embedding
        finally:
            embedding.cancel()
            await asyncio.wait([embedding])

    async def _nearest(self, row: CollectionRow, vector: bytes, k: int) -> Ranking:
        if not vector:
            return []
        asked = k * WINDOWS_PER_CHUNK
        nearest = await self._vectors.query(row.name, vector, asked, fingerprint=row.fingerprint)
        if len(nearest) < asked:
            # Fewer than asked for: all there are, or the index has lost the rest just now.
            self._vouched.pop(row.id, None)
            await self._vouch(row)
        return ranked(best_of_chunks(nearest))[:k]

    async def _vouch(self, row: CollectionRow) -> None:
        """Raises IndexDamaged when the index holds fewer vectors than it has said. Counting
        takes as long as searching, so it is believed for a moment."""
        if time.monotonic() - self._vouched.get(row.id, float("-inf")) < VOUCHED_SECONDS:
            return
        expected, held = await asyncio.gather(
            self._library.count_vectors(row.id), self._vectors.count(row.name)
        )
        # Read again: an ingest may have removed chunks in between.
        if held < expected and held < await self._library.count_vectors(row.id):
            raise IndexDamaged(
                f"The index of the collection {row.name!r} has lost vectors; mend it with "
                f"`chatui collections rebuild {row.name}`, which embeds nothing anew."
            )
        self._vouched[row.id] = time.monotonic()

    async def _counted(
        self, row: CollectionRow, query: Query, words: asyncio.Task[tuple[Ranking, float, float]]
    ) -> tuple[int, dict[str, int]]:
        """How many chunks there are, and in how many the question's words stand: while the index
        looks, and behind what the words have found, for which others wait."""
        await asyncio.wait([words])
        return await asyncio.gather(
            self._library.count_chunks(row.id),
            self._library.chunks_holding(row.id, list(_looked_for(query).values())),
        )

    async def _compared(
        self,
        row: CollectionRow,
        vector: asyncio.Task[bytes],
        words: asyncio.Task[tuple[Ranking, float, float]],
    ) -> dict[str, float]:
        """The cosines of the chunks that the words have found, from their stored vectors."""
        found = [chunk_id for chunk_id, _ in (await words)[0]]
        stored = await self._library.vectors(row.fingerprint, found)
        # Waited for without owning it: who cancels this does not mean the embedding.
        await asyncio.wait([vector])
        if vector.cancelled() or vector.exception() is not None:
            return {}
        asked = vector.result()
        return cosines(asked, stored) if asked else {}

    async def _diversified(
        self, row: CollectionRow, candidates: Sequence[ScoredChunk], k: int
    ) -> Ranking:
        ranking = ranked({one.chunk_id: one.score for one in candidates})
        if not self._diversity:
            return ranking[:k]
        stored = await self._library.vectors(row.fingerprint, [one for one, _ in ranking])
        size = 4 * await self._embedder.dimensions()
        windows = {one: parted(vectors, size) for one, vectors in stored.items()}

        def likeness(left: str, right: str) -> float:
            pairs = product(windows.get(left, ()), windows.get(right, ()))
            return max((cosine(one, other) for one, other in pairs), default=0.0)

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
        held = await self._coverage(row, asked, found, legs, among)
        return passages(found, dict(chosen), legs, row.name, among=among, coverage=held)

    async def _coverage(
        self,
        row: CollectionRow,
        query: Query,
        found: Sequence[ChunkRow],
        legs: Legs,
        among: int | None,
    ) -> dict[str, float]:
        """How much of the question's words each of these holds: by what they say, and by the score
        of those that the index has found for the whole question."""
        asked = _looked_for(query)
        missing = [word for word in asked.values() if word not in legs.holding]
        rows = dict(legs.holding)
        if missing:
            rows |= await self._library.chunks_holding(row.id, missing)
        size = await self._library.count_chunks(row.id) if among is None else among
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


def _looked_for(query: Query) -> Mapping[str, str]:
    return looked_for(without_instructions(query.whole))


def _trusted(query: Query, dense: Ranking) -> float:
    """How much the vectors are, 0..1."""
    return trust(dense) * (1.0 if in_known_script(query.text) else nearness(dense))
