"""How much of a question's words a passage holds, the rare ones of its collection counting more.
Pure functions.

The score of the index alone does not tell it well: it weighs words by all collections of the
library, so that what lies beside the documents moves it, and a passage that was found by its
meaning or by a part of the question has none. Of 80 questions about other documents in each
language, put to a bar that refuses 5% of those with an answer, the score of an index of these
documents alone refuses in Hindi 71%, Arabic 82%, Japanese 88%, German 89% and Chinese 94%; the
words of the passages weighed by their own collection 89, 84, 91, 88 and 94%.

Among a few passages that score is hardly about these: what is common is told by what else there
is. In 66 libraries of two files, in eleven languages, two others beside them had 29 of 1,320
decisions changed, and in Greek 48 of 60 questions about other documents refused instead of 57. So
there it does not count. With more passages it does: it knows forms and parts of words, without
which Arabic, Romanian and Vietnamese questions lose 5 to 9 points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log

from chatui.text.terms import question_terms, terms, whole_words

SATURATION = 1.2
"""The k1 of BM25: a passage that says a word again and again is more about it, up to 2.2 times."""

FEW_PASSAGES, MANY_PASSAGES = 20, 40
"""Of a collection: up to the first the score of the index tells nothing, from the second on it
counts as much as the passage's own words."""

TEXTS_KEPT = 128
"""Of passages: they are made ahead (`read_ahead`), and the next question may find the same."""


@lru_cache(maxsize=64)
def looked_for(question: str) -> Mapping[str, str]:
    """The terms that say what a question is about, each with what is looked up for it: the word as
    it is written, or the characters of a script without spaces."""
    words: dict[str, str] = {}
    for word in whole_words(question):
        for term in terms(word):
            words.setdefault(term, word)
    return {term: words.get(term, term) for term in question_terms(question)}


def weights(asked: Mapping[str, str], rows: Mapping[str, int], size: int) -> dict[str, float]:
    """What each term counts: `rows` has in how many passages of so many (`size`) what is looked up
    for it stands."""
    held = {term: min(size, rows.get(word, 0)) for term, word in asked.items()}
    return {term: log(1 + (size - one + 0.5) / (one + 0.5)) for term, one in held.items()}


def coverage(weighed: Mapping[str, float], text: str) -> float:
    """0 for none of the terms, 1 for each of them once, and above."""
    whole = sum(weighed.values())
    if not whole:
        return 0.0
    said = said_in(text)
    held = (
        weight * said[term] * (SATURATION + 1) / (said[term] + SATURATION)
        for term, weight in weighed.items()
    )
    return sum(held) / whole


@lru_cache(maxsize=TEXTS_KEPT)
def said_in(text: str) -> Mapping[str, int]:
    """How often a text says each of its terms."""
    return Counter(terms(text))


def of_both(
    own: float, by_index: float | None, size: int, *, same_script: bool, same_words: bool = True
) -> float:
    """`by_index` is the score of the index as a share of that of a passage with every word, None or
    0 where it has not found it; `size` the passages of the collection. It knows the forms of words
    and parts of them that stems don't, and what names in another script sound like; there, and
    where it was asked for other words (`same_words`), it counts alone where it says more."""
    share = share_of_index(size)
    if not by_index or (same_script and not share):
        return own
    if not (same_script and same_words):
        return max(own, by_index)
    return (1 - share) * own + share * by_index


def share_of_index(size: int) -> float:
    """What its score counts in a collection of so many passages, up to a half."""
    grown = log(max(1, size) / FEW_PASSAGES) / log(MANY_PASSAGES / FEW_PASSAGES)
    return 0.5 * min(1.0, max(0.0, grown))
