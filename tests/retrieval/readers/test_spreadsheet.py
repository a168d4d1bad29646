from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.test_office import archive

Cells = Sequence[Sequence[str | float | bool]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(**sheets: Cells) -> bytes:
    """A workbook with these sheets, as Excel writes one."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(names, 1)
    )
    linked = "".join(
        f'<Relationship Id="r{at}" Type="{RELATED}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(names) + 1)
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
            f'Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>{listed}'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{linked}'
            "</Relationships>",
            **{
                f"xl/worksheets/sheet{at}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'
                f"{rows(cells)}</sheetData></worksheet>"
                for at, cells in enumerate(sheets.values(), 1)
            },
        }
    )


def rows(cells: Cells) -> str:
    made = (f'<row r="{at}">{row(values, at)}</row>' for at, values in enumerate(cells, 1))
    return "".join(made)


def row(values: Sequence[str | float | bool], down: int) -> str:
    return "".join(cell(f"{chr(64 + at)}{down}", value) for at, value in enumerate(values, 1))


def cell(place: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>' if value else ""
    return f'<c r="{place}"><v>{value}</v></c>'


TABLE: Cells = [["Depot", "Claims"], ["York", 5.0], ["Bath", 12.5]]


def test_each_sheet_is_a_table_under_its_name() -> None:
    document = read("stock.xlsx", xlsx(North=TABLE, South=[["Town"], ["Rye"]]))

    assert (
        document.text == "North\n\nDepot | Claims\nYork | 5\nBath | 12.5\n\n\nSouth\n\nTown\nRye\n"
    )
    assert [section.path for section in document.sections] == [("North",), ("South",)]
    assert document.sections[0].columns == "Depot | Claims"


def test_what_stands_above_a_table_is_no_name_of_a_column() -> None:
    document = read("stock.xlsx", xlsx(North=[["Stock of the year"], ["", ""], *TABLE]))

    above, table = document.sections
    assert document.text[above.start : above.end] == "North\n\nStock of the year\n"
    assert table.columns == "Depot | Claims"


def test_two_rows_of_names_become_one() -> None:
    cells: Cells = [["", "2023", "", "2024", ""], ["Depot", "in", "out", "in", "out"],
                    ["York", 1, 2, 3, 4], ["Bath", 5, 6, 7, 8]]  # fmt: skip
    document = read("stock.xlsx", xlsx(North=cells))

    assert document.sections[0].columns == "Depot | 2023 in | 2023 out | 2024 in | 2024 out"


@pytest.mark.parametrize(
    ("value", "written"),
    [(940.0, "940"), (0.1 + 0.2, "0.3"), (True, "TRUE"), (1e21, "1e+21"), ("a\nb", "a b")],
)
def test_values_are_written_as_a_reader_sees_them(value: str | float | bool, written: str) -> None:
    assert read("a.xlsx", xlsx(S=[["Name"], [value]])).text.endswith(f"Name\n{written}\n")


def test_an_opendocument_spreadsheet_is_read() -> None:
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    )

    def written(value: str) -> str:
        paragraph = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="string">{paragraph}</table:table-cell>'

    body = "".join(
        f"<table:table-row>{''.join(map(written, values))}</table:table-row>"
        for values in (("Depot", "Claims"), ("York", "five"))
    )
    data = archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
            'opendocument:xmlns:manifest:1.0"/>',
            "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="North">{body}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        }
    )
    assert read("a.ods", data).text == "North\n\nDepot | Claims\nYork | five\n"


def test_a_spreadsheet_without_cells_is_empty() -> None:
    with pytest.raises(Unreadable) as caught:
        read("a.xlsx", xlsx(North=[]))
    assert caught.value.empty


def test_a_damaged_spreadsheet_fails_with_that_reason() -> None:
    with pytest.raises(ReadFailed, match="damaged"):
        read("a.xlsx", archive({"xl/workbook.xml": "<workbook"}))
