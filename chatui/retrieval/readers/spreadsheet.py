"""Spreadsheets (xlsx, xlsm, xlsb, xls, ods): each sheet is a table under its name."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Section, SectionLayout, Unreadable
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.delimited import FieldRow, columns_of, first_row
from chatui.text.safety import one_line, strip_controls

BETWEEN = " | "
MOST_CELLS = 20_000_000
"""Of a sheet, blank ones within its edges among them; a cell far out makes them many."""

Cell = str | float | bool | date | datetime | time | timedelta


def read(data: bytes, stem: str) -> Document:
    """A section for each sheet: its name, what stands above its table, and the rows, a line each
    with bars between the cells. Values are those that the program saved with the formulas.

    Raises ReadFailed for a file that is damaged or protected, Unreadable for one without cells.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    if data.startswith(b"PK") and Archive(data).unpacked((".xml",)) > UNPACKED_MB << 20:
        raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
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
            _add(one_line(sheet.name), cells.to_python(), pieces, sections)
    except PasswordError as error:
        raise ReadFailed("it is protected by a password") from error
    except CalamineError as error:
        raise ReadFailed("it is a damaged spreadsheet") from error
    if not sections:
        raise Unreadable("it holds no text", empty=True)
    return Document(stem, "".join(pieces), tuple(sections), lacks=tuple(lacks))


def _add(
    name: str, cells: Sequence[Sequence[Cell]], pieces: list[str], sections: list[Section]
) -> None:
    """Writes a sheet. The rows above its table stand in a section of their own."""
    rows = [written for row in cells if any(written := tuple(_written(row)))]
    if not rows:
        return
    start = sum(map(len, pieces)) + (2 if pieces else 0)
    pieces.append(f"\n\n{name}\n\n" if pieces else f"{name}\n\n")
    body = start + len(name) + 2
    at = body
    placed: list[FieldRow] = []
    for row in rows:
        line = _line(row)
        placed.append(FieldRow(_as_wide_as_it_is(row), at))
        pieces.append(f"{line}\n")
        at += len(line) + 1
    table = first_row(placed) or 0
    first = placed[table].start
    columns = columns_of(placed[table:], BETWEEN)
    if first > body:
        sections.append(Section(start, first, body, (name,)))
        start = body = first
    sections.append(Section(start, at, body, (name,), None, SectionLayout.RECORDS, columns))


def _as_wide_as_it_is(row: tuple[str, ...]) -> tuple[str, ...]:
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
