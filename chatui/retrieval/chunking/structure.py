"""Cuts a document into units: the smallest pieces that a chunk keeps whole.

A unit is a heading line, a paragraph, a sentence of a long paragraph, a line of a long list,
table or code block, and only where even that is too large a part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from chatui.retrieval.chunking.document import Document, Section, SectionLayout

Span = tuple[int, int]
Measure = Callable[[Sequence[str]], Sequence[int]]


class Gap(IntEnum):
    """What lies before a unit, from the weakest to the strongest border."""

    WORD = 0
    SENTENCE = 1
    BLOCK = 2
    HEADING = 3
    PAGE = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """`text[start:end]`; `size` is in tokens, `section` an index into the document's.

    `columns` name what a table's row holds that stands below its header.
    """

    start: int
    end: int
    size: int
    gap: Gap
    section: int
    is_heading: bool = False
    columns: str = ""


_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_FENCE = re.compile(r"[ \t]*(`{3,}(?![^\n]*`)|~{3,})")
_LIST_OR_TABLE_OR_CODE = re.compile(r"[ \t]*(?:[-+*•|]|\d{1,3}[.)])[ \t]|\|| {4}|\t|[ \t]*[`~]{3}")
# Western marks end a sentence before a space only, Asian ones anywhere; closing quotes and
# brackets still belong to it.
_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+\r?\n?$")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+\s+|[。!?！？]+[”’」』）]*\s*")


def find_units(document: Document, measure: Measure, room: Callable[[int], int]) -> list[Unit]:
    """All units in order; `room(section)` is the most tokens that one may hold there."""
    units: list[Unit] = []
    page: int | None = None
    for number, section in enumerate(document.sections):
        border = Gap.PAGE if section.page != page else Gap.HEADING
        page = section.page
        found = list(_section_units(document.text, section, number, measure, room(number)))
        units.extend(replace(unit, gap=border) for unit in found[:1])
        units.extend(found[1:])
    return units


def _section_units(
    text: str, section: Section, number: int, measure: Measure, limit: int
) -> Iterator[Unit]:
    heading = _fit(text, (section.start, section.body), measure, limit // 2)
    gap = Gap.HEADING
    for (start, end), size in heading:
        yield Unit(start, end, size, gap, number, is_heading=True)
        gap = Gap.WORD
    # A heading goes with what follows it: leave room for it.
    limit -= sum(size for _, size in heading) if len(heading) == 1 else 0
    parts = _SPLITS[section.layout](text, section, limit)
    sizes = measure([text[start:end] for (start, end), _, _ in parts])
    for (span, gap, columns), size in zip(parts, sizes, strict=True):
        room = limit - (measure([columns])[0] if columns and size > limit // 2 else 0)
        pieces = [(span, size)] if size <= room else _fit(text, span, measure, room)
        for at, ((start, end), piece_size) in enumerate(pieces):
            border = Gap.WORD if at else gap
            yield Unit(start, end, piece_size, border, number, columns=columns)


_Part = tuple[Span, Gap, str]


def _prose(text: str, section: Section, limit: int) -> list[_Part]:
    parts: list[_Part] = []
    for block in split_blocks(text, section.body, section.end):
        start = block[0]
        if block[1] - block[0] <= limit:  # in characters: about a quarter of the limit
            parts.append((block, Gap.BLOCK, ""))
            continue
        columns = table_columns(text, *block)
        for at, span in enumerate(split_block(text, *block)):
            header = text[start : span[0]].lstrip() if at < 8 else "\n\n"
            below = columns if header.count("\n") > 1 else ""
            parts.append((span, Gap.SENTENCE if at else Gap.BLOCK, below))
    return parts


def _records(text: str, section: Section, limit: int) -> list[_Part]:
    spans = list(split_records(text, section.body, section.end))
    return [(span, Gap.BLOCK, section.columns if at else "") for at, span in enumerate(spans)]


def _code(text: str, section: Section, limit: int) -> list[_Part]:
    """Pieces between blank lines; the lines of a long one. Deep inside is a poor place to cut."""
    parts: list[_Part] = []
    first = _indent(text, section.body, section.end)
    for start, end in split_blocks(text, section.body, section.end, fenced=False):
        shallow = _indent(text, start, end) <= first
        gap = Gap.BLOCK if shallow else Gap.SENTENCE
        spans = [(start, end)]
        if end - start > limit:
            spans = [match.span() for match in _LINE.finditer(text, start, end)]
        parts += [(span, Gap.SENTENCE if at else gap, "") for at, span in enumerate(spans)]
    return parts


_SPLITS: dict[SectionLayout, Callable[[str, Section, int], list[_Part]]] = {
    SectionLayout.PROSE: _prose,
    SectionLayout.RECORDS: _records,
    SectionLayout.CODE: _code,
}


def _indent(text: str, start: int, end: int) -> int:
    """The indentation of the first line that is not blank."""
    found = _FIRST_WORD.search(text, start, end)
    return len(found[1].expandtabs(4)) if found else 0


_FIRST_WORD = re.compile(r"(?:^|(?<=\n))([ \t]*)[^\s]")
RECORD_LINES = 200
"""A quotation that is open for more lines than that was never meant to be one."""


def split_records(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines, or several where a quoted field goes over them. Blank lines stay with the
    record before."""
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    at = 0
    while at < len(lines):
        behind = at + 1
        if text.count('"', *lines[at]) % 2:
            closing = range(behind, min(behind + RECORD_LINES, len(lines)))
            behind = next((n + 1 for n in closing if text.count('"', *lines[n]) % 2), behind)
        while behind < len(lines) and not text[slice(*lines[behind])].strip():
            behind += 1
        yield lines[at][0], lines[behind - 1][1]
        at = behind


