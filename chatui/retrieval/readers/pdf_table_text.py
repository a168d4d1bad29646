"""Tables in the text of a PDF: where they stand in it, and under which names.

A table that goes on over pages has its names on the first of them, or on each. On a page that
begins without them, the names are those of the table before, if its columns stand alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chatui.retrieval.chunking.document import Section, SectionLayout
from chatui.retrieval.readers.pdf_layout import LetterRun, as_text
from chatui.retrieval.readers.pdf_tables import PdfTable
from chatui.retrieval.readers.pdf_words import mend_hyphens, plain

ALIKE = 0.04
"""Of the table's width, by which the edges of its columns may be moved on the next page."""


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table at `text[start:end]` of its page; up to `body` stands its title. Its first row is
    `header` unless it is `headless`."""

    start: int
    body: int
    end: int
    header: str
    headless: bool
    edges: tuple[float, ...]

    def moved(self, by: int) -> PlacedTable:
        return replace(self, start=self.start + by, body=self.body + by, end=self.end + by)


def place(
    pieces: Sequence[LetterRun], tables: Sequence[PdfTable]
) -> tuple[str, tuple[PlacedTable, ...]]:
    """The text of a page's pieces, those of tables as rows."""
    parts: list[str] = []
    placed: list[PlacedTable] = []
    begin = behind = 0
    for table in tables:
        begin += _add(parts, as_text(pieces[behind : table.first]))
        title, rows = plain("\n".join(table.caption)), plain("\n".join(table.rows))
        body = begin + _add(parts, title)
        end = body + len(rows)
        placed.append(
            PlacedTable(begin, body, end, plain(table.header), not table.has_head, table.edges)
        )
        begin = body + _add(parts, rows)
        behind = table.behind
    _add(parts, as_text(pieces[behind:]))
    return "\n".join(parts), tuple(placed)


def joined(
    texts: Sequence[tuple[str, tuple[PlacedTable, ...]]],
) -> tuple[str, tuple[PlacedTable, ...]]:
    """The texts of a page's directions, one behind the other."""
    found: list[PlacedTable] = []
    begin = 0
    for text, tables in texts:
        found += [table.moved(begin) for table in tables]
        begin += len(text) + 1
    return "\n".join(text for text, _ in texts), tuple(found)


def _add(parts: list[str], text: str) -> int:
    """How many characters longer the text becomes, with the line's end behind the part."""
    if not text:
        return 0
    parts.append(text)
    return len(text) + 1


def with_headers(pages: Sequence[Sequence[PlacedTable]]) -> list[tuple[PlacedTable, ...]]:
    """The tables of each page; those that go on with one before have its header."""
    before: PlacedTable | None = None
    last = 0
    done: list[tuple[PlacedTable, ...]] = []
    for number, tables in enumerate(pages):
        found: list[PlacedTable] = []
        for table in tables:
            is_next = not table.header and before is not None and number - last <= 1
            if is_next and before is not None and _stand_alike(table.edges, before.edges):
                before = replace(table, header=before.header)
            else:
                before = table
            last = number
            found.append(before)
        done.append(tuple(found))
    return done


def _stand_alike(edges: Sequence[float], before: Sequence[float]) -> bool:
    if len(edges) != len(before):
        return False
    shifts = [one - other for one, other in zip(edges, before, strict=True)]
    width = max(before[-1] - before[0], abs(before[-1]) / 4)
    return max(shifts) - min(shifts) <= ALIKE * width and abs(shifts[0]) <= width / 4


def clip(page: str, text: str, tables: Sequence[PlacedTable]) -> tuple[PlacedTable, ...]:
    """The tables of a page in what has been left of it between its running heads and feet."""
    shift = page.find(text)
    found: list[PlacedTable] = []
    for table in tables:
        moved = table.moved(-shift)
        start, body = max(0, moved.start), max(0, moved.body)
        end = min(moved.end, len(text))
        if body < end:
            headless = moved.headless or body > moved.body
            found.append(replace(moved, start=start, body=body, end=end, headless=headless))
    return tuple(found)


def mended(
    pages: Sequence[str], tables: Sequence[Sequence[PlacedTable]]
) -> tuple[list[str], list[tuple[PlacedTable, ...]]]:
    """The pages with words that a line's end has parted put together, and where their tables are
    then. No word goes on from a paragraph into a table."""
    segments: list[str] = []
    for text, placed in zip(pages, tables, strict=True):
        segments += [text[start:end] for start, end in _borders(text, placed)]
    whole = iter(mend_hyphens(segments))
    done: list[str] = []
    moved: list[tuple[PlacedTable, ...]] = []
    for text, placed in zip(pages, tables, strict=True):
        places = {0: 0}
        length = 0
        parts: list[str] = []
        for _, end in _borders(text, placed):
            parts.append(next(whole))
            length += len(parts[-1])
            places[end] = length
        done.append("".join(parts))
        moved.append(
            tuple(
                replace(
                    table,
                    start=places[table.start],
                    body=places[table.body],
                    end=places[table.end],
                )
                for table in placed
            )
        )
    return done, moved


def _borders(text: str, tables: Sequence[PlacedTable]) -> list[tuple[int, int]]:
    cuts = {0, len(text)}
    for table in tables:
        cuts |= {table.start, table.body, table.end}
    ordered = sorted(cuts)
    return list(pairwise(ordered)) or [(0, 0)]


def parted(
    text: str, start: int, end: int, path: tuple[str, ...], tables: Sequence[PlacedTable]
) -> Iterator[Section]:
    """The sections of a part of a page: its tables, and what stands before, between and behind."""
    at = start
    goes_on = False
    for table in tables:
        first, behind = max(table.start, at), min(table.end, end)
        body = max(table.body, first)
        if body >= behind or not text[body:behind].strip():
            continue
        if text[at:first].strip():
            yield Section(at, first, at, path, goes_on=goes_on)
            goes_on = True
        title = _title(text[first:body])
        yield Section(
            first,
            behind,
            body,
            (*path, title) if title and title not in path else path,
            layout=SectionLayout.RECORDS,
            columns=table.header,
            goes_on=goes_on,
            headless=table.headless or body > table.body,
        )
        at, goes_on = behind, True
    if text[at:end].strip():
        yield Section(at, end, at, path, goes_on=goes_on)


def _title(caption: str) -> str:
    """What the table shows: the last line of its title that is no remark in brackets."""
    lines = [" ".join(line.split()) for line in caption.splitlines()]
    return next((line for line in reversed(lines) if line and not line.startswith("(")), "")
