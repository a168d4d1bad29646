"""What is copied of lines that are marked with the mouse: the text as it was written, without what
the screen has added. And what a double and a triple click mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.selection import Selection

if TYPE_CHECKING:
    from chatui.widgets.markdown_layout import Line

WORD = re.compile(r"[\w\-./~@%+#=&?:\u0300-\u036f]+")
"""With what paths and addresses have beside letters: they are what one wants whole."""
AT_THE_END = ".?:"


def copied_text(lines: Sequence[Line], selection: Selection) -> str:
    """Soft wraps are gone, margins are as they were written, and rows of a table that are marked
    whole are Markdown."""
    first, begin = (selection.start.y, selection.start.x) if selection.start else (0, 0)
    last, stop = (selection.end.y, selection.end.x) if selection.end else (len(lines), 0)
    pieces: list[str] = []
    for row in range(first, min(last + 1, len(lines))):
        line = lines[row]
        text = line.content.plain
        start = begin if row == first else 0
        end = stop if row == last else len(text)
        piece = text[max(start, line.indent) : end]
        if start == 0 and end >= len(text) and line.copied is not None:
            if not line.copied:
                continue
            piece = line.copied
        elif start == 0 and end > 0 and not line.continues:
            piece = line.margin + piece
        if pieces:
            pieces.append(line.joint)
        pieces.append(piece)
    return "".join(pieces)


def paragraph_at(lines: Sequence[Line], row: int) -> Selection:
    """The whole line of the source that the row is a piece of."""
    first, last = _rows(lines, row)
    end = Offset(len(lines[last].content.plain), last)
    return Selection(Offset(lines[first].indent, first), end)


def word_at(lines: Sequence[Line], at: Offset) -> Selection | None:
    """The word there, also where it goes on in the row below; None between words."""
    first, last = _rows(lines, at.y)
    text = ""
    places: list[Offset | None] = []
    for row in range(first, last + 1):
        line = lines[row]
        if row > first:
            text += line.joint
            places += [None] * len(line.joint)
        written = line.content.plain[line.indent :]
        text += written
        places += [Offset(line.indent + x, row) for x in range(len(written))]
    here = places.index(at) if at in places else -1
    for found in WORD.finditer(text):
        word = found[0].rstrip(AT_THE_END) or found[0]
        start, end = found.start(), found.start() + len(word)
        if start <= here < end:
            begins, ends = places[start], places[end - 1]
            if begins is not None and ends is not None:
                return Selection(begins, Offset(ends.x + 1, ends.y))
    return None


def _rows(lines: Sequence[Line], row: int) -> tuple[int, int]:
    first = last = row
    while first > 0 and lines[first].continues:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].continues:
        last += 1
    return first, last
