"""reStructuredText: the sections that its underlined titles make, with the text as it is.

docutils would parse everything and lose the offsets. A title is one line, alone between blank
lines, over a line of one repeated mark that is at least as long; a line of the same mark may
stand above it. Which mark means which level is settled by the order of their first use.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator
from itertools import islice

from chatui.retrieval.chunking.document import Document
from chatui.retrieval.chunking.short_sections import MOST_LINES
from chatui.retrieval.readers.headings import Heading, sections
from chatui.text.safety import one_line

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_MARKS = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")
_ROLE = re.compile(
    r":(?:[\w+.-]{1,40}+:){1,4}+`([^`<]*+)(?:<[^`>]*+>)?`|``([^`]*+)``|`([^`<]*+)(?:<[^`>]*+>)?`_{0,2}"
)


def read(text: str, stem: str) -> Document:
    """The title is the first one at the highest level, else the file's stem."""
    headings = list(find_headings(text))
    title = next((heading.title for heading in headings if heading.level == 1), "") or stem
    return Document(title, text, tuple(sections(text, 0, headings)))


def find_headings(text: str) -> Iterator[Heading]:
    lines = _Lines(text)
    levels: dict[tuple[str, bool], int] = {}
    at = 0
    while at < len(lines) - 1:
        found = _over_and_under(lines, at) or _under(lines, at)
        if not found:
            at += 1
            continue
        mark, over, used = found
        level = levels.setdefault((mark, over), len(levels) + 1)
        title = lines[at + over][2]
        yield Heading(level, clean(title), lines[at][0], lines[at + used - 1][1])
        at += used


def clean(title: str) -> str:
    """The title without inline marks and control characters."""
    bare = _ROLE.sub(lambda found: (found[1] or found[2] or found[3] or "").rstrip(), title)
    return one_line(bare.replace("**", "").replace("\\", ""))


class _Lines:
    """The lines of a text as start, end and what stands there, each made where it is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        lines = islice(_LINE.finditer(text), MOST_LINES)
        self._ends = array("Q", (match.end() for match in lines if match.group()))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, at: int) -> tuple[int, int, str]:
        start, end = self._ends[at - 1] if at else 0, self._ends[at]
        return start, end, self._text[start:end].rstrip()


def _over_and_under(lines: _Lines, at: int) -> tuple[str, bool, int] | None:
    if at + 2 >= len(lines):
        return None
    over, title, under = (lines[place][2].strip() for place in range(at, at + 3))
    if over != under or not _MARKS.match(over) or not title or _MARKS.match(title):
        return None
    return (over[0], True, 3) if len(over) >= _width(lines[at + 1][2].rstrip()) else None


def _under(lines: _Lines, at: int) -> tuple[str, bool, int] | None:
    title, under = lines[at][2], lines[at + 1][2]
    if not title or title[0].isspace() or _MARKS.match(title) or not _MARKS.match(under):
        return None
    if at and lines[at - 1][2] and not lines[at - 1][2].startswith(".."):
        return None  # the last line of a paragraph, or a row of a table
    # Titles with a line that is too short get a warning from docutils, and are titles still.
    return (under[0], False, 2) if len(under) >= min(4, _width(title)) else None


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)
