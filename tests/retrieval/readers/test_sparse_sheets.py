"""Sheets with cells far out, merged cells, tables side by side, hidden sheets and errors."""

from __future__ import annotations

import io
import zipfile

import pytest

from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.test_office import archive
from tests.retrieval.readers.test_spreadsheet import MAIN, xlsx


def with_sheet(rows: str, behind: str = "", hidden: str = "") -> bytes:
    """A workbook whose only sheet has these rows."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(S=[["x"]]))) as own, zipfile.ZipFile(made, "w") as copy:
        for name in own.namelist():
            data = own.read(name)
            if name == "xl/worksheets/sheet1.xml":
                sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}'
                data = f"{sheet}</worksheet>".encode()
            copy.writestr(name, data.replace(b'sheetId="1"', f'sheetId="1"{hidden}'.encode()))
    return made.getvalue()


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: float) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


TABLE = row(1, text("A1", "Depot"), text("B1", "Claims")) + row(
    2, text("A2", "York"), number("B2", 5)
)


@pytest.mark.parametrize(
    ("far", "line"),
    [
        ("XFD1048576", " |  | end"),
        ("A1048576", "end"),
        ("B1048576", " | end"),
        ("XFD3", " |  | end"),
    ],
)
def test_a_cell_far_out_is_read_beside_the_others(far: str, line: str) -> None:
    down = int("".join(filter(str.isdigit, far)))
    document = read("a.xlsx", with_sheet(TABLE + row(down, text(far, "end"))))

    assert document.text == f"S\n\nDepot | Claims\nYork | 5\n{line}\n"
    assert not document.lacks


def test_a_range_that_is_formatted_and_empty_is_nothing() -> None:
    blank = '<c r="XFD1048576" s="3"/>'
    document = read("a.xlsx", with_sheet(TABLE + row(1048576, blank)))
    assert document.text == "S\n\nDepot | Claims\nYork | 5\n"


def test_the_rest_of_a_sparse_sheet_keeps_its_order() -> None:
    rows = TABLE + row(500_000, text("C500000", "middle"), text("XFA500000", "right"))
    document = read("a.xlsx", with_sheet(rows + row(1048576, text("A1048576", "last"))))
    assert document.text.endswith("York | 5\n |  | middle | right\nlast\n")


def test_what_was_merged_stands_in_each_row() -> None:
    rows = row(1, text("A1", "Depot"), text("B1", "Quarter"), text("C1", "Claims"))
    rows += row(2, text("A2", "York"), text("B2", "Q1"), number("C2", 5))
    rows += row(3, text("B3", "Q2"), number("C3", 6))
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'

    assert read("a.xlsx", with_sheet(rows, merged)).text.endswith("York | Q1 | 5\nYork | Q2 | 6\n")


def test_a_merged_head_names_its_column_once() -> None:
    rows = row(1, text("A1", "Depot"), text("B1", "2023"), text("D1", "2024"))
    rows += row(
        2, *(text(f"{at}2", name) for at, name in zip("BCDE", ["in", "out"] * 2, strict=True))
    )
    rows += row(3, text("A3", "York"), *(number(f"{at}3", 7) for at in "BCDE"))
    merged = '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/></mergeCells>'

    (section,) = read("a.xlsx", with_sheet(rows, merged)).sections
    assert section.columns == "Depot | 2023 in | 2023 out | 2024 in | 2024 out"


def test_tables_side_by_side_are_read_one_behind_the_other() -> None:
    rows = "".join(
        row(at, text(f"A{at}", a), text(f"B{at}", b), text(f"D{at}", c), text(f"E{at}", d))
        for at, (a, b, c, d) in enumerate(
            [("Depot", "Claims", "Depot", "Claims"), ("York", "five", "Bath", "six")], start=1
        )
    )
    document = read("a.xlsx", with_sheet(rows))

    assert document.text == "S\n\nDepot | Claims\nYork | five\n\nDepot | Claims\nBath | six\n"
    assert [part.columns for part in document.sections] == ["Depot | Claims"] * 2


def test_a_blank_column_within_a_table_parts_nothing() -> None:
    rows = row(1, text("A1", "Depot"), text("C1", "Claims"))
    rows += row(2, text("A2", "York"), number("C2", 5))
    assert read("a.xlsx", with_sheet(rows)).text == "S\n\nDepot | Claims\nYork | 5\n"


def test_an_error_of_a_formula_is_shown() -> None:
    rows = TABLE + row(3, text("A3", "Rye"), '<c r="B3" t="e"><v>#DIV/0!</v></c>')
    assert read("a.xlsx", with_sheet(rows)).text.endswith("Rye | #DIV/0!\n")


def test_a_hidden_sheet_is_named_as_one() -> None:
    document = read("a.xlsx", with_sheet(TABLE, hidden=' state="hidden"'))
    assert document.text.startswith("S (hidden)\n\nDepot")


SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods(*rows: str) -> bytes:
    content = (
        f"<office:document-content {SPACES}><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{"".join(rows)}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{manifest}"/>',
            "content.xml": content,
        }
    )


def line(*cells: str, blank: int = 0, times: int = 1) -> str:
    written = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        if cell.strip("-")
        else f'<table:table-cell table:number-columns-repeated="{16_381 if cell else 1}"/>'
        for cell in cells
    )
    if blank:
        written += f'<table:table-cell table:number-columns-repeated="{blank}"/>'
    return f'<table:table-row table:number-rows-repeated="{times}">{written}</table:table-row>'


def test_blank_cells_and_rows_to_the_ends_of_an_opendocument_sheet_cost_nothing() -> None:
    rows = [line("Depot", "Claims", blank=16_382), line("York", "five", blank=16_382)]
    document = read("a.ods", ods(*rows, line(blank=16_384, times=1_048_574)))
    assert document.text == "S\n\nDepot | Claims\nYork | five\n"


def test_a_cell_far_out_in_an_opendocument_sheet_is_read() -> None:
    rows = [line("Depot", "Claims", "-", "far"), line("York", "five")]
    document = read("a.ods", ods(*rows, line(blank=16_384, times=1_048_000), line("end")))
    assert document.text == "S\n\nDepot | Claims | far\nYork | five\nend\n"
