"""Headings of a text, and the sections that they open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatui.retrieval.chunking.document import Section, SectionLayout
from chatui.retrieval.chunking.short_sections import packed


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
    """One section for each heading, and one for what stands before the first; short ones are
    packed where there are very many."""
    return packed(_each(text, begin, headings, layout))


def _each(
    text: str, begin: int, headings: Sequence[Heading], layout: SectionLayout
) -> Iterator[Section]:
    starts = [heading.start for heading in headings] + [len(text)]
    if starts[0] > begin:
        yield Section(begin, starts[0], begin, layout=layout)
    path: list[tuple[int, str]] = []
    for heading, end in zip(headings, starts[1:], strict=True):
        path = [(level, title) for level, title in path if level < heading.level]
        path.append((heading.level, heading.title))
        names = tuple(title for _, title in path if title)
        yield Section(heading.start, end, heading.body, names, layout=layout)
