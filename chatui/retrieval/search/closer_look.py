"""The best candidates, compared with the question letter by letter. Pure functions.

The legs know words: a form that no stem leads to, a part of a compound or a name that is written
together are lost to one of them. Runs of four letters find all of these in every language, and what
is common is told among the candidates themselves, so that in a library of many languages a word
counts as it does in its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import log
from types import MappingProxyType

from chatui.retrieval.library.records import ChunkRow
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.query import Query
from chatui.text.folding import fold
from chatui.text.fts.scripts import UNSPACED, gram_size, grams, one_kana
from chatui.text.question_words import ENGLISH, question_words

CLOSE_LOOKS = 28
"""Candidates that are compared, about 0.1 ms each. With 50 German questions on German text
have the answer first one point more often (91.0%), as often among the first five; in a library of
eight languages they gained 0.7 there in one comparison."""
LETTERS_SHARE = 0.2
"""Of the score, where the words are trusted in full."""
TEXTS_KEPT = 256
"""Of candidates, in letters: they are made ahead (`read_ahead`), and the next question may find the
same."""
QUESTIONS_KEPT = 16
MOST_GRAMS = 256
"""Of a question: a pasted page would take as long as all the rest of a search."""
SIZE = 4
K1, B = 1.2, 0.75
"""BM25's own, as FTS5 has them; lengths are in letters."""

_ACCENTS = re.compile("[\u0300-\u036f]")
_ACCENTED = re.compile("[\u00c0-\u024f\u0300-\u052f\u1e00-\u1fff]+")
"""Letters that may have accents. Hangul and kana would be taken apart for nothing."""
_BETWEEN = re.compile(
    "[\\s!-/:-@\\[-`{-~\u00a1-\u00bf\u060c\u061b\u061f\u0964\u0965\u2010-\u206f\u3001-\u3004"
    "\u3008-\u3020\uff01-\uff0f]+"
)
_ASCII_BETWEEN = {
    code: " " for code in range(128) if not (chr(code).isalnum() and chr(code).isascii())
}


def looked_at_closely(
    ranking: Ranking, query: Query, chunks: Mapping[str, ChunkRow], sureness: float
) -> Ranking:
    """The ranking with its first candidates, those of `chunks`, in a better order. Scores stay
    between 0 and the best of before. `sureness` (0..1) is how much of the question's words the
    texts have: where these are in another language, letters that fit are mere chance."""
    wanted = weighted_grams(query)
    best = [one for one, _ in ranking[:CLOSE_LOOKS] if one in chunks]
    scores = dict(zip(best, bm25(wanted, [written(chunks[one]) for one in best]), strict=True))
    most = max(scores.values(), default=0.0)
    if not most:
        return ranking
    share, top = LETTERS_SHARE * sureness, ranking[0][1]
    return ranked(
        {
            one: (1 - share) * score + share * top * scores.get(one, 0.0) / most
            for one, score in ranking
        }
    )


def made_ready(query: Query, chunk: ChunkRow) -> None:
    """What the closer look needs of a chunk is made and kept for a while."""
    _counts(written(chunk), tuple(weighted_grams(query)))


@lru_cache(maxsize=QUESTIONS_KEPT)
def weighted_grams(query: Query) -> Mapping[str, float]:
    """What to look for, and how much it counts: less where it is only in the context."""
    forms = question_words(query.text)
    found = dict.fromkeys(runs_of_letters(query.text, forms), 1.0)
    for gram in runs_of_letters(query.context, forms):
        found.setdefault(gram, query.lexical_share)
    return MappingProxyType(dict(list(found.items())[:MOST_GRAMS]))


def bm25(wanted: Mapping[str, float], texts: Sequence[str]) -> list[float]:
    """The score of each text; what is rare is told among these texts."""
    mean = sum(map(len, texts)) / max(1, len(texts)) or 1.0
    lengths = [K1 * (1 - B + B * len(text) / mean) for text in texts]
    scores = [0.0] * len(texts)
    grams = tuple(wanted)
    columns = zip(*(_counts(text, grams) for text in texts), strict=True)
    for weight, counts in zip(wanted.values(), columns, strict=False):
        holding = len(texts) - counts.count(0)
        rarity = log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        if holding:
            for at, count in enumerate(counts):
                if count:
                    scores[at] += weight * rarity * count * (K1 + 1) / (count + lengths[at])
    return scores


@lru_cache(maxsize=TEXTS_KEPT)
def _counts(text: str, grams: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(map(text.count, grams))


def written(chunk: ChunkRow) -> str:
    """The chunk's letters, with the names of its file, its headings and its columns before them."""
    parts = (chunk.source, chunk.title, chunk.heading, chunk.header, chunk.text)
    return _kept("\n".join(part for part in parts if part))


@lru_cache(maxsize=TEXTS_KEPT)
def _kept(text: str) -> str:
    return plain(text)


def plain(text: str) -> str:
    """Small letters without accents, and words with one blank on each side."""
    if text.isascii():
        return f" {text.lower().translate(_ASCII_BETWEEN)} "
    bare = _ACCENTED.sub(_without_accents, one_kana(fold(text)).lower())
    return f" {_BETWEEN.sub(' ', bare)} "


def _without_accents(letters: re.Match[str]) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", letters[0]))


def runs_of_letters(text: str, forms: frozenset[str] = ENGLISH) -> Iterator[str]:
    """Of four letters, and shorter words whole; those of `forms`, which only ask, are left out."""
    for word in plain(text).split():
        if word in forms:
            continue
        at = 0
        for run in UNSPACED.finditer(word):
            yield from _spaced_grams(word[at : run.start()])
            yield from _unspaced_grams(run.group())
            at = run.end()
        yield from _spaced_grams(word[at:], whole=not at)


def _spaced_grams(word: str, *, whole: bool = False) -> Iterator[str]:
    if len(word) >= SIZE:
        yield from (word[at : at + SIZE] for at in range(len(word) - SIZE + 1))
    elif word:
        yield f" {word} " if whole else word


def _unspaced_grams(run: str) -> Iterator[str]:
    # A character of the alphabets that write no spaces is a letter as well.
    yield from grams(run) if gram_size(run) == 2 else _spaced_grams(run)
