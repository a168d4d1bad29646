"""Passages that say the same answer once. Pure functions.

Versions of a page and boilerplate stay in the library; a search shows one of each. Two texts
count as the same when nearly all of their words and pairs of words agree, and what differs
can change no fact: no figure, no name, no short text. So rows that look alike stay apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from chatui.text.fts.scripts import UNSPACED

LEAST_WORDS = 20
"""In shorter texts a single word is too much of a difference."""
LONG = 7
"""Letters. Such words are about the subject, and a third of an English text."""
FEW = 8
"""Long words of two texts that don't tell them apart at sight."""
LEAST_OVERLAP = 0.9
"""Of the pairs of neighbouring words (Jaccard): about two words in a hundred may differ."""
TEXTS_KEPT = 128
"""Whose words are kept: they are made ahead (`read_ahead`), and the next question may find the
same."""
_DENIALS = {"no", "not", "never", "none", "neither", "nor", "without", "cannot", "except", "unless"}


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """`changed` is when its file was (any unit); `score` decides whether it may stand for
    one that is placed before it."""

    chunk_id: str
    score: float
    text: str
    changed: int = 0


NEARLY_AS_GOOD = 0.9
"""A newer version answers for an older one when its score is at least this share of it."""


def distinct(candidates: Sequence[ScoredChunk], most: int) -> list[ScoredChunk]:
    """The first `most` that are not the same as one before them, in order.

    Each group of equals is answered by its newest member that scores nearly as well as its
    best one; of equally new ones by the best.
    """
    groups: list[list[tuple[ScoredChunk, _Words]]] = []
    for candidate in candidates:
        if len(groups) == most and candidate.score < NEARLY_AS_GOOD * groups[-1][0][0].score:
            break
        words = words_of(candidate.text)
        own = next((group for group in groups if _same(words, group[0][1])), None)
        if own is not None:
            own.append((candidate, words))
        elif len(groups) < most:
            groups.append([(candidate, words)])
    return [_speaker([candidate for candidate, _ in group]) for group in groups]


def _speaker(group: Sequence[ScoredChunk]) -> ScoredChunk:
    best = group[0]
    near = [one for one in group if one.score >= NEARLY_AS_GOOD * best.score] or [best]
    return max(near, key=lambda one: one.changed)


class _Words:
    """A text's words in small letters, and the characters of scripts that part no words; what only
    texts like each other need is made when they do."""

    def __init__(self, text: str) -> None:
        self._text = text if text.isascii() else UNSPACED.sub(_apart, text)
        self.folded = self._text.casefold().split()
        self.long = frozenset([word for word in self.folded if len(word) >= LONG])

    @cached_property
    def written(self) -> list[str]:
        return self._text.split()

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        return set(pairwise(self.folded))


@lru_cache(maxsize=TEXTS_KEPT)
def words_of(text: str) -> _Words:
    return _Words(text)


def _apart(run: re.Match[str]) -> str:
    return f" {' '.join(run[0])} "


def _same(left: _Words, right: _Words) -> bool:
    shorter, longer = sorted((len(left.folded), len(right.folded)))
    if shorter < LEAST_OVERLAP * longer or _apart_at_sight(left, right):
        return False
    if left.folded == right.folded:
        return True
    if shorter < LEAST_WORDS:
        return False
    shared = len(left.pairs & right.pairs)
    overlap = shared / (len(left.pairs) + len(right.pairs) - shared)
    return overlap >= LEAST_OVERLAP and not _tells_apart(left, right)


def _apart_at_sight(left: _Words, right: _Words) -> bool:
    """Whether they have less than half of their long words in common, of at least eight, or of
    their pairs: the rest costs ten times as much to look at."""
    one, other = left.long, right.long
    if len(one) + len(other) < FEW:
        return 2 * len(left.pairs & right.pairs) < len(left.pairs)
    shared = len(one & other)
    union = len(one) + len(other) - shared
    return union >= FEW and 2 * shared < union


def _tells_apart(left: _Words, right: _Words) -> bool:
    """Whether a word that only one of them has may be what the question is about."""
    one, other = Counter(left.written), Counter(right.written)
    return any(_is_fact(word) for word in (one - other) + (other - one))


def _is_fact(word: str) -> bool:
    letter = word.lstrip("\"'([{*_`«“‘-")[:1]
    if letter.isupper() or any(map(str.isnumeric, word)):
        return True
    # Signs of names in code, and words that turn a statement round.
    return word.strip(".,;:!?").casefold() in _DENIALS or any(sign in word for sign in "_/\\=<>@")
