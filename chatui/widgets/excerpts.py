"""The part of a long text that shows why a search found it. Pure functions."""

from __future__ import annotations

import re

from chatui.text.safety import one_line

LOOKED_AT = 200_000
"""Characters of a text."""
BEFORE = 24
"""Characters that lead up to the word."""
ENDING = 3
"""Letters that the ending of a long word may differ in, as a search finds "otters" by "otter";
of a shorter word a third."""


def excerpt(text: str, query: str, characters: int) -> str:
    """At most so many characters of the text on one line, around the longest of the query's
    words that stands in it; its beginning where none does. Cut places are marked with …."""
    line = one_line(text[:LOOKED_AT])
    at = _place(line.lower(), query.lower())
    start = max(0, at - BEFORE)
    if start:
        # At a word's beginning, if there is one near: scripts without spaces have none.
        space = line.find(" ", start, at)
        start = start if space < 0 else space + 1
    part = line[start : start + characters]
    if start + characters < len(line):
        part = part[:-1] + "…"
    return f"…{part[1:]}" if start and line[start - 1] != " " else ("… " if start else "") + part


def places(part: str, query: str) -> tuple[tuple[int, int], ...]:
    """Where the query's words, or others with their beginning, stand in an excerpt."""
    found: list[tuple[int, int]] = []
    for word in query.split():
        stem = word[: len(word) - min(ENDING, len(word) // 3)]
        # Scripts without spaces have no beginnings of words.
        begin = r"(?<!\w)" if stem.isascii() else ""
        pattern = re.compile(begin + re.escape(stem) + r"\w{0,40}", re.IGNORECASE)
        found += [match.span() for match in pattern.finditer(part)]
    return tuple(sorted(found))


def _place(line: str, query: str) -> int:
    words = sorted(query.split(), key=len, reverse=True)
    for word in words:
        for wanted in (word, word[: len(word) - min(ENDING, len(word) // 3)]):
            if (at := line.find(wanted)) >= 0:
                return at
    return 0
