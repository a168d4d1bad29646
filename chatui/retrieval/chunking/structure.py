"""Cuts a document into units: the smallest pieces that a chunk keeps whole.

A unit is a heading line, a paragraph, a sentence of a long paragraph, a line of a long list,
table or code block, and only where even that is too large a part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import islice
from typing import TypeVar

from chatui.retrieval.chunking.document import Document, Section, SectionLayout
from chatui.retrieval.chunking.wide_rows import wide_row

Span = tuple[int, int]
Measure = Callable[[Sequence[str]], Sequence[int]]
T = TypeVar("T")

PARTS_AT_ONCE = 500
TELLING_LINES = 10_000
"""Of a block; they say what kind it is of."""
LONG = 1 << 20
"""Characters of a section that is gone through by larger steps."""
LONG_DOCUMENT = 4 << 20
"""Characters of a document of which every section is: War and Peace has 3 million."""
SHORT = 100
"""Characters of a part that is worth a place of its own in such a section."""


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


_INK = re.compile(r"\S")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_FENCE = re.compile(r"[ \t]*(`{3,}(?![^\n]*`)|~{3,})")
_BLANK_OR_FENCE = re.compile(r"\n(?=[^\S\n]*+[\n`~])")
"""In front of a line that tells something of where a paragraph ends."""
_LIST_OR_TABLE_OR_CODE = re.compile(r"[ \t]*(?:[-+*•|]|\d{1,3}[.)])[ \t]|\|| {4}|\t|[ \t]*[`~]{3}")
# Western marks end a sentence before a space only, Asian ones anywhere; closing quotes and
# brackets still belong to it.
_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+\r?\n?$")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+\s+|[。!?！？]+[”’」』）]*\s*")


_LOOKED_BACK = 8
"""Characters in which a sentence's mark, its closing signs and a space are found."""


def find_units(document: Document, measure: Measure, room: Callable[[int], int]) -> Iterator[Unit]:
    """All units in order; `room(section)` is the most tokens that one may hold there."""
    page: int | None = None
    long = len(document.text) > LONG_DOCUMENT
    for number, section in enumerate(document.sections):
        border = Gap.BLOCK if section.goes_on else Gap.HEADING
        border = Gap.PAGE if section.page != page else border
        page = section.page
        large = long or section.end - section.body > LONG
        found = _section_units(
            document.text, section, number, measure, room(number), by_larger_steps=large
        )
        for first in islice(found, 1):
            yield replace(first, gap=border)
        yield from found


