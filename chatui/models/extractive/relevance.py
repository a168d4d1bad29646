"""Tells whether the passages have to do with the question at all. Pure functions.

The evidence is how much of the question one passage holds, by the index's account of rare words
(`Passage.coverage`) and by its own, and how near in meaning its sentences are. A question in
another language than the documents' has only the second, which tells less.

The weights are those of logistic regressions on questions put to documents that hold the answer
and to documents that do not: articles in German, Spanish, Arabic, Hindi, Thai, Japanese and
Chinese, five English corpora; German and Arabic questions on English articles. Languages left out
in turn held in one library of them all; in a library of its own a language comes out differently,
as no word is as rare there. The constant was chosen on German, Arabic and Hindi, so these figures
of 120 questions each, in a library of their own, are no held-out ones: refused without an answer
and with one, German 94% and 6%, Arabic 85% and 5%, Hindi 87% and 10% (mean 89% and 7%). A constant
chosen on half of the questions for 5% refused with an answer is -6.6 or -7.0, and refuses 86% and
5% of the other half. Of questions with an answer on which it was not chosen, none of 120 Japanese
and two of 120 English ones are refused.

German questions on English articles: 46% and 9%, Arabic ones 44% and 12%; constants
chosen on a half for 5% with an answer refuse 27% and 4% of the other half. Neither the spread or
noise of the cosines, nor the question's length, nor the share of its rare words told more there.
`benchmarks/extract_quality.py` takes English and Chinese figures anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from operator import mul

from chatui.domain.passage import Passage
from chatui.models.extractive.likeness import Likeness
from chatui.models.extractive.scoring import Quotable, neighbours, share
from chatui.text.languages import language_of, may_be_english
from chatui.text.terms import question_terms, rarity

LOOKED_AT = 3
"""Passages whose language is compared with the question's."""
MOST_COVERED = 1.2
"""A passage that says the words of the question again and again says no more by that."""
TRUSTED_NOISE = 0.18
"""Up to here cosines count in full. The universal encoder: 0.12 in most languages that it knows."""
USELESS_NOISE = 0.38
"""From here on they don't count: a model that does not know a language finds all its sentences
alike. The universal encoder: Hindi 0.40."""
SEMITIC_COVERED = 1.5
SEMITIC_HELD = 1.2
"""Arabic and Hebrew write articles, prepositions and endings together with a word, so that half of
its forms are not found: the same answer covers less of the question."""
SAME_LANGUAGE = (-7.3, 4.8, 6.8, 3.1, 2.6, 2.9, 8.8)
"""The constant, and the weights of `EvidenceOfRelevance.features`."""
CLEAR = 0.5
"""A sentence as near as this answers in other words than the question's: 0.8% of the questions
without an answer have one."""
WORDS_ALONE = (-6.8, 5.1, 9.0, 3.5)
"""The constant, and the weights of `covered`, `held` and `said`, where no model has compared."""
OTHER_LANGUAGE = (-4.3, 13.0, 7.0)
"""The constant, and the weights of the best piece's and the best passage's cosine."""
_SEMITIC = re.compile("[\u0590-\u05ff\u0620-\u06ff]")


@dataclass(frozen=True, slots=True)
class EvidenceOfRelevance:
    """`covered` is the best passage's coverage of the question, `held` the share of the question's
    terms in the best passage by their rarity among the pieces, `said` that in the best piece.
    `near` is the best piece's cosine above the noise, `covered_near` the product of the best
    coverage and that passage's best cosine, `said_near` that of the terms in a piece with its
    neighbours and their mean cosine."""

    covered: float
    held: float
    said: float
    near: float = 0.0
    covered_near: float = 0.0
    said_near: float = 0.0

    @property
    def features(self) -> tuple[float, ...]:
        words = (self.covered, self.held, self.said)
        return (self.near, *words, self.covered_near, self.said_near)


