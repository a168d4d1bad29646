"""Tells whether the passages have to do with the question at all. Pure functions.

The evidence is how much of the question one passage holds, by the words that are rare in its
collection (`Passage.coverage`) and by those that are rare among what was found, how far the best
passage stands out, and how near in meaning its sentences are. Beside that stands how near the
question's single words are to those of the best place (`alignment`), which is most of what tells a
question in another language than the documents'.

Among many passages one is near by chance, among few none: what is asked of the best one falls with
the size of the collection. Questions about other documents come no nearer to four files than those
about them, but for 2 to 3%.

Where files of several languages lie together, what is not told by the question's own words is
judged as one in another language, if its words are best met there. Of 120 questions each to
articles half of which are in English 5% of German and 12% of Russian ones with an answer are
refused, for 17% and 23% without that, and 90% and 89% of those without one, for 96%.

The weights are those of logistic regressions on questions put to a collection that holds the
answer and to one that does not, of one article, of four and of 24 (128 in Chinese), 60 to 120 of
each: in German, Spanish, Arabic, Thai, Japanese, Chinese and English; in Hindi, which the encoder
does not know, and those as if it knew none of them; and of 19 pairs of languages, the question in
English, German, French, Spanish, Russian, Turkish, Chinese, Arabic or Thai, and the text in
another. With each language left out, and each question too, 96% of those about other documents were
refused in their own language and 65% in another, with 5% of those that have an answer. What told
nothing more: how much of the question the best piece holds, how far it stands out by words, cosines
of passages, the legs' scores, how well the words are met elsewhere in the collection, and the
sounds of names.

What is asked more or less of single languages was set on 160 to 240 questions each of XQuAD's, and
looked at on 120 others of theirs. What told nothing more, each language left out: the Snowball
stemmers of Arabic, German, Greek, Hindi, Spanish and Turkish, stems of four or five letters or of
a share of the word's, letters by threes beside the single words, and the length of the words. No
one bar serves all: a right answer covers less of a question in a language of many forms.

`benchmarks/extract_quality.py` takes the figures anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from operator import mul

from chatui.domain.passage import MANUAL, Passage
from chatui.models.extractive.likeness import Likeness
from chatui.models.extractive.scoring import Quotable, share, under_headings
from chatui.models.extractive.spelling import spelled
from chatui.text.codes import codes_in
from chatui.text.languages import (
    asks_in_english,
    in_known_script,
    language_of,
    language_of_prose,
    may_be_english,
)
from chatui.text.syllables import is_syllabic
from chatui.text.terms import SOUTH_EAST, is_unspaced, question_terms, rarity

LOOKED_AT = 3
"""Passages whose language is compared with the question's."""
BEGINNING = 600
"""Characters of a text that tell its script."""
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
HALF_KNOWN = 0.5
SEMITIC_HELD = 1.2
"""Arabic and Hebrew write articles, prepositions and endings together with a word, so that half of
its forms are not found: the same answer covers less of the question."""
USUAL_SIZE = 120
"""Passages of a collection, for which the constants hold."""
LEAST_SIZE = 5
FEW_PASSAGES = 20
"""Up to here a passage's coverage is told by its words alone."""
BY_SIZE, UNSPACED_BY_SIZE = 0.8, 1.2
"""How much less the sums have to be for each e-fold that a collection is smaller; the second in
scripts without spaces."""
LEAST_BY_SIZE = 0.3
"""The same where no model can tell single words apart from those of another language."""
SAME_LANGUAGE = (-6.3, 2.7, 2.1, 2.8, 3.7, 4.0)
"""The constant, and the weights of `held`, `said`, `stands_out`, `covered` and `near`, where single
words can't be compared: in scripts without spaces, and without the model of many languages."""
LESS_SPACED = 0.7
"""Asked less where words are written apart: chance brings no pairs of characters together."""
WITH_WORDS = (-15.4, 8.9, 0.37, 17.5, 6.3)
"""The constant, and the weights of `covered`, of the number of the question's terms in e-folds, of
how well its words are met, and by how much one passage leads there."""
WORDS_BY_SIZE = (1.1, 1.6)
"""As BY_SIZE, where single words are compared; the second in scripts without spaces."""
MORE_UNSPACED = 2.9
"""Asked more there of scripts without spaces, whose words are short and met by chance."""
LESS_TRIPLES = 1.5
"""Asked less of those of them that are looked up by triples of letters: half of the triples reach
over the end of a word, and no other sentence has them."""
LESS_HANGUL = 0.5
"""Asked less of Korean, which parts its words by spaces and hangs endings on to them."""
LESS_SEMITIC = 1.1
"""Asked less of Arabic and Hebrew, whose words have more forms than are found."""
LESS_SUFFIXED = 1.6
"""Asked less of Turkish, which hangs on to a word what others say in words of their own: neither
stems nor its Snowball stemmer, letters by threes or single words tell more of what is answered."""
CLEAR, CLEAR_UNSPACED = 0.5, 0.6
"""A sentence as near as this answers in other words than the question's: 0.8% of the questions
without an answer have one."""
WORDS_ALONE = (-10.5, 11.1, 1.1, 8.9)
"""The constant, and the weights of `covered`, of the number of the question's terms in e-folds and
of how far its letters are found (`spelled`), where no model has compared or the one that did
doesn't know the language."""
ALONE_BY_SIZE = 1.3
MORE_SYLLABIC = 1.5
"""Asked more of Vietnamese, whose syllables are few and met by chance."""
SYLLABIC_BY_SIZE = 1.1
"""Asked less of it for each e-fold that a collection is smaller: among few passages the score of
the index, which knows its words of several syllables, does not count."""
MORE_ANALYTIC = 0.6
"""Asked more of the languages of India and of scripts without spaces, which have a word for what
Greek or Romanian has an ending for: any sentence has some of those."""
OTHER_LANGUAGE = (-4.3, 13.0, 7.0)
"""The constant, and the weights of the best piece's and the best passage's cosine, where single
words can't be compared."""
ACROSS = (-14.7, 34.0, -30.0, 3.0)
"""The constant, and the weights of how well the words of a question in another language are met, of
how near to the question is what has nothing to do with it (`Passage.usual`), and of `stands_out`,
by names and numbers."""
USUAL = 0.06
"""That in a collection too small to tell."""
ACROSS_BY_SIZE = 0.55
ACROSS_LESS = 1.1
"""Asked less where question or text are in Arabic or Hebrew, or in a script without spaces: their
words are parted otherwise than those of other languages, and fewer of them are met."""
OF_MANUAL = 2.5
"""Asked less of questions to chatui's manual, which are in everyday words, and seldom about
anything else."""
CODE_THERE = 2.0
"""Asked less of a question by a code that a passage has (E4, XR-200): it is the same in all
languages, and the sentence around it hardly counts."""
_SEMITIC = re.compile("[\u0590-\u05ff\u0620-\u06ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_INDIC = re.compile("[\u0900-\u0dff]")


@dataclass(frozen=True, slots=True)
class EvidenceOfRelevance:
    """`stands_out` is the best passage's coverage of the question beyond that of the worst one
    found, `covered` the coverage itself, `held` the share of the question's terms in the best
    passage by their rarity among the pieces, `said` that in the best piece, `asked` the number of
    those terms in e-folds. `near` is the best piece's cosine above the noise."""

    stands_out: float
    covered: float
    held: float
    said: float
    asked: float = 0.0
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
    found = evidence(question, wanted, passages, pieces, likeness)
    smaller = _smaller(passages)
    if likeness is not None and is_foreign(question, passages):
        return _is_met(question, passages, likeness, found, smaller)
    if _weighs(question, pieces, likeness, found, smaller):
        return True
    # Where files of several languages lie together, the words of a question lead to those of its
    # own, what it means to any.
    if likeness is None or likeness.alignment is None:
        return False
    best = passages[likeness.alignment.n - 1]
    return is_foreign(question, [best]) and _is_met(question, passages, likeness, found, smaller)


def _weighs(
    question: str,
    pieces: Sequence[Quotable],
    likeness: Likeness | None,
    found: EvidenceOfRelevance,
    smaller: float,
) -> bool:
    if likeness is None or not is_trusted(likeness) or _is_unread(question, likeness):
        alone = (found.covered, found.asked, spelled(question, pieces))
        syllabic = MORE_SYLLABIC - SYLLABIC_BY_SIZE * min(smaller, log(USUAL_SIZE / FEW_PASSAGES))
        less = ALONE_BY_SIZE * smaller - syllabic * is_syllabic(question)
        less -= MORE_ANALYTIC * (bool(_INDIC.search(question)) or is_unspaced(question))
        return _weighed(WORDS_ALONE, alone) >= -less
    unspaced = is_unspaced(question)
    if found.near >= (CLEAR_UNSPACED if unspaced else CLEAR):
        return True
    if likeness.alignment is None:
        less = UNSPACED_BY_SIZE * smaller if unspaced else LESS_SPACED + BY_SIZE * smaller
        words = (found.held, found.said, found.stands_out, found.covered, found.near)
        return _weighed(SAME_LANGUAGE, words) >= -less
    alignment = likeness.alignment
    compared = (found.covered, found.asked, alignment.met, alignment.leads)
    less = WORDS_BY_SIZE[unspaced] * smaller - MORE_UNSPACED * unspaced
    less += LESS_TRIPLES * (unspaced and bool(SOUTH_EAST.search(question)))
    less += LESS_HANGUL * (unspaced and bool(_HANGUL.search(question)))
    less += LESS_SEMITIC * bool(_SEMITIC.search(question))
    less += LESS_SUFFIXED * _is_turkish(question, pieces)
    return _weighed(WITH_WORDS, compared) >= -less


def _is_turkish(question: str, pieces: Sequence[Quotable]) -> bool:
    """By the text where a short question doesn't tell its language."""
    text = "\n".join(one.text for one in pieces[:LOOKED_AT])
    return (language_of(question) or language_of_prose(text)) == "Turkish"


def _is_unread(question: str, likeness: Likeness) -> bool:
    """Whether the question is in a script, or in Vietnamese, that the model which comes with chatui
    has not learnt, with a number or a name that it knows."""
    return likeness.by_both and (not in_known_script(question) or is_syllabic(question))


def _smaller(passages: Sequence[Passage]) -> float:
    """By how many e-folds their collection is smaller than a usual one, 0 for a larger one. What
    was not found in a collection was looked for among what there is."""
    size = max([len(passages), *(one.among or 0 for one in passages)])
    return log(USUAL_SIZE / min(USUAL_SIZE, max(LEAST_SIZE, size)))


def _is_met(
    question: str,
    passages: Sequence[Passage],
    likeness: Likeness,
    found: EvidenceOfRelevance,
    smaller: float,
) -> bool:
    best = max(_scaled(question, one, likeness, one.similarity or 0.0) for one in passages)
    if likeness.alignment is not None:
        usual = [_scaled(question, p, likeness, p.usual) for p in passages if p.usual is not None]
        met = (likeness.alignment.met, max(usual, default=USUAL), found.stands_out)
        texts = (question, passages[0].text[:BEGINNING])
        parted = any(_SEMITIC.search(one) or is_unspaced(one) for one in texts)
        less = ACROSS_LESS * parted + OF_MANUAL * (passages[0].collection == MANUAL)
        less += CODE_THERE * _has_its_code(question, passages)
        return _weighed(ACROSS, met) >= -less - ACROSS_BY_SIZE * smaller
    constant, piece, passage = OTHER_LANGUAGE
    nearest = max(under_headings(likeness.pieces, likeness.headings))
    said = constant + trust(likeness) * (piece * nearest + passage * best)
    return said >= -LEAST_BY_SIZE * smaller


def _has_its_code(question: str, passages: Sequence[Passage]) -> bool:
    asked = codes_in(question)
    there = [code for one in passages for code in codes_in(one.text)] if asked else []
    return any(one.covers(code) for one in asked for code in there)


def is_foreign(question: str, passages: Sequence[Passage]) -> bool:
    """Whether the question is in another language than the best passages. One that has too few
    common words to tell which is at least known not to be English; a word or two may be names."""
    asked = language_of(question)
    found = [language_of_prose(one.text) for one in passages[:LOOKED_AT]]
    if not asked:
        is_name = len(question.split()) < LEAST_WORDS
        return set(found) == {"English"} and not is_name and not may_be_english(question)
    # A table or a piece of code may tell no language; what stands beside it does.
    return any(found) and asked not in found


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
    # Otherwise nobody looked, or in a library of a few passages, where no word is rare.
    is_measured = len(coverage) >= FEW
    stands_out = above - min(coverage) if is_measured else max(above, USUAL_SHARE * held)
    found = EvidenceOfRelevance(
        stands_out=min(MOST_COVERED, stands_out),
        covered=min(MOST_COVERED, above if coverage else held),
        held=min(1.0, held * factor),
        said=min(1.0, said * factor),
        asked=log(max(1, len(wanted))),
    )
    if likeness is None:
        return found
    highest = max(under_headings(likeness.pieces, likeness.headings))
    near = max(0.0, highest - likeness.noise) / (1 - likeness.noise or 1)
    return replace(found, near=trust(likeness) * near)


def is_trusted(likeness: Likeness) -> bool:
    """Whether the model knows the question's language: of one that it half knows it finds all words
    alike."""
    return trust(likeness) >= HALF_KNOWN


def trust(likeness: Likeness) -> float:
    """How much the cosines count, 0..1."""
    above = (USELESS_NOISE - likeness.noise) / (USELESS_NOISE - TRUSTED_NOISE)
    return min(1.0, max(0.0, above))


def _scaled(question: str, passage: Passage, likeness: Likeness, cosine: float) -> float:
    """A passage's cosine on the scale of those of its pieces: a pair of models has halves of it."""
    if not likeness.by_both:
        return cosine
    if not asks_in_english(question):
        return sqrt(2.0) * cosine
    return cosine if may_be_english(passage.text) else 2.0 * cosine


def _weighed(weights: Sequence[float], values: Sequence[float]) -> float:
    constant, *rest = weights
    return sum(map(mul, rest, values), constant)
