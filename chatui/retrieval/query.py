"""What is searched for: words to find, and what they lean on. Pure functions."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatui.retrieval.fusion import Ranking, ranked

CONTEXT_SIMILARITY = 0.5
"""Share of the context's vector beside the question's own."""
CONTEXT_BM25 = 0.7
"""Share of the context's BM25 score, when it has no more words than the question. Both
shares were chosen on follow-ups made from 156 English and 225 Chinese pairs of questions:
with the context as plain words in front, the English ones found less than without it."""
FEWEST_WORDS = 3
"""A question of fewer words counts as one of so many."""

_WORD = re.compile(r"[\u3400-\u9fff]{2}|[^\W\u3400-\u9fff]{4,}")
"""Two Han characters, or a word that is long enough to tell something."""


@dataclass(frozen=True, slots=True)
class Query:
    """`context` is what was said before that the text leans on, and counts for less.
    `weight` is how much this query counts among several of one search."""

    text: str
    context: str = ""
    weight: float = 1.0

    @property
    def whole(self) -> str:
        """Both as one text, as a person would read it."""
        return f"{self.context} {self.text}".strip()

    @property
    def lexical_share(self) -> float:
        """How much the context's words count: less where they would outnumber the new ones."""
        new, old = len(_WORD.findall(self.text)), len(_WORD.findall(self.context))
        return CONTEXT_BM25 * min(1.0, max(new, FEWEST_WORDS) / max(old, 1))


def mixed_vectors(text: bytes, context: bytes) -> bytes:
    """The question's vector drawn towards its context's; both and the result are normalised
    little-endian float32 numbers."""
    numbers = struct.Struct(f"<{len(text) // 4}f")
    pairs = zip(numbers.unpack(text), numbers.unpack(context), strict=True)
    mixed = [own + CONTEXT_SIMILARITY * other for own, other in pairs]
    length = sum(number * number for number in mixed) ** 0.5 or 1.0
    return numbers.pack(*(number / length for number in mixed))


def mixed_words(text: Ranking, context: Ranking, share: float) -> Ranking:
    """BM25 scores of both, those of the context taken at their share."""
    scores: dict[str, float] = dict(text)
    for chunk_id, score in context:
        scores[chunk_id] = scores.get(chunk_id, 0.0) + share * score
    return ranked(scores)


def filled_up(maps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The first map, and behind it what only later ones know."""
    found: dict[str, float] = {}
    for one in maps:
        found.update({key: score for key, score in one.items() if key not in found})
    return found
