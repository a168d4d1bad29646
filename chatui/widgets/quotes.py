"""Where a reply quotes a passage, word for word: pure text work."""

from __future__ import annotations

import re

SHORTEST = 24
"""Characters; a shorter piece is as likely chance as a quotation."""

_PIECES = re.compile(
    r"\n|\[\d+(?:\s?,\s?\d+)*\]|[\"“”«»]|(?<=[.!?。！？])\s+|^[>\-*\s]+", re.MULTILINE
)
_SPACE = re.compile(r"\s+")


def quoted_spans(text: str, reply: str) -> list[tuple[int, int]]:
    """Ranges of `text` that stand in the reply, merged and in order. White space may differ."""
    flat, offsets = _flattened(text)
    spans = []
    for piece in _PIECES.split(reply):
        sought = _SPACE.sub(" ", piece).strip()
        if len(sought) >= SHORTEST and (start := flat.find(sought)) >= 0:
            spans.append((offsets[start], offsets[start + len(sought) - 1] + 1))
    return _merged(spans)


def _flattened(text: str) -> tuple[str, list[int]]:
    """The text with single blanks, and for each of its characters the place in `text`."""
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        blank = character.isspace()
        if blank and (not characters or characters[-1] == " "):
            continue
        characters.append(" " if blank else character)
        offsets.append(index)
    return "".join(characters), offsets


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
