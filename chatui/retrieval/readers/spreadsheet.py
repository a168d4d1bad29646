"""Spreadsheets (xlsx, xlsm, xlsb, xls, ods): each sheet is a table under its name."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Section, SectionLayout, Unreadable
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.delimited import (
    SAMPLE_ROWS,
    FieldRow,
    first_row,
    is_header,
    names_of,
)
from chatui.retrieval.readers.sparse_sheets import together
from chatui.text.safety import one_line, strip_controls

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

BETWEEN = " | "
MOST_CELLS = 20_000_000
"""Of a sheet, blank ones within its edges among them; a cell far out makes them many."""

Row = tuple[str, ...]
Cell = str | float | bool | date | datetime | time | timedelta


def read(data: bytes, stem: str) -> Document:
    """A section for each sheet: its name, what stands above its table, and the rows, a line each
    with bars between the cells. Values are those that the program saved with the formulas.

    Raises ReadFailed for a file that is damaged or protected, Unreadable for one without cells.
    """
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    if data.startswith(b"PK"):
        if Archive(data).unpacked((".xml",)) > UNPACKED_MB << 20:
            raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
        data = together(data)
    pieces: list[str] = []
    sections: list[Section] = []
    lacks: list[Lack] = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in book.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                lacks.append(Lack(f"the chart sheet {one_line(sheet.name)} is not read"))
                continue
            cells = book.get_sheet_by_name(sheet.name)
            if cells.total_height * cells.total_width > MOST_CELLS:
                lacks.append(Lack(f"the sheet {one_line(sheet.name)} is too wide and long"))
                continue
            name = one_line(sheet.name)
            if sheet.visible is not SheetVisibleEnum.Visible:
                name = f"{name} (hidden)"
            _add(name, _unmerged(cells), pieces, sections)
    except PasswordError as error:
        raise ReadFailed("it is protected by a password") from error
    except CalamineError as error:
        raise ReadFailed("it is a damaged spreadsheet") from error
    if not sections:
        raise Unreadable("it holds no text", empty=True)
    return Document(stem, "".join(pieces), tuple(sections), lacks=tuple(lacks))


def _unmerged(sheet: CalamineSheet) -> list[list[Cell]]:
    """The cells, with what stands in one that was merged with those below in each of its rows."""
    cells = sheet.to_python()
    top, left = sheet.start or (0, 0)
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        at = column - left
        if not 0 <= first - top < len(cells) or not 0 <= at < len(cells[first - top]):
            continue
        for row in cells[first - top + 1 : last - top + 1]:
            row[at] = cells[first - top][at]
    return cells


def _add(
    name: str, cells: Sequence[Sequence[Cell]], pieces: list[str], sections: list[Section]
) -> None:
    """Writes a sheet: its tables, each with what stands above it in a section of its own."""
    rows = [written for row in cells if any(written := tuple(_written(row)))]
    if not rows:
        return
    at = start = sum(map(len, pieces)) + (2 if pieces else 0)
    pieces.append(f"\n\n{name}\n\n" if pieces else f"{name}\n\n")
    at += len(name) + 2
    for count, table in enumerate(_tables(rows)):
        if count:
            pieces.append("\n")
            start = at = at + 1
        at = _add_table(name, table, (start, at), pieces, sections)


def _add_table(
    name: str,
    rows: Sequence[Row],
    place: tuple[int, int],
    pieces: list[str],
    sections: list[Section],
) -> int:
    """`place` is where the section and its first row begin; gives where its last one ends."""
    start, body = place
    at = body
    placed: list[FieldRow] = []
    for row in rows:
        line = _line(row)
        placed.append(FieldRow(_as_wide_as_it_is(row), at))
        pieces.append(f"{line}\n")
        at += len(line) + 1
    table = first_row(placed) or 0
    first = placed[table].start
    names = names_of(placed[table:])
    if first > body:
        sections.append(Section(start, first, body, (name,)))
        start = body = first
    sections.append(
        Section(
            start,
            at,
            body,
            (name,),
            layout=SectionLayout.RECORDS,
            columns=BETWEEN.join(names),
            names=names,
            delimiter=BETWEEN,
        )
    )
    return at


def _tables(rows: Sequence[Row]) -> list[list[Row]]:
    """The tables that stand side by side with a blank column between them, each with names of its
    own; else all columns that are not blank as one."""
    width = max(map(len, rows))
    blank = [not any(len(row) > at and row[at] for row in rows) for at in range(width)]
    groups = [
        [at for at, _ in group]
        for is_blank, group in groupby(enumerate(blank), key=lambda one: one[1])
        if not is_blank
    ]
    tables = [_columns_of(rows, group) for group in groups]
    if len(tables) > 1 and all(map(_is_named, tables)):
        return tables
    return [_columns_of(rows, [at for at in range(width) if not blank[at]])]


def _columns_of(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    picked = (tuple(row[at] if at < len(row) else "" for at in places) for row in rows)
    return [row for row in picked if any(row)]


def _is_named(rows: Sequence[Row]) -> bool:
    placed = [FieldRow(_as_wide_as_it_is(row), 0) for row in rows[:SAMPLE_ROWS]]
    at = first_row(placed)
    return at is not None and len(rows[0]) > 1 and is_header(placed[at:])


def _as_wide_as_it_is(row: Row) -> Row:
    """Every row of a sheet is as wide as the widest: a line above its table has blank cells too."""
    filled = [at for at, cell in enumerate(row) if cell]
    return row if len(filled) > 1 else row[: filled[-1] + 1]


def _line(row: Sequence[str]) -> str:
    return BETWEEN.join(row).rstrip(" |")


def _written(row: Sequence[Cell]) -> Iterator[str]:
    for cell in row:
        yield one_line(strip_controls(_text(cell)))


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # What the program shows of 0.1 + 0.2, and of 940.0.
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return str(cell)
