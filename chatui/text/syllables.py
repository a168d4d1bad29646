"""Vietnamese, which writes each syllable apart: most of its words are two of them, and a syllable
alone means ten things. Pure functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

_SIGNS = re.compile("[ơư\u1ea0-\u1ef9]", re.IGNORECASE)
_LEAST_SHARE = 1 / 25
"""Of a text's letters. They are a sixth in Vietnamese; a name or a dish may stand in any text."""
_LOOKED_AT = 3_000
"""Characters that tell it."""
_SYLLABLE = re.compile(
    "(?:ngh?|nh|[cgkpt]h|gi|qu|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:[cn]h|ng|[cmnpt])?"
)
"""One without accents, in small letters: Boston is none, so that a name stays one word."""
_ACCENTS = re.compile("[\u0300-\u036f]")


def is_syllabic(text: str) -> bool:
    """Whether the text is in Vietnamese."""
    if text.isascii():
        return False
    signs = len(_SIGNS.findall(text, 0, _LOOKED_AT))
    return bool(signs) and signs >= _LEAST_SHARE * sum(map(str.isalpha, text[:_LOOKED_AT]))


def syllable_pairs(runs: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Neighbours among the words of each run that are syllables both."""
    for run in runs:
        for left, right in pairwise(run):
            if _is_syllable(left) and _is_syllable(right):
                yield left, right


def _is_syllable(word: str) -> bool:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", word.lower()))
    return bool(_SYLLABLE.fullmatch(plain.replace("đ", "d")))
