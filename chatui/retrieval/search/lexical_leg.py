"""The lexical leg of a search: the chunks that the words of a question find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.fusion import Ranking, sureness
from chatui.retrieval.search.query import Query, mixed_words


@dataclass(frozen=True, slots=True)
class FoundByWords:
    """BM25 scores, how much they are to be trusted (0..1), and the score of a chunk with all of
    the question's words."""

    ranking: Ranking
    sure: float
    ideal: float


async def found_by_words(
    library: Library,
    row: CollectionRow,
    query: Query,
    count: int,
    files: Sequence[int] | None = None,
) -> FoundByWords:
    """The best `count` in the collection for the query and its context, or in these files of it."""
    words, ideal = await library.search_words(row.id, query.text, count, files)
    sure = sureness(words, ideal)
    if not query.context:
        return FoundByWords(words, sure, ideal)
    context, other = await library.search_words(row.id, query.context, count, files)
    both = mixed_words(words, context)[:count]
    sure = max(sure if words else 0.0, sureness(context, other) if context else 0.0)
    return FoundByWords(both, sure, max(ideal, other))
