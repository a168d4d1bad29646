"""Which of many names fit what was typed: for completion, pickers and search lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
PREFIX, WORD_START, INSIDE, SCATTERED = range(4)
WORD_BREAKS = " /-_.:"


def matching(
    query: str, items: Iterable[Item], text: Callable[[Item], str] = str, limit: int | None = None
) -> list[Item]:
    """The items that hold every word of the query, best first, ties in their given order.

    A word fits as a prefix, at the start of a word, anywhere inside, or with its letters
    scattered in order; the query's worst word decides the place.
    """
    words = query.lower().split()
    placed = []
    for position, item in enumerate(items):
        rank = place(words, text(item).lower())
        if rank is not None:
            placed.append((rank, position, item))
    placed.sort(key=lambda entry: entry[:2])
    return [item for _, _, item in placed[:limit]]


def place(words: list[str], text: str) -> int | None:
    """How well the text holds the words, 0 is best; None when it lacks one of them."""
    worst = PREFIX
    for word in words:
        rank = place_of(word, text)
        if rank is None:
            return None
        worst = max(worst, rank)
    return worst


def place_of(word: str, text: str) -> int | None:
    if text.startswith(word):
        return PREFIX
    at = text.find(word)
    while at > 0:
        if text[at - 1] in WORD_BREAKS:
            return WORD_START
        at = text.find(word, at + 1)
    if word in text:
        return INSIDE
    letters = iter(text)
    return SCATTERED if all(letter in letters for letter in word) else None
