"""The best candidates for a question in another language, by how well they meet its words. Pure
functions.

There the words of the texts tell next to nothing, and the vector of a few sentences what they are
about. The vectors of single words (`embedding.met_words`) tell more, and take some 50 ms of the
processor for twenty passages, so that they are asked only there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.text.languages import (
    asks_in_english,
    in_known_script,
    is_latin,
    language_of,
    languages_of,
)

LOOKED_AT = 15
"""Candidates whose words are compared."""
MET_SHARE = 0.5
"""Of the score."""
TOLD_BY = 5
"""The best candidates, most of which tell the language."""
BEGINNING = 600
"""Characters of a text that tell its language."""


def asks_across(question: str, chunks: Sequence[ChunkRow]) -> bool:
    """Whether most of the best candidates are in another language than the question, and the model
    may know both."""
    if not chunks or not in_known_script(question):
        return False
    best = chunks[:TOLD_BY]
    most, foreign = len(best) // 2 + 1, 0
    for left, chunk in zip(range(len(best) - 1, -1, -1), best, strict=True):
        foreign += _is_foreign(question, chunk.text[:BEGINNING])
        # Telling a language takes half a millisecond: no further than is needed.
        if not most - left <= foreign < most:
            break
    return foreign >= most


def _is_foreign(question: str, text: str) -> bool:
    if not in_known_script(text):
        return False
    if is_latin(question) != is_latin(text):
        return True
    told, asked = language_of(text), languages_of(question)
    if told and asked:
        return told not in asked
    return told == "English" and not asks_in_english(question)


def with_met_words(ranking: Ranking, met: Mapping[str, float]) -> Ranking:
    """The ranking with its best candidates, those of `met`, in the order of both. Scores stay
    between 0 and the best of before. `met` is how well each meets the question's words, on any
    scale: the best and the worst of them are its ends."""
    least, most = min(met.values(), default=0.0), max(met.values(), default=0.0)
    if most <= least:
        return ranking
    top = ranking[0][1]
    return ranked(
        {
            one: (1 - MET_SHARE) * score
            + MET_SHARE * top * (met.get(one, least) - least) / (most - least)
            for one, score in ranking
        }
    )
