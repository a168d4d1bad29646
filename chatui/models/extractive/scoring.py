"""Scores the pieces of the passages for one question. Pure functions.

The weights were fitted on 472 questions over five English corpora (speeches, encyclopedia
articles, financial reports, chats, biomedical papers), each corpus left out in turn; the
result moves by less than two points when any of them is halved or doubled.
`benchmarks/extract_quality.py` takes the figures anew.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from chatui.domain.passage import Passage
from chatui.text.blocks import BlockKind, table_head
from chatui.text.sentences import Piece, split
from chatui.text.terms import question_terms, rarity, terms, words_in

SIMILARITY = 3.0
"""Cosine of question and piece."""
NEARBY_SIMILARITY = 3.0
"""Mean cosine of the piece and its neighbours: an answer stands among its like."""
COVERAGE = 2.5
"""Share of the question's terms in the piece, rare ones counting more."""
NEARBY_COVERAGE = 2.0
RAREST = 1.0
"""The rarest term of the question in the piece, against the rarest of all."""
PASSAGE_RANK = 4.0
"""Falls off as 1 / (rank + 1)."""
LENGTH = 0.3
"""Taken off per e-fold of words: of two equal pieces the shorter one leaves room."""
SHORT = 8
"""Words; shorter pieces gain nothing by their shortness."""
QUESTION = 1.0
"""Taken off a piece that asks: a question repeats the words of ours and answers nothing."""
ANSWER_FORM = 0.6
"""The form that the question asks for: a number, a date, a name, a step."""

_HOW_MANY = re.compile(
    r"\bhow (?:many|much|long|often|old|far|big|large|high|tall)\b|多少|几[个年位次]", re.IGNORECASE
)
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month)\b|什么时候|哪一?年|何时", re.IGNORECASE
)
_WHO = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
_HOW_TO = re.compile(
    r"\bhow (?:do|can|should) (?:i|you|we|one)\b|\bhow to\b|\bsteps\b|怎么|如何", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred)\b|[一二三四五六七八九十百千万]"
)
_DATE = re.compile(
    r"\b1\d{3}\b|\b20\d\d\b|\d[年月日]|\d{1,2}[./:-]\d{1,2}|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]{1,60}+(?: [A-Z][\w'’.-]+)+|(?<=[a-z,] )[A-Z][a-z]+")
_FORMS = ((_HOW_MANY, _NUMBER), (_WHEN, _DATE), (_WHO, _NAME))


@dataclass(frozen=True, slots=True)
class Quotable:
    """A piece that may be quoted.

    `n` is its passage's place in the request, from 1; `topic` are the terms of the
    passage's title and headings; `words` is its length, `frame` what laying it out by
    itself adds: its citation mark, a table's head, a code block's fences.
    """

    n: int
    piece: Piece
    text: str
    terms: frozenset[str]
    topic: frozenset[str]
    words: float
    frame: float


def candidates(n: int, passage: Passage) -> list[Quotable]:
    """All pieces of the passage but headings, in reading order."""
    topic = frozenset(terms(f"{passage.title} {passage.heading}"))
    found = []
    for piece in split(passage.text, passage.source):
        text = passage.text[piece.start : piece.end]
        if piece.kind is not BlockKind.HEADING and any(map(str.isalnum, text)):
            own, frame = frozenset(terms(text)), _frame(passage.text, piece)
            found.append(Quotable(n, piece, text, own, topic, words_in(text), frame))
    return found


def _frame(text: str, piece: Piece) -> float:
    """Words around a quote of this piece alone."""
    if piece.kind is BlockKind.ROW:
        return 2 + words_in(table_head(text, piece.start) or "")
    return 3 if piece.kind is BlockKind.CODE else 1


def cosines(query: bytes, vectors: Sequence[bytes]) -> list[float]:
    """Cosine similarities of normalised float32 vectors."""
    wanted = array("f", query)
    return [sum(map(mul, wanted, array("f", vector))) for vector in vectors]


def scores(question: str, pieces: Sequence[Quotable], similarities: Sequence[float]) -> list[float]:
    """One score per candidate, on the scale of log odds; higher answers better.

    `similarities` are cosines to the question, 0 where they were not taken.
    """
    wanted = question_terms(question)
    if not wanted:
        return [_lead_score(pieces, place) for place in range(len(pieces))]
    weights = rarity(wanted, [piece.terms for piece in pieces])
    whole, rarest = sum(weights.values()), max(weights.values())
    has_asked_form = _asked_form(question)
    result = []
    for place, piece in enumerate(pieces):
        near = _neighbours(pieces, place)
        near_terms = piece.topic.union(*(pieces[i].terms for i in near))
        present = [weight for term, weight in weights.items() if term in piece.terms]
        result.append(
            SIMILARITY * similarities[place]
            + NEARBY_SIMILARITY * sum(similarities[i] for i in near) / len(near)
            + COVERAGE * sum(present) / whole
            + NEARBY_COVERAGE * _sum_of(weights, near_terms) / whole
            + RAREST * max(present, default=0.0) / rarest
            + PASSAGE_RANK / (piece.n + 1)
            - LENGTH * math.log(max(piece.words, SHORT))
            - QUESTION * piece.text.endswith(("?", "？", "؟"))
            + ANSWER_FORM * has_asked_form(piece)
        )
    return result


def promising(question: str, pieces: Sequence[Quotable], count: int) -> list[int]:
    """Places of the `count` pieces that the words alone score best, in reading order."""
    by_words = scores(question, pieces, [0.0] * len(pieces))
    return sorted(sorted(range(len(pieces)), key=lambda place: -by_words[place])[:count])


def _sum_of(weights: Mapping[str, float], present: frozenset[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in present)


def _neighbours(pieces: Sequence[Quotable], place: int) -> list[int]:
    """The piece's own place and those beside it in the same passage."""
    return [
        i
        for i in (place - 1, place, place + 1)
        if 0 <= i < len(pieces) and pieces[i].n == pieces[place].n
    ]


def _lead_score(pieces: Sequence[Quotable], place: int) -> float:
    """For a question about nothing in particular ("summarise this"): what opens a passage."""
    first = next(i for i, piece in enumerate(pieces) if piece.n == pieces[place].n)
    return 1.0 - 0.5 * (place - first) - 0.1 * pieces[place].n


def _asked_form(question: str) -> Callable[[Quotable], bool]:
    """Tells whether a piece has the form that the question asks for."""
    for asked, form in _FORMS:
        if asked.search(question):
            return lambda piece, form=form: bool(form.search(piece.text))  # type: ignore[misc]
    if _HOW_TO.search(question):
        return lambda piece: piece.piece.kind in (BlockKind.ITEM, BlockKind.CODE)
    return lambda piece: False
