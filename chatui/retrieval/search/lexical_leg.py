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
    library: Library, row: CollectionRow, query: Query, count: int
) -> FoundByWords:
    """The best `count` in the collection for the query and its context."""
    words, ideal = await library.search_words(row.id, query.text, count)
    sure = sureness(words, ideal)
    if not query.context:
        return FoundByWords(words, sure, ideal)
    context, other = await library.search_words(row.id, query.context, count)
    both = mixed_words(words, context)[:count]
    sure = max(sure if words else 0.0, sureness(context, other) if context else 0.0)
    return FoundByWords(both, sure, max(ideal, other))


async def found_within(library: Library, files: Sequence[int], query: Query, count: int) -> Ranking:
    """The same in a few files, whose words tell nothing of how common they are elsewhere."""
    words = await library.search_words_within(files, query.text, count)
    if not query.context:
        return words
    context = await library.search_words_within(files, query.context, count)
    return mixed_words(words, context)[:count]
