"""The first candidates in a better order than that of their scores, for which their texts are read:
by a closer look, by the words that they share with the question across languages, and by a
reranker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chatui.domain.errors import EmbedderFailed, RerankerFailed, WorkerError
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.across_languages import LOOKED_AT, asks_across, with_met_words
from chatui.retrieval.search.closer_look import CLOSE_LOOKS, looked_at_closely
from chatui.retrieval.search.document_prior import (
    document_fits,
    names_a_time,
    singled_out,
    with_named_first,
)
from chatui.retrieval.search.fusion import Ranking
from chatui.retrieval.search.legs import shown
from chatui.retrieval.search.query import Query
from chatui.retrieval.search.reranker import Reranker
from chatui.retrieval.search.reranking import dealt, read_of, weighed

Met = Callable[[str, Sequence[str]], Awaitable[list[float]]]
"""How well each text meets the words of the question, in whatever language."""

LONG_QUESTION = 300
"""Characters, from which on comparing it takes milliseconds; of shorter ones it takes half of one,
as much as handing them to a thread."""
NONE_READ: Mapping[str, ChunkRow] = {}


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The ranking after a closer look, the ids of the few files that the question means, and the
    chunks that were looked at."""

    ranking: Ranking
    meant: tuple[int, ...]
    chunks: Mapping[str, ChunkRow]


async def looked_at(
    library: Library,
    query: Query,
    ranking: Ranking,
    sure: float,
    read: Mapping[str, ChunkRow] = NONE_READ,
) -> LookedAt:
    """The first candidates in the order of a closer look at their texts and their names. `sure` is
    how much the words are to be trusted, 0..1; `read` are chunks that need not be read again."""
    best = [one for one, _ in ranking[:CLOSE_LOOKS]]
    chunks = {one: read[one] for one in best if one in read}
    unread = [one for one in best if one not in chunks]
    if unread:
        chunks |= await library.chunks(unread)
    today = date.today()
    beginnings: dict[int, str] = {}
    if names_a_time(query, today):
        files = dict.fromkeys(chunk.file_id for chunk in chunks.values())
        beginnings = await library.beginnings(list(files))

    def compared() -> LookedAt:
        closely = looked_at_closely(ranking, query, chunks, sure)
        fits = document_fits(query, chunks.values(), beginnings, today)
        return LookedAt(with_named_first(closely, fits, chunks, sure), singled_out(fits), chunks)

    if len(query.whole) > LONG_QUESTION or beginnings:
        return await asyncio.to_thread(compared)
    return compared()


async def met_across(
    met: Met | None, query: Query, ranking: Ranking, read: Mapping[str, ChunkRow]
) -> Ranking:
    """The best candidates by how well they meet the words of a question in another language;
    `read` are their chunks."""
    chunks = [read[one] for one, _ in ranking[:LOOKED_AT] if one in read]
    if met is None or not await asyncio.to_thread(asks_across, query.text, chunks):
        return ranking
    try:
        found = await met(query.whole, [shown(chunk) for chunk in chunks])
    except (EmbedderFailed, WorkerError):
        # The order is a good one without it, and the next question tells what is wrong.
        return ranking
    return with_met_words(
        ranking, dict(zip((chunk.chunk_id for chunk in chunks), found, strict=True))
    )


@dataclass(frozen=True, slots=True)
class Reranking:
    """Orders the best `most` candidates anew. It reads of each only so many `words`, where most of
    the question's stand, or all with 0, and counts by `share` (0..1) beside the score that they
    have."""

    reranker: Reranker
    most: int
    words: int
    share: float

    def wake(self, question: str) -> None:
        """Ahead of time, where it knows the question's language."""
        if self.reranker.reads(question):
            self.reranker.wake()

    async def ordered(self, library: Library, question: str, ranking: Ranking) -> Ranking:
        """The best candidates in the reranker's order; those that it can't read keep their
        places."""
        reranker = self.reranker
        if not reranker.reads(question):
            return ranking
        best = [chunk_id for chunk_id, _ in ranking[: self.most]]
        chunks = await library.chunks(best)
        read = [one for one in best if one in chunks and reranker.reads(chunks[one].text)]
        texts = [read_of(question, chunks[one], self.words) for one in read]
        try:
            scores = await reranker.score(question, texts)
        except RerankerFailed:
            # It says so itself; the fused order is a good one.
            return ranking
        found = dict(zip(read, scores, strict=True))
        return dealt(ranking, weighed(ranking, found, self.share))
