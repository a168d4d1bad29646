"""What the two legs of a search found, and the passages that come of it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatui.domain.passage import Passage, Ranks
from chatui.retrieval.chunking.lacks import in_words
from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.fusion import Ranking
from chatui.retrieval.search.query import filled_up

FAR_BEHIND = 50
"""The place of a chunk that is hardly nearer to a question than any other is."""


@dataclass(frozen=True, slots=True)
class Legs:
    """Both rankings, the cosine of every chunk whose vector was looked at, the BM25 score of
    a chunk that holds every word of the question, None where the words were not looked for, those
    chunks that were read, how many there are, 0 where they were not counted, and how many hold the
    words of the question, where they were."""

    dense: Ranking = field(default_factory=list)
    lexical: Ranking = field(default_factory=list)
    similarity: Mapping[str, float] = field(default_factory=dict)
    ideal: float | None = None
    chunks: Mapping[str, ChunkRow] = field(default_factory=dict)
    counted: int = 0
    holding: Mapping[str, int] = field(default_factory=dict)

    @property
    def covered(self) -> Mapping[str, float]:
        """How much of the question each chunk holds that the index has found for it: its score as a
        share of that of one with every word."""
        return {one: score / self.ideal for one, score in self.lexical} if self.ideal else {}

    @property
    def usual(self) -> float | None:
        """How near to the question a chunk is that has nothing to do with it."""
        return self.dense[FAR_BEHIND - 1][1] if len(self.dense) >= FAR_BEHIND else None


def together(legs: Sequence[Legs]) -> Legs:
    """The first query's legs, and behind them what only the others found."""
    if len(legs) == 1:
        return legs[0]
    return Legs(
        list(filled_up([dict(one.dense) for one in legs]).items()),
        list(filled_up([dict(one.lexical) for one in legs]).items()),
        filled_up([one.similarity for one in legs]),
        legs[0].ideal,
        dict(item for one in legs for item in one.chunks.items()),
        legs[0].counted,
        legs[0].holding,
    )


def passages(
    chunks: Sequence[ChunkRow],
    scores: Mapping[str, float],
    legs: Legs,
    collection: str,
    *,
    among: int | None = None,
    coverage: Mapping[str, float] | None = None,
) -> tuple[Passage, ...]:
    """The chunks, the best first, as passages of ranks 1, 2, 3 …, found among so many."""
    dense, lexical = _places(legs.dense), _places(legs.lexical)
    return tuple(
        Passage(
            rank=rank,
            score=scores[chunk.chunk_id],
            source=chunk.source,
            path=chunk.path,
            title=chunk.title,
            heading=chunk.heading,
            page=chunk.page,
            char_start=chunk.char_start,
            char_end=chunk.char_end,
            line_start=chunk.line_start,
            line_end=chunk.line_end,
            text=chunk.text,
            collection=collection,
            chunk_id=chunk.chunk_id,
            ranks=Ranks(dense.get(chunk.chunk_id), lexical.get(chunk.chunk_id)),
            similarity=legs.similarity.get(chunk.chunk_id),
            usual=legs.usual,
            coverage=None if coverage is None else coverage.get(chunk.chunk_id, 0.0),
            among=among,
            header=chunk.header,
            running_head=chunk.running_head,
            ocr=chunk.ocr,
            incomplete=in_words(chunk.lacks),
        )
        for rank, chunk in enumerate(chunks, start=1)
    )


def _places(ranking: Ranking) -> dict[str, int]:
    return {chunk_id: place for place, (chunk_id, _) in enumerate(ranking, start=1)}


def place_of(score: float, chunk: ChunkRow | None) -> tuple[float, str, int]:
    """The best first; of copies, which score alike, the one that a reader meets first."""
    return (-round(score, 9), chunk.path, chunk.char_start) if chunk else (0.0, "", 0)


def shown(chunk: ChunkRow) -> str:
    """The chunk as a reader meets it, under its headings."""
    return "\n".join(part for part in (chunk.title, chunk.heading, chunk.text) if part)
