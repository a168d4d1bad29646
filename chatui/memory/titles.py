"""A conversation's title, taken from its first question: free, and there at once."""

from __future__ import annotations

import re

TITLE_CHARACTERS = 60


def title_from(question: str) -> str:
    """The first line that has a word in it, cut at a word's end to 60 characters; "" for a
    question without any word."""
    for line in question[:10_000].splitlines():
        title = line.strip().strip("#>*-`").strip()
        if any(character.isalnum() for character in title):
            return shorten(title, TITLE_CHARACTERS)
    return ""


def shorten(text: str, characters: int) -> str:
    """The text on one line, with … where it was cut."""
    line = re.sub(r"\s+", " ", text[: characters * 8]).strip()
    if len(line) <= characters:
        return line
    cut = line[: characters - 1]
    # Cut at a space, unless that would lose more than half (no spaces in Chinese).
    space = cut.rfind(" ")
    return f"{cut[:space] if space > characters // 2 else cut}…"
