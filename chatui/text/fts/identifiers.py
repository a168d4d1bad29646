"""The parts of names in code: `camelCase`, `snake_case`, paths, versions, error codes."""

from __future__ import annotations

import re

# Where a word changes: camelCase, HTTPServer, utf8, 0x80070005, E1234.
_HUMP = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])"
)
_HAS_HUMP = re.compile(
    "[A-Z0-9](?:(?<=[a-z][A-Z])|(?<=[A-Z][A-Z])(?=[a-z])|(?<=[A-Za-z][0-9])|(?<=[0-9])(?=[A-Za-z]))"
)
"""Whether there is one. It begins with what is rare in a text, so that most of that is passed over
in one stroke: looking around every letter took most of the time that indexing a message did."""
_SPACE = re.compile(r"\s")
_WORD = re.compile(r"[^\W_]+")


def hump_parts(word: str) -> list[str]:
    """`getUserName` as get, User, Name; a plain word as itself."""
    return _HUMP.sub(" ", word).split()


def part_texts(text: str) -> list[str]:
    """For every piece of the text with such a change in it: its words, taken apart, in order.

    Pieces without one are left out: their parts are words already.
    """
    found = []
    at = 0
    while match := _HAS_HUMP.search(text, at):
        begun = text[at : match.end()].rsplit(None, 1)[-1]
        space = _SPACE.search(text, match.end())
        at = space.start() if space else len(text)
        piece = text[match.end() - len(begun) : at]
        parts = [part for word in _WORD.findall(piece) for part in hump_parts(word)]
        found.append(" ".join(parts))
    return found
