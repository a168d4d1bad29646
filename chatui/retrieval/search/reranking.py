"""What a reranker reads of a passage, and what becomes of its scores. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import tanh

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.legs import shown
from chatui.text.terms import question_terms, terms

_WORD = re.compile(r"\w+")
_STEPS = 4
"""To a part's length: it begins at every so many words."""
_REPEATED = 0.05
"""What a word's being there again is worth, beside a further word of the question."""


def read_of(question: str, chunk: ChunkRow, words: int) -> str:
    """The chunk under its headings; with `words` the part of it that has the most of the
    question's words, under the nearest heading."""
    if not words:
        return shown(chunk)
    part = closest_part(question, chunk.text, words)
    return "\n".join(one for one in (chunk.heading or chunk.title, part) if one)


def closest_part(question: str, text: str, words: int) -> str:
    """So many words of the text in a row, among which the most words of the question are; the
    first such part, and all of a text that is no longer. The marks between them stay."""
    asked = frozenset(question_terms(question))
    found = list(_WORD.finditer(text))
    if len(found) <= words:
        return text
    stems = [term for one in found for term in terms(one.group())[:1] or [""]]
    last = len(found) - words

    def worth(start: int) -> float:
        hits = [stem for stem in stems[start : start + words] if stem in asked]
        return len(set(hits)) + _REPEATED * len(hits)

    start = max([*range(0, last, max(1, words // _STEPS)), last], key=worth)
    return text[found[start].start() : found[start + words - 1].end()]


def weighed(ranking: Ranking, scores: Mapping[str, float], share: float) -> dict[str, float]:
    """A reranker's scores, which are log-odds, as that share (0..1) of a mean with the ranking's
    own, whose best is 1; by a share of 1 they stay as they are, on whatever scale."""
    if share >= 1:
        return dict(scores)
    top = max((score for _, score in ranking), default=0.0) or 1.0
    return {
        chunk_id: share * (1 + tanh(scores[chunk_id] / 2)) / 2 + (1 - share) * score / top
        for chunk_id, score in ranking
        if chunk_id in scores
    }


def dealt(ranking: Ranking, scores: Mapping[str, float]) -> Ranking:
    """The ranking with the places of the chunks that have new scores given to them in the order
    of those. The ranking's own scores stay in their places, and so compare with all others."""
    order = iter(ranked(scores))
    return [
        (next(order)[0] if chunk_id in scores else chunk_id, score) for chunk_id, score in ranking
    ]
