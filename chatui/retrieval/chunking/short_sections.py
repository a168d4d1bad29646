"""A document with very many short sections, such as headings with a word below each: its sections
are put together until they are as long as a passage. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from chatui.retrieval.chunking.document import Section, SectionLayout

MOST_LINES = 500_000
"""Of a text that are looked through for headings: 20 MB of prose. What has more is data."""
SHORT = 250
"""Characters of a section that is told from its neighbours only in a document with few of them."""
MOST_SHORT = 5_000
"""Such sections that stand by themselves. To weigh which of them belong together takes each as much
time as a whole passage, and a document of nothing else would have millions."""
TOGETHER = 900
"""Characters: a passage with its headings in front."""

_PLAIN = (SectionLayout.PROSE, SectionLayout.CODE)


def packed(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections, which follow each other; behind the first MOST_SHORT short ones those that are
    neighbours are one, under the headings that all of them lie under."""
    short = 0
    held: list[Section] = []
    for section in sections:
        if section.end - section.start >= SHORT or section.layout not in _PLAIN or section.columns:
            yield from _together(held)
            held = []
            yield section
            continue
        short += 1
        if short <= MOST_SHORT:
            yield section
            continue
        if held and (section.end - held[0].start > TOGETHER or section.page != held[0].page):
            yield from _together(held)
            held = []
        held.append(section)
    yield from _together(held)


def _together(held: list[Section]) -> Iterator[Section]:
    if not held:
        return
    first, last = held[0], held[-1]
    path = first.path
    for section in held[1:]:
        same = zip(path, section.path, strict=False)
        path = tuple(name for name, _ in takewhile(lambda pair: pair[0] == pair[1], same))
    yield replace(first, end=last.end, path=path, layout=SectionLayout.PACKED)
