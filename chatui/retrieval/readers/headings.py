"""Headings of a text, and the sections that they open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from chatui.retrieval.chunking.document import Section, SectionLayout

MOST_LINES = 500_000
"""Of a text that are looked through for headings: 20 MB of prose. What has more is data."""
SHORT_SECTION = 250
"""Characters of a section that is told from its neighbours only in a text with few of them."""
MOST_SHORT = 5_000
"""Such sections of a text that stand by themselves. Each costs as much as a whole passage: what is
made of headings alone would have millions. Behind them they are put together."""
PACKED_LETTERS = 900
"""Characters of short sections that are put together: a passage with its headings in front."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is the highest. The text below it begins at `body`."""

    level: int
    title: str
    start: int
    body: int


def sections(
    text: str, begin: int, headings: Sequence[Heading], layout: SectionLayout = SectionLayout.PROSE
) -> Iterator[Section]:
    """One section for each heading, and one for what stands before the first. Of more than
    MOST_SHORT short ones the rest are packed: those that follow each other are one section, under
    the headings that all of them lie under."""
    starts = [heading.start for heading in headings] + [len(text)]
    if starts[0] > begin:
        yield Section(begin, starts[0], begin, layout=layout)
    short = 0
    held: Section | None = None
    for section in _each(headings, starts, layout):
        is_short = section.end - section.start < SHORT_SECTION
        short += is_short
        if held is not None and is_short and section.end - held.start <= PACKED_LETTERS:
            held = _packed(held, section)
            continue
        if held is not None:
            yield held
        held = section if is_short and short > MOST_SHORT else None
        if held is None:
            yield section
    if held is not None:
        yield held


def _each(
    headings: Sequence[Heading], starts: Sequence[int], layout: SectionLayout
) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    for heading, (start, end) in zip(headings, pairwise(starts), strict=True):
        while path and path[-1][0] >= heading.level:
            path.pop()
        path.append((heading.level, heading.title))
        names = tuple(title for _, title in path if title)
        yield Section(start, end, heading.body, names, layout=layout)


def _packed(held: Section, section: Section) -> Section:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(held.path, section.path, strict=False))
    path = tuple(name for name, _ in same)
    return Section(held.start, section.end, held.body, path, layout=SectionLayout.PACKED)
