"""Whether the text of a PDF page is what a reader of the page sees. Pure functions.

A font may come without a map from its glyphs to characters, or with a wrong one: the page looks
right, and its text is a cipher. What separates the two was measured on 660 pages of reports, books
and papers in several languages, on articles in German and Spanish, and on the same pages with
their maps taken out, shifted and mixed up.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

FEWEST_LETTERS = 200
"""From which on letters tell a language from a cipher."""
UNMAPPED = 0.4
"""The share of glyphs without a character. Measured: up to 0.19 on pages that read well, from 0.77
on those without a map."""
NO_TEXT = 0.3
"""The share of characters that nobody writes: of private use, controls, replacement characters."""
VOWELS = 0.25
"""Of Latin letters. Measured: from 0.33 on in real pages, up to 0.20 in those that are shifted."""
WELL_FORMED = 0.25
"""The share of words that are letters of one case, or begin with a capital, or are numbers.
Measured: from 0.28 on (words that run into each other), up to 0.24 in those that are mixed up."""

_NOT_WRITTEN = frozenset(("Co", "Cn", "Cs", "Cc"))
_LATIN_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāēīōūąęėůűőı")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_WELL_FORMED = re.compile(
    r"[A-Z\u00c0-\u00de]?[a-z\u00df-\u024f]+|[A-Z\u00c0-\u00de]+|[\d.,/:'’-]+"
)
_AROUND = ".,;:!?()[]{}\"'“”‘’„«»–—%$€£-"


def is_legible(text: str, unmapped: float = 0.0) -> bool:
    """Whether this is writing. `unmapped` is the share of glyphs that have no character (0..1).

    Only Latin script is looked at closely: another, numbers and short texts are taken as they are.
    """
    seen = "".join(text.split())
    if not seen:
        return True
    # By character and not by letter: a page has few different ones.
    broken = sum(
        times
        for letter, times in Counter(seen).items()
        if letter == "\ufffd" or unicodedata.category(letter) in _NOT_WRITTEN
    )
    if unmapped > UNMAPPED or broken > NO_TEXT * len(seen):
        return False
    letters = "".join(word for word in _WORD.findall(text) if len(word) > 2).lower()
    if len(letters) < FEWEST_LETTERS or 2 * len(letters) < len(seen):
        return True
    vowels = sum(times for letter, times in Counter(letters).items() if letter in _LATIN_VOWELS)
    if vowels < VOWELS * len(letters):
        return False
    words = [word for word in (word.strip(_AROUND) for word in text.split()) if len(word) > 2]
    formed = sum(_WELL_FORMED.fullmatch(word) is not None for word in words)
    return formed >= WELL_FORMED * len(words)
