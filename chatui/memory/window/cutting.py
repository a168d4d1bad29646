"""Cutting the middle out of a text that is too long, with a mark that says so."""

from __future__ import annotations

from collections.abc import Callable

MARK = "\n\n… [{tokens:,} tokens left out here] …\n\n"
SHRINK = 0.95
EDGE = 40
"""Characters within which a cut moves to the nearest blank, so that no word is torn."""


def cut_middle(text: str, room: int, count: Callable[[str], int]) -> tuple[str, int]:
    """The text in at most `room` tokens, as `count` counts them, and how many it lost. Its
    beginning and its end stay, as long as each other. A text that fits is left as it is; a
    room too small even for the mark gives the mark alone."""
    size = count(text)
    if size <= room:
        return text, 0
    characters = int(len(text) * room / size)
    while True:
        head = _to_blank(text[: (characters + 1) // 2])
        tail = _to_blank(text[len(text) - characters // 2 :][::-1])[::-1]
        lost = size - count(head) - count(tail)
        shown = head + MARK.format(tokens=max(lost, 1)) + tail
        taken = count(shown)
        if taken <= room or not characters:
            return shown, max(lost, 1)
        characters = min(characters - 1, int(characters * SHRINK * room / taken))


def _to_blank(text: str) -> str:
    """The text up to its last blank, if that is near its end."""
    edge = max(text.rfind(" ", len(text) - EDGE), text.rfind("\n", len(text) - EDGE))
    return text[:edge] if edge > 0 else text
