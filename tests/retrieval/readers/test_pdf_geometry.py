"""Pages that are turned, cut and scaled, and texts that run up and down."""

from __future__ import annotations

import pytest

from chatui.retrieval.readers.reader import read
from tests.retrieval.tiny_pdf import make_pdf

ROWS = [
    ("Region", "Units sold", "Outlook for the year"),
    ("North", "1,204", "strong"),
    ("South", "998", "weak"),
    ("West", "1,410", "steady"),
]
AS_TEXT = "\n".join(" ".join(row) for row in ROWS)

# Text matrices by the degrees that the text is turned against the clock.
MATRICES = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}


def table(turned: int, *, width: float = 612, height: float = 792, scale: float = 1.0) -> str:
    """A content stream that draws the rows so that they run in that direction."""
    long, high = (width, height) if turned % 180 == 0 else (height, width)
    shown = []
    for down, row in enumerate(ROWS):
        for across, cell in enumerate(row):
            x, y = (40 + 180 * across) * scale, high - (60 + 24 * down) * scale
            at = {0: (x, y), 90: (high - y, x), 180: (long - x, high - y), 270: (y, long - x)}
            place = "{:.1f} {:.1f}".format(*at[turned])
            shown.append(f"{MATRICES[turned]} {place} Tm ({cell}) Tj")
    return f"BT /F1 {11 * scale:g} Tf {' '.join(shown)} ET"


@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_rows_stay_rows_however_page_and_text_are_turned(rotate: int, drawn: int) -> None:
    page = make_pdf([table(drawn)], keys=f"/MediaBox [0 0 612 792] /Rotate {rotate}")

    assert read("x.pdf", page).text == AS_TEXT


@pytest.mark.parametrize("rotate", [90, 270])
def test_a_box_that_is_written_as_it_is_after_the_turn_loses_nothing(rotate: int) -> None:
    page = make_pdf(
        [table(90, width=595, height=842)], keys=f"/MediaBox [0 0 842 595] /Rotate {rotate}"
    )

    assert read("x.pdf", page).text == AS_TEXT


@pytest.mark.parametrize("origin", [(0, 0), (-300, -400), (1000, 2000)])
def test_a_page_may_begin_anywhere(origin: tuple[int, int]) -> None:
    x, y = origin
    page = make_pdf(
        [f"1 0 0 1 {x} {y} cm {table(0)}"], keys=f"/MediaBox [{x} {y} {x + 612} {y + 792}]"
    )

    assert read("x.pdf", page).text == AS_TEXT


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_what_a_crop_box_hides_is_not_read(rotate: int) -> None:
    hidden = "BT /F1 11 Tf 1 0 0 1 5 5 Tm (crop mark) Tj ET"
    page = make_pdf(
        [f"{table(0)} {hidden}"],
        keys=f"/MediaBox [0 0 612 792] /CropBox [30 30 582 762] /Rotate {rotate}",
    )

    assert read("x.pdf", page).text == AS_TEXT


@pytest.mark.parametrize("unit", [0.1, 10, 72])
def test_the_unit_of_a_page_does_not_matter(unit: float) -> None:
    page = make_pdf(
        [table(0, width=612 / unit, height=792 / unit, scale=1 / unit)],
        keys=f"/MediaBox [0 0 {612 / unit:.2f} {792 / unit:.2f}] /UserUnit {unit}",
    )

    assert read("x.pdf", page).text == AS_TEXT


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_text_that_runs_sideways_on_an_upright_page_is_read_behind_it(turned: int) -> None:
    words = "Rivers rise in the early spring when the snow of the mountains has begun to melt."
    upright = f"BT /F1 11 Tf 1 0 0 1 90 500 Tm ({words}) Tj ET"
    stamp = f"BT /F1 9 Tf {MATRICES[turned]} 60 300 Tm (Draft of March) Tj ET"

    text = read("x.pdf", make_pdf([f"{stamp} {upright}"])).text
    assert text == f"{words}\nDraft of March"


def test_a_slanting_text_is_one_line() -> None:
    words = "Rivers rise in the early spring when the snow of the mountains has begun to melt."
    upright = f"BT /F1 11 Tf 1 0 0 1 90 500 Tm ({words}) Tj ET"
    mark = "BT /F1 40 Tf 0.707 0.707 -0.707 0.707 150 200 Tm (Not for sale) Tj ET"

    text = read("x.pdf", make_pdf([f"{mark} {upright}"])).text
    assert text == f"{words}\nNot for sale"


def test_a_scan_that_leans_a_little_is_read_as_upright() -> None:
    lines = [
        f"0.9994 0.0349 -0.0349 0.9994 72 {700 - 16 * at} Tm (Line number {at} of the letter) Tj"
        for at in range(5)
    ]
    text = read("x.pdf", make_pdf([f"BT /F1 11 Tf {' '.join(lines)} ET"])).text

    assert text.split("\n") == [f"Line number {at} of the letter" for at in range(5)]
