"""Passages that say the same answer once. Pure functions.

Versions of a page and boilerplate stay in the library; a search shows one of each. Two texts
count as the same when nearly all of their words and pairs of words agree, and what differs
can change no fact: no figure, no name, no short text. So rows that look alike stay apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from chatui.words.lexical import index_text

LEAST_WORDS = 20
"""In shorter texts a single word is too much of a difference."""
LEAST_OVERLAP = 0.9
"""Of the pairs of neighbouring words (Jaccard): about two words in a hundred may differ."""
_DENIALS = {"no", "not", "never", "none", "neither", "nor", "without", "cannot", "except", "unless"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`changed` is when its file was (any unit); `score` decides whether it may stand for
    one that is placed before it."""

    chunk_id: str
    score: float
    text: str
    changed: int = 0


NEARLY_AS_GOOD = 0.9
"""A newer version answers for an older one when its score is at least this share of it."""


def distinct(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """The first `most` that are not the same as one before them, in order.

    Each group of equals is answered by its newest member that scores nearly as well as its
    best one; of equally new ones by the best.
    """
    groups: list[list[tuple[Candidate, _Words]]] = []
    for candidate in candidates:
        if len(groups) == most and candidate.score < NEARLY_AS_GOOD * groups[-1][0][0].score:
            break
        words = _Words(candidate.text)
        own = next((group for group in groups if _same(words, group[0][1])), None)
        if own is not None:
            own.append((candidate, words))
        elif len(groups) < most:
            groups.append([(candidate, words)])
    return [_speaker([candidate for candidate, _ in group]) for group in groups]


def same_text(left: str, right: str) -> bool:
    return _same(_Words(left), _Words(right))


def _speaker(group: Sequence[Candidate]) -> Candidate:
    best = group[0]
    near = [one for one in group if one.score >= NEARLY_AS_GOOD * best.score] or [best]
    return max(near, key=lambda one: one.changed)


class _Words:
    """Words as written, and their pairs folded, which only texts of like length need."""

    def __init__(self, text: str) -> None:
        self.written = index_text(text).split()
        self.folded = " ".join(self.written).casefold()

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        return set(pairwise(self.folded.split(" ")))


def _same(left: _Words, right: _Words) -> bool:
    if left.folded == right.folded:
        return True
    shorter, longer = sorted((len(left.written), len(right.written)))
    if shorter < LEAST_WORDS or shorter < LEAST_OVERLAP * longer:
        return False
    overlap = len(left.pairs & right.pairs) / len(left.pairs | right.pairs)
    return overlap >= LEAST_OVERLAP and not _tells_apart(left, right)


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
