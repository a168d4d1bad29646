"""Tables of figures on PDF pages: rows, columns, heads, and what is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.retrieval.chunking.document import Document, SectionLayout
from chatui.retrieval.readers.reader import read
from tests.retrieval.tiny_pdf import make_pdf

Texts = Sequence[tuple[float, float, str]]
"""Where a text begins, from the left and from the top, and what it says."""


def page(texts: Texts) -> str:
    shown = (f"1 0 0 1 {x} {792 - y} Tm ({escaped(text)}) Tj" for x, y, text in texts)
    return f"BT /F1 10 Tf {' '.join(shown)} ET"


def escaped(text: str) -> str:
    return text.replace("(", "\\(").replace(")", "\\)")


def row(y: float, label: str, *figures: str) -> list[tuple[float, float, str]]:
    """A line of a statement: the figures end below each other, their signs stand apart."""
    texts = [(40.0, y, label)] if label else []
    for at, figure in enumerate(figures):
        edge = 360.0 + 100 * at
        if figure.startswith("$"):
            texts.append((edge - 60, y, "$"))
        bare = figure.removeprefix("$")
        width = 5.56 * sum(letter.isdigit() for letter in bare) + 2.78 * bare.count(",")
        texts.append((edge - width - 3.33 * bare.startswith("("), y, bare))
    return texts


def head(y: float, *names: str) -> list[tuple[float, float, str]]:
    return [(336.0 + 100 * at, y, name) for at, name in enumerate(names)]


STATEMENT = [
    *head(100, "2018", "2017"),
    *row(114, "Net sales", "$32,765", "$31,657"),
    *row(128, "Cost of sales", "(16,682)", "(16,055)"),
    *row(142, "Interest", "(350)", "1,144"),
    *row(156, "Net income", "$5,349", "$4,858"),
]
ROWS = """2018 | 2017
Net sales | $32,765 | $31,657
Cost of sales | (16,682) | (16,055)
Interest | (350) | 1,144
Net income | $5,349 | $4,858"""


def of_pages(*pages: Texts) -> Document:
    return read("x.pdf", make_pdf([page(texts) for texts in pages]))


def tables(document: Document) -> list[tuple[str, str]]:
    """The header and the rows of each table."""
    return [
        (part.columns, document.text[part.body : part.end].strip("\n"))
        for part in document.sections
        if part.layout is SectionLayout.RECORDS
    ]


def test_a_row_is_a_line_with_its_figures_in_the_order_of_columns() -> None:
    assert tables(of_pages(STATEMENT)) == [("| 2018 | 2017", f"| {ROWS}")]


def test_what_stands_above_labels_and_above_all_columns_names_the_labels() -> None:
    texts = [
        (355, 86, "Years ended December 31,"), (40, 100, "(in millions)"), *STATEMENT,
    ]  # fmt: skip
    assert tables(of_pages(texts))[0][0] == "Years ended December 31, (in millions) | 2018 | 2017"


def test_a_name_above_several_columns_is_part_of_the_name_of_each() -> None:
    texts = [
        (225, 86, "Net sales"), (400, 86, "Operating income"),
        *((198.0 + 60 * at, 100.0, name) for at, name in enumerate(["2018", "2017"])),
        *((398.0 + 60 * at, 100.0, name) for at, name in enumerate(["2018", "2017"])),
    ]  # fmt: skip
    for at, label in enumerate(["Industrial", "Health care", "Consumer"]):
        y = 114.0 + 14 * at
        texts += [(40, y, label), *((x, y, f"{at + 1},234") for x in (195, 255, 395, 455))]
    header = "| Net sales 2018 | Net sales 2017 | Operating income 2018 | Operating income 2017"
    assert tables(of_pages(texts))[0][0] == header


def test_names_of_several_lines_belong_to_their_column() -> None:
    texts = [
        (330, 74, "Weighted"), (331, 86, "average"), (326, 98, "fair value"), (433, 98, "Shares"),
        *(text for text in STATEMENT if text[1] > 100),
    ]  # fmt: skip
    assert tables(of_pages(texts))[0][0] == "| Weighted average fair value | Shares"


def test_a_label_over_two_lines_is_one() -> None:
    texts = [
        *STATEMENT,
        (40, 170, "Net income including noncontrolling interest, before"),
        *row(182, "tax and other items", "1,234", "5,678"),
    ]
    row_of = "Net income including noncontrolling interest, before tax and other items"
    assert f"\n{row_of} | 1,234 | 5,678" in of_pages(texts).text


def test_the_title_of_a_part_stays_a_line_of_its_own() -> None:
    texts = [
        *(text for text in STATEMENT if text[1] < 130),
        (40, 142, "Current assets:"),
        *row(156, "Cash", "1,000", "2,000"),
        *row(170, "Inventories", "3,000", "4,000"),
    ]
    assert "\nCurrent assets:\nCash | 1,000 | 2,000\n" in of_pages(texts).text


def test_figures_that_are_missing_leave_their_place_empty() -> None:
    texts = [*STATEMENT, (40, 170, "Divestitures"), (444, 170, "498")]
    assert of_pages(texts).text.endswith("Divestitures |  | 498")


def test_figures_that_were_written_behind_two_labels_stand_beside_their_own() -> None:
    texts = [
        *STATEMENT,
        (40, 170, "Cash"), (40, 184, "Debt"),
        *row(170, "", "1,000", "2,000"), *row(184, "", "3,000", "4,000"),
    ]  # fmt: skip
    assert of_pages(texts).text.endswith("Cash | 1,000 | 2,000\nDebt | 3,000 | 4,000")


def test_signs_of_percent_and_notes_belong_to_their_figure() -> None:
    texts = [*STATEMENT, (40, 170, "Growth"), (345, 170, "(6"), (362, 170, ")"), (366, 170, "%"),
             (449, 170, "12"), (462, 170, "%")]  # fmt: skip
    assert of_pages(texts).text.endswith("Growth | (6)% | 12%")


def test_the_names_go_along_onto_the_next_page() -> None:
    below = [(x, y - 30, text) for x, y, text in STATEMENT if y > 100]
    first, second = tables(of_pages(STATEMENT, below))

    assert first[0] == second[0] == "| 2018 | 2017"
    assert second[1].startswith("Net sales | $32,765")


def test_other_columns_on_the_next_page_are_not_named_by_those_before() -> None:
    other = [(x - 150 if x > 200 else x, y, text) for x, y, text in STATEMENT if y > 100]
    assert [header for header, _ in tables(of_pages(STATEMENT, other))] == ["| 2018 | 2017", ""]


def test_a_second_head_begins_a_second_table() -> None:
    below = [(x, y + 100, text) for x, y, text in STATEMENT if y > 100]
    texts = [*STATEMENT, *head(200, "2016", "2015"), *below]
    assert [header for header, _ in tables(of_pages(texts))] == ["| 2018 | 2017", "| 2016 | 2015"]


def test_a_title_is_the_heading_of_its_table() -> None:
    document = of_pages([(40, 84, "Consolidated Statement of Income"), *STATEMENT])

    (section,) = document.sections
    assert section.path == ("Consolidated Statement of Income",)
    assert document.text[section.start : section.body] == "Consolidated Statement of Income\n"


def test_a_page_number_is_no_row() -> None:
    document = of_pages([*STATEMENT, (300, 760, "60")])
    assert tables(document)[0][1].endswith("Net income | $5,349 | $4,858")


def test_paragraphs_around_a_table_stay_as_they_were() -> None:
    prose = (
        "In 2018 sales grew by 3.5 percent to 32,765 million, of which 1,200 were new, and so on."
    )
    document = of_pages([(40, 60, prose), *STATEMENT, (40, 190, prose)])

    assert document.text == f"{prose}\n| {ROWS}\n{prose}"
    assert [part.layout for part in document.sections] == [
        SectionLayout.PROSE, SectionLayout.RECORDS, SectionLayout.PROSE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "texts",
    [
        # A table of contents, with and without sections' numbers.
        [(x, 80.0 + 14 * at, text) for at in range(8)
         for x, text in ((40, f"Chapter {at + 1}"), (520, str(at * 12 + 3)))],
        [(x, 80.0 + 14 * at, text) for at in range(8)
         for x, text in ((40, f"1.{at}"), (80, "On rivers"), (520, str(at * 12 + 3)))],
        # A numbered list, and remarks with figures in two columns of text.
        [(x, 80.0 + 14 * at, text) for at in range(6)
         for x, text in ((40, f"{at + 1}."), (70, "Open the valve and wait for 10 seconds"))],
        [(x, 80.0 + 14 * at, "The river of the year 2018 is long") for x in (40, 330)
         for at in range(12)],
        # An address, a formula.
        [(40, 80, "Telephone"), (140, 80, "0117 975 3200"), (40, 94, "Fax"),
         (140, 94, "0117 975 3201")],
        [(40, 80, "a"), (60, 80, "0"), (90, 80, "b"), (40, 94, "c"), (60, 94, "1"), (90, 94, "d")],
        # The marks of a chart's axes.
        [*((60, 80.0 + 30 * at, str(60 - 10 * at)) for at in range(6)),
         *((90.0 + 60 * at, 270, str(2010 + at)) for at in range(6))],
    ],
)  # fmt: skip
def test_what_is_no_table_stays_text(texts: Texts) -> None:
    assert "|" not in of_pages(texts).text


def test_offsets_are_exact_where_words_are_mended_before_a_table() -> None:
    document = of_pages([(40, 50, "The consoli-"), (40, 62, "dated figures"), *STATEMENT])

    (table,) = [part for part in document.sections if part.columns]
    assert document.text[table.body : table.end].startswith("| 2018 | 2017\nNet sales")
