"""Where a text stands in the turns of a conversation, and in the lines that a turn is drawn in.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatui.domain.conversation import Turn
    from chatui.widgets.markdown_layout import Line

MOST_MATCHES = 10_000
"""More is nothing to go through one by one."""
MarkedSpan = tuple[int, int, int]
"""Where in a line a match or a part of one stands, and which of the matches it is."""


def pattern_of(text: str) -> re.Pattern[str] | None:
    """Finds the text in whatever case, blanks standing for any; None for no text."""
    words = text.split()
    return re.compile(r"\s{1,8}".join(map(re.escape, words)), re.IGNORECASE) if words else None


def matches_in(
    turns: Sequence[tuple[str, Turn]], pattern: re.Pattern[str]
) -> list[tuple[str, int]]:
    """Each match as its turn's key and its number within the turn. It reads all the texts, so call
    it in a thread."""
    found: list[tuple[str, int]] = []
    for key, turn in turns:
        texts = (turn.question, turn.reply.text)
        count = sum(sum(1 for _ in pattern.finditer(text)) for text in texts)
        found += [(key, number) for number in range(count)]
        if len(found) > MOST_MATCHES:
            break
    return found


def spans_in(
    lines: Sequence[Line], pattern: re.Pattern[str], first: int
) -> tuple[dict[int, list[MarkedSpan]], int]:
    """The spans of the lines that are to be marked, by the places of those, and the number of the
    match behind the last. A match goes on where a line was only wrapped. Numbers begin at
    `first`."""
    spans: dict[int, list[MarkedSpan]] = {}
    number = first
    for places in _unwrapped(lines):
        text, starts = "", []
        for place in places:
            line = lines[place]
            starts.append(len(text) + (len(line.joint) if text else 0))
            text += (line.joint if text else "") + line.content.plain[line.indent :]
        for match in pattern.finditer(text):
            for place, start in zip(places, starts, strict=True):
                line = lines[place]
                begin = max(match.start() - start, 0)
                end = min(match.end() - start, len(line.content.plain) - line.indent)
                if begin < end:
                    span = (begin + line.indent, end + line.indent, number)
                    spans.setdefault(place, []).append(span)
            number += 1
    return spans, number


def _unwrapped(lines: Sequence[Line]) -> Iterator[list[int]]:
    """The places of the lines that were one before they were wrapped."""
    together: list[int] = []
    for place, line in enumerate(lines):
        if together and line.joint == "\n":
            yield together
            together = []
        together.append(place)
    if together:
        yield together
