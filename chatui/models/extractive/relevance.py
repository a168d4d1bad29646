"""Tells whether the passages have to do with the question at all. Pure functions.

The evidence is how much of the question one passage holds, by the index's account of rare words
(`Passage.coverage`) and by its own, and how near in meaning its sentences are. What the index says
counts as far as the best passage stands out among those found: its words that only ask, which some
languages have more of, are in all of them. A question in another language than the documents' has
the nearness of sentences and of single words (`alignment`).

The weights are those of logistic regressions on questions put to half of a set's articles, to one
that holds the answer and to the other: 160 of each in German, Spanish, Arabic and Thai, and of five
English corpora. Fitted on the other four, each is refused without an answer and with one: German
95% and 7%, Spanish 93% and 4%, Arabic 82% and 4%, Thai 89% and 4%, English 96% and 4%. With the
figures of before, which had the index's account as it is, Spanish wanted a constant by three higher
than Arabic. Hindi, which the encoder does not know, has the words alone.

`benchmarks/extract_quality.py` takes the figures anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from operator import mul

from chatui.domain.passage import Passage
from chatui.models.extractive.likeness import Likeness
from chatui.models.extractive.scoring import Quotable, share, under_headings
from chatui.text.languages import is_latin, language_of, may_be_english
from chatui.text.terms import question_terms, rarity

LOOKED_AT = 3
"""Passages whose language is compared with the question's."""
LEAST_WORDS = 3
MOST_COVERED = 1.2
"""A passage that says the words of the question again and again says no more by that."""
FEW = 4
"""Passages; of fewer the last one is no measure for the first."""
USUAL_SHARE = 0.7
"""Of `held`, what the best passage usually stands out by."""
TRUSTED_NOISE = 0.18
"""Up to here cosines count in full. The universal encoder: 0.12 in most languages that it knows."""
USELESS_NOISE = 0.38
"""From here on they don't count: a model that does not know a language finds all its sentences
alike. The universal encoder: Hindi 0.40."""
SEMITIC_STANDS_OUT = 2.0
SEMITIC_HELD = 1.2
"""Arabic and Hebrew write articles, prepositions and endings together with a word, so that half of
its forms are not found: the same answer covers less of the question."""
SAME_LANGUAGE = (-8.1, 10.0, 4.9, 3.1, 11.8)
"""The constant, and the weights of `near`, `held`, `said` and `stands_out`."""
CLEAR = 0.5
"""A sentence as near as this answers in other words than the question's: 0.8% of the questions
without an answer have one."""
WORDS_ALONE = (-6.9, 7.7, 0.7, 9.6, 2.0)
"""The constant, and the weights of `held`, `said`, `stands_out` and `covered`, where no model has
compared or the one that did doesn't know the language. Of Hindi questions it refuses 86% without an
answer and 5% with one."""
OTHER_LANGUAGE = (-4.3, 13.0, 7.0)
"""The constant, and the weights of the best piece's and the best passage's cosine, where single
words can't be compared."""
MET = 0.755
"""How well the words of a question in another language are met (`alignment`) where the passages
have its script: names, numbers and words of one root stand in both. German questions on English
articles are refused for 74% without an answer and 5% with one."""
MET_ACROSS_SCRIPTS = 0.705
"""Arabic questions on English articles: 54% and 5%."""
_SEMITIC = re.compile("[\u0590-\u05ff\u0620-\u06ff]")


@dataclass(frozen=True, slots=True)
class EvidenceOfRelevance:
    """`stands_out` is the best passage's coverage of the question beyond that of the worst one
    found, `covered` the coverage itself, `held` the share of the question's terms in the best
    passage by their rarity among the pieces, `said` that in the best piece. `near` is the best
    piece's cosine above the noise."""

    stands_out: float
    covered: float
    held: float
    said: float
    near: float = 0.0


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
        return _is_met(question, passages, likeness)
    found = evidence(question, wanted, passages, pieces, likeness)
    if likeness is None or not is_trusted(likeness):
        words = (found.held, found.said, found.stands_out, found.covered)
        return _weighed(WORDS_ALONE, words) >= 0
    values = (found.near, found.held, found.said, found.stands_out)
    return found.near >= CLEAR or _weighed(SAME_LANGUAGE, values) >= 0


def _is_met(question: str, passages: Sequence[Passage], likeness: Likeness) -> bool:
    if likeness.alignment is not None:
        same_script = is_latin(question) == is_latin(passages[0].text)
        return likeness.alignment >= (MET if same_script else MET_ACROSS_SCRIPTS)
    constant, piece, passage = OTHER_LANGUAGE
    nearest = max(under_headings(likeness.pieces, likeness.headings))
    best = max((p.similarity or 0.0) * _scale(question, p, likeness) for p in passages)
    return constant + trust(likeness) * (piece * nearest + passage * best) >= 0


def is_foreign(question: str, passages: Sequence[Passage]) -> bool:
    """Whether the question is in another language than the best passages. One that has too few
    common words to tell which is at least known not to be English; a word or two may be names."""
    asked = language_of(question)
    found = [language_of(one.text) for one in passages[:LOOKED_AT]]
    if not asked:
        is_name = len(question.split()) < LEAST_WORDS
        return set(found) == {"English"} and not is_name and not may_be_english(question)
    return all(found) and asked not in found


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
    factor = SEMITIC_HELD if is_semitic else 1.0
    held = max(share(weights, found) for found in by_passage.values())
    said = max(share(weights, piece.terms | piece.context) for piece in pieces)
    coverage = [one.coverage for one in passages if one.coverage is not None]
    above = max(coverage, default=0.0)
    more = SEMITIC_STANDS_OUT if is_semitic else 1.0
    if len(coverage) >= FEW:
        stands_out = more * (above - min(coverage))
    else:
        # Nobody looked, or in a library of a few passages, where no word is rare.
        stands_out = max(more * above, USUAL_SHARE * held)
    found = EvidenceOfRelevance(
        stands_out=min(MOST_COVERED, stands_out),
        covered=min(MOST_COVERED, max(held, above)),
        held=min(1.0, held * factor),
        said=min(1.0, said * factor),
    )
    if likeness is None:
        return found
    highest = max(under_headings(likeness.pieces, likeness.headings))
    near = max(0.0, highest - likeness.noise) / (1 - likeness.noise or 1)
    return replace(found, near=trust(likeness) * near)


def is_trusted(likeness: Likeness) -> bool:
    """Whether the model knows the question's language at all."""
    return trust(likeness) > 0


def trust(likeness: Likeness) -> float:
    """How much the cosines count, 0..1."""
    above = (USELESS_NOISE - likeness.noise) / (USELESS_NOISE - TRUSTED_NOISE)
    return min(1.0, max(0.0, above))


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