def _section_units(
    text: str,
    section: Section,
    number: int,
    measure: Measure,
    limit: int,
    *,
    by_larger_steps: bool,
) -> Iterator[Unit]:
    heading = list(_fit(text, (section.start, section.body), measure, limit // 2))
    gap = Gap.HEADING
    for (start, end), size in heading:
        yield Unit(start, end, size, gap, number, is_heading=True)
        gap = Gap.WORD
    # A heading goes with what follows it: leave room for it.
    limit -= sum(size for _, size in heading) if len(heading) == 1 else 0
    parts = _SPLITS[section.layout](text, section, limit)
    if by_larger_steps:
        parts = _by_larger_steps(parts)
    for group in batches(parts, PARTS_AT_ONCE):
        sizes = measure([text[start:end] for (start, end), _, _ in group])
        for (span, gap, columns), size in zip(group, sizes, strict=True):
            room = limit
            if columns and size > limit // 2:
                room -= min(measure([columns])[0], limit // 3)
            if size > room and section.delimiter and (columns or not section.names):
                for part in wide_row(text, span, section, measure, limit):
                    for (start, end), fitting in _fit(text, part.span, measure, limit * 2 // 3):
                        border = Gap.HEADING
                        yield Unit(start, end, fitting, border, number, columns=part.columns)
                continue
            pieces = [(span, size)] if size <= room else _smaller(text, span, measure, room)
            for at, ((start, end), piece_size) in enumerate(pieces):
                border = gap if not at else Gap.SENTENCE if _ends(text, start) else Gap.WORD
                yield Unit(start, end, piece_size, border, number, columns=columns)


_Part = tuple[Span, Gap, str]


def batches(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """The items in lists of so many."""
    rest = iter(items)
    while batch := list(islice(rest, most)):
        yield batch


def _by_larger_steps(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Neighbours together where they are a word or a number each: how they could be parted and
    joined would be weighed for every one of millions."""
    held: _Part | None = None
    for part in parts:
        if held is None:
            held = part
            continue
        (start, end), gap, columns = held
        behind = part[0][1]
        if end - start < SHORT and behind - start < 3 * SHORT and columns == part[2]:
            held = (start, behind), gap, columns
        else:
            yield held
            held = part
    if held is not None:
        yield held


def _prose(text: str, section: Section, limit: int) -> Iterator[_Part]:
    for block in split_blocks(text, section.body, section.end):
        start = block[0]
        if block[1] - block[0] <= limit:  # in characters: about a quarter of the limit
            yield block, Gap.BLOCK, ""
            continue
        columns = table_columns(text, *block)
        for at, span in enumerate(split_block(text, *block)):
            header = text[start : span[0]].lstrip() if columns and at < 8 else "\n\n"
            below = columns if header.count("\n") > 1 else ""
            yield span, Gap.SENTENCE if at else Gap.BLOCK, below


def _records(text: str, section: Section, limit: int) -> Iterator[_Part]:
    for at, span in enumerate(split_records(text, section.body, section.end)):
        yield span, Gap.BLOCK, section.columns if at or section.headless else ""


def _code(text: str, section: Section, limit: int) -> Iterator[_Part]:
    """Pieces between blank lines; the lines of a long one. Deep inside is a poor place to cut."""
    first = _indent(text, section.body, section.end)
    for start, end in split_blocks(text, section.body, section.end, fenced=False):
        shallow = _indent(text, start, end) <= first
        gap = Gap.BLOCK if shallow else Gap.SENTENCE
        if end - start <= limit:
            yield (start, end), gap, ""
            continue
        for at, match in enumerate(_lines(text, start, end)):
            yield match.span(), Gap.SENTENCE if at else gap, ""


def _packed(text: str, section: Section, limit: int) -> Iterator[_Part]:
    yield (section.body, section.end), Gap.BLOCK, ""


_SPLITS: dict[SectionLayout, Callable[[str, Section, int], Iterator[_Part]]] = {
    SectionLayout.PROSE: _prose,
    SectionLayout.RECORDS: _records,
    SectionLayout.CODE: _code,
    SectionLayout.PACKED: _packed,
}


def _indent(text: str, start: int, end: int) -> int:
    """The indentation of the first line that is not blank."""
    found = _FIRST_WORD.search(text, start, end)
    return len(found[1].expandtabs(4)) if found else 0


_FIRST_WORD = re.compile(r"(?:^|(?<=\n))([ \t]*)[^\s]")
_PARAGRAPHS = re.compile(rf"[^`~]{{{SHORT}}}[^`~\n]*+\n[ \t\r]*+\n\s*+")
_LINES = re.compile(rf"[\s\S]{{{SHORT}}}[^\n]*+\n|[\s\S]+\Z")
RECORD_LINES = 200
"""A quotation that is open for more lines than that was never meant to be one."""


def split_records(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines, or several where a quoted field goes over them; of a long text also where they
    are short. Blank lines stay with the record before."""
    least = SHORT if end - start > LONG else 0
    while start < end:
        behind = _record_end(text, start, end, least)
        while behind < end and text[behind : (below := _line_end(text, behind, end))].isspace():
            behind = below
        yield start, behind
        start = behind


def _record_end(text: str, start: int, end: int, least: int = 0) -> int:
    """Behind the records that begin there and have at least so many characters."""
    first = below = _line_end(text, min(start + least, end), end)
    if text.count('"', start, first) % 2:
        for _ in range(RECORD_LINES):
            line, below = below, _line_end(text, below, end)
            if text.count('"', line, below) % 2:
                return below
        if least:
            return _record_end(text, start, end)
    return first


def _line_end(text: str, start: int, end: int) -> int:
    return text.find("\n", start, end) + 1 or end


def table_columns(text: str, start: int, end: int) -> str:
    """The names of the columns when the block is a Markdown table, else ""."""
    header, _, below = text[start : min(end, start + 4000)].lstrip().partition("\n")
    if "|" not in header or "-" not in below or not _RULE.match(below.partition("\n")[0]):
        return ""
    return " | ".join(name for cell in header.split("|") if (name := " ".join(cell.split())))


def split_blocks(text: str, start: int, end: int, *, fenced: bool = True) -> Iterator[Span]:
    """Paragraphs and code blocks: parted by blank lines, except inside a fence. Of a long text
    several together where they are short."""
    fence = ""
    several = end - start > LONG
    begin = at = start
    blank = False
    while at < end:
        if several and at == begin and not fence:
            short = _PARAGRAPHS.match(text, at, end)
            if short and not short.group().isspace():
                yield short.span()
                begin = at = short.end()
                continue
        first, at = at, _line_end(text, at, end)
        line = text[first:at].strip()
        if fence:
            if len(line) >= len(fence) and not line.strip(fence[0]):
                fence = ""
            continue
        if not line:
            blank = True
            ink = _INK.search(text, at, end)
            at = max(at, text.rfind("\n", at, ink.start()) + 1) if ink else end
            continue
        if blank and text[begin:first].strip():
            yield begin, first
            begin = at = first
            blank = False
            continue
        blank = False
        opened = _FENCE.match(text[first:at]) if fenced and line[0] in "`~" else None
        fence = opened[1] if opened else ""
        if not fence and at < end:
            told = _BLANK_OR_FENCE.search(text, at - 1, end)
            at = told.end() if told else end
    if text[begin:end].strip():
        yield begin, end


def _lines(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The lines; of a long text several together where they are short."""
    return (_LINES if end - start > LONG else _LINE).finditer(text, start, end)


def split_block(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of a list, a table or code; the sentences of anything else."""
    lines = (match.span() for match in _LINE.finditer(text, start, end))
    first = islice(lines, TELLING_LINES)
    lined = sum(1 if _LIST_OR_TABLE_OR_CODE.match(text, a, b) else -1 for a, b in first)
    if _FENCE.match(text, start, end) or lined > 0:
        yield from (match.span() for match in _lines(text, start, end))
        return
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        yield begin, match.end()
        begin = match.end()
    if begin < end:
        yield begin, end


def _smaller(text: str, span: Span, measure: Measure, limit: int) -> Iterator[tuple[Span, int]]:
    """The sentences or lines of a part that is too large; those that still are, halved."""
    sentences = list(split_block(text, *span))
    sizes = measure([text[start:end] for start, end in sentences])
    for sentence, size in zip(sentences, sizes, strict=True):
        if size <= limit:
            yield sentence, size
        else:
            yield from _fit(text, sentence, measure, limit)


def _ends(text: str, at: int) -> bool:
    """Whether a sentence or a line ends there."""
    before = text[max(0, at - _LOOKED_BACK) : at]
    said = before.rstrip()
    blank = before[len(said) :]
    western = bool(blank) and said.rstrip("\"'”’)]").endswith((".", "!", "?", "…"))
    return western or "\n" in blank or said.rstrip("”’」』）").endswith(("。", "！", "？"))


def _fit(text: str, span: Span, measure: Measure, limit: int) -> Iterator[tuple[Span, int]]:
    """The span, halved until every part is within the limit; nothing for a blank one."""
    waiting = [span]
    while waiting:
        start, end = waiting.pop()
        if not _INK.search(text, start, end):
            continue
        (size,) = measure([text[start:end]])
        if size <= limit or end - start < 2:
            yield (start, end), size
            continue
        cut = _middle(text, start, end)
        waiting += [(cut, end), (start, cut)]


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