def table_columns(text: str, start: int, end: int) -> str:
    """The names of the columns when the block is a Markdown table, else ""."""
    header, _, below = text[start : min(end, start + 4000)].lstrip().partition("\n")
    if "|" not in header or "-" not in below or not _RULE.match(below.partition("\n")[0]):
        return ""
    return " | ".join(name for cell in header.split("|") if (name := " ".join(cell.split())))


def split_blocks(text: str, start: int, end: int, *, fenced: bool = True) -> Iterator[Span]:
    """Paragraphs and code blocks: parted by blank lines, except inside a fence."""
    fence = ""
    begin = start
    blank = False
    for match in _LINE.finditer(text, start, end):
        line = match.group().strip()
        if fence:
            if len(line) >= len(fence) and not line.strip(fence[0]):
                fence = ""
            continue
        if not line:
            blank = True
            continue
        if blank and text[begin : match.start()].strip():
            yield begin, match.start()
            begin = match.start()
        blank = False
        opened = _FENCE.match(match.group()) if fenced else None
        fence = opened[1] if opened else ""
    if text[begin:end].strip():
        yield begin, end


def split_block(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of a list, a table or code; the sentences of anything else."""
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    lined = sum(bool(_LIST_OR_TABLE_OR_CODE.match(text, a, b)) for a, b in lines)
    if _FENCE.match(text, start, end) or lined * 2 > len(lines):
        yield from lines
        return
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        yield begin, match.end()
        begin = match.end()
    if begin < end:
        yield begin, end


def _fit(text: str, span: Span, measure: Measure, limit: int) -> list[tuple[Span, int]]:
    """The span, halved until every part is within the limit; nothing for a blank one."""
    start, end = span
    if not text[start:end].strip():
        return []
    (size,) = measure([text[start:end]])
    if size <= limit or end - start < 2:
        return [(span, size)]
    cut = _middle(text, start, end)
    return _fit(text, (start, cut), measure, limit) + _fit(text, (cut, end), measure, limit)


def halve(text: str, unit: Unit) -> list[Unit]:
    """The unit in two parts of a still unknown size, where it has two that are not blank."""
    if unit.end - unit.start < 2:
        return [unit]
    cut = _middle(text, unit.start, unit.end)
    parts = [replace(unit, end=cut), replace(unit, start=cut, gap=Gap.WORD)]
    return [part for part in parts if text[part.start : part.end].strip()]


def _middle(text: str, start: int, end: int) -> int:
    """The best place for a cut near the middle: behind a line's end, a space, a whole letter."""
    middle = (start + end) // 2
    low, high = (start + middle) // 2, (middle + end) // 2
    for border in ("\n", " ", ",", "，", "、", ";", "/"):
        behind = text.find(border, middle, high) + 1
        before = text.rfind(border, low, middle) + 1
        near = [at for at in (before, behind) if start < at < end]
        if near:
            return min(near, key=lambda at: abs(at - middle))
    cut = middle
    while cut < end - 1 and (unicodedata.combining(text[cut]) or text[cut - 1 : cut + 1] == "\r\n"):
        cut += 1
    return cut