def is_relevant(
    question: str,
    passages: Sequence[Passage],
    pieces: Sequence[Quotable],
    likeness: Likeness | None,
) -> bool:
    """Whether any passage is about what the question asks. A question without a subject of its own
    ("summarise this") takes whatever there is."""
    if not pieces:
        return False
    wanted = question_terms(question)
    if not wanted:
        return True
    if likeness is not None and is_foreign(question, passages):
        constant, piece, passage = OTHER_LANGUAGE
        best = max((p.similarity or 0.0) * _scale(question, p, likeness) for p in passages)
        return constant + trust(likeness) * (piece * max(likeness.pieces) + passage * best) >= 0
    found = evidence(question, wanted, passages, pieces, likeness)
    if likeness is None:
        return _weighed(WORDS_ALONE, (found.covered, found.held, found.said)) >= 0
    return found.near >= CLEAR or _weighed(SAME_LANGUAGE, found.features) >= 0


def is_foreign(question: str, passages: Sequence[Passage]) -> bool:
    """Whether the question is in another language than the best passages."""
    asked = language_of(question)
    found = [language_of(one.text) for one in passages[:LOOKED_AT]]
    return bool(asked) and all(found) and asked not in found


def evidence(
    question: str,
    wanted: Sequence[str],
    passages: Sequence[Passage],
    pieces: Sequence[Quotable],
    likeness: Likeness | None,
) -> EvidenceOfRelevance:
    is_semitic = bool(_SEMITIC.search(question))
    weights = rarity(wanted, [piece.terms | piece.context for piece in pieces])
    by_passage: dict[int, frozenset[str]] = {}
    for piece in pieces:
        known = by_passage.get(piece.n, piece.topic)
        by_passage[piece.n] = known | piece.terms | piece.context
    shares = {n: share(weights, held) for n, held in by_passage.items()}
    covered = {n: _covered(one, shares.get(n, 0.0)) for n, one in enumerate(passages, start=1)}
    factor = SEMITIC_HELD if is_semitic else 1.0
    more = SEMITIC_COVERED if is_semitic else 1.0
    best = max(covered, key=lambda n: covered[n])
    said = max(share(weights, piece.terms | piece.context) for piece in pieces)
    found = EvidenceOfRelevance(
        covered=min(MOST_COVERED, covered[best] * more),
        held=min(1.0, max(shares.values()) * factor),
        said=min(1.0, said * factor),
    )
    if likeness is None:
        return found
    trusted, cosines = trust(likeness), likeness.pieces
    highest = max(cosines)
    of_best = [cosines[at] for at, piece in enumerate(pieces) if piece.n == best]
    return replace(
        found,
        near=trusted * max(0.0, highest - likeness.noise) / (1 - likeness.noise or 1),
        covered_near=trusted * more * covered[best] * max(of_best, default=0.0),
        said_near=trusted * factor * max(_said_near(pieces, weights, cosines)),
    )


def trust(likeness: Likeness) -> float:
    """How much the cosines count, 0..1."""
    above = (USELESS_NOISE - likeness.noise) / (USELESS_NOISE - TRUSTED_NOISE)
    return min(1.0, max(0.0, above))


def _said_near(
    pieces: Sequence[Quotable], weights: Mapping[str, float], cosines: Sequence[float]
) -> list[float]:
    found = []
    for place, piece in enumerate(pieces):
        near = neighbours(pieces, place)
        held = piece.topic.union(piece.context, *(pieces[at].terms for at in near))
        found.append(share(weights, held) * sum(cosines[at] for at in near) / len(near))
    return found


def _covered(passage: Passage, held: float) -> float:
    """By the index, or by the pieces where that knows less: in a library of a few passages no word
    is rare."""
    return min(MOST_COVERED, max(held, passage.coverage or 0.0))


def _scale(question: str, passage: Passage, likeness: Likeness) -> float:
    """Brings a passage's similarity to that of its pieces: a pair of models has halves of it."""
    if not likeness.by_both:
        return 1.0
    if not may_be_english(question):
        return sqrt(2.0)
    return 1.0 if may_be_english(passage.text) else 2.0


def _weighed(weights: Sequence[float], values: Sequence[float]) -> float:
    constant, *rest = weights
    return sum(map(mul, rest, values), constant)
