"""The parts of names in code: `camelCase`, `snake_case`, paths, versions, error codes."""

from __future__ import annotations

import re

# Where a word changes: camelCase, HTTPServer, utf8, 0x80070005, E1234.
_HUMP = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])"
)
_PIECE = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+")


def hump_parts(word: str) -> list[str]:
    """`getUserName` as get, User, Name; a plain word as itself."""
    return _HUMP.sub(" ", word).split()


def part_texts(text: str) -> list[str]:
    """For every piece of the text with such a change in it: its words, taken apart, in order.

    Pieces without one are left out: their parts are words already.
    """
    found = []
    for piece in _PIECE.findall(text):
        if _HUMP.search(piece):
            parts = [part for word in _WORD.findall(piece) for part in hump_parts(word)]
            found.append(" ".join(parts))
    return found
