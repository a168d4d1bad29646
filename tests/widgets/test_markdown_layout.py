from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from chatui.widgets.markdown_document import laid_out
from chatui.widgets.markdown_layout import cuts
from chatui.widgets.markdown_table import fair_widths

WIDE_TABLE = (
    "| Name | What it does | Since |\n|---|---|--:|\n"
    "| ingest | reads files and folders into a collection, and only what changed | 1 |\n"
    "| search | ranks passages | 2 |\n"
)


def rows(source: str, width: int) -> list[str]:
    return [line.content.plain.rstrip() for line in laid_out(source, frozenset(), width).lines]


def test_a_table_that_fits_is_as_narrow_as_its_text() -> None:
    assert rows("| a | bb |\n|---|--:|\n| ccc | d |", 40) == [
        "a   │ bb",
        "────┼───",
        "ccc │  d",
    ]


def test_a_wide_table_wraps_its_widest_column_and_keeps_the_others() -> None:
    lines = rows(WIDE_TABLE, 40)
    assert lines[0] == "Name   │ What it does            │ Since"
    assert all(len(line) <= 40 for line in lines)
    assert lines[2].startswith("ingest │ reads files and folders")


def test_a_table_without_room_becomes_labelled_lines() -> None:
    assert rows(WIDE_TABLE, 16)[:2] == ["Name: ingest", "What it does:"]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=8), st.integers(8, 200))
def test_columns_share_the_room_and_none_gets_more_than_it_needs(
    natural: list[int], room: int
) -> None:
    widths = fair_widths(natural, room)
    assert sum(widths) <= room
    assert all(1 <= width <= wanted for width, wanted in zip(widths, natural, strict=True))
    if sum(natural) <= room:
        assert widths == natural


@settings(deadline=None)
@given(st.text(alphabet="ab 日本é\u0301👩🏽‍🚀", max_size=60), st.integers(2, 20))
def test_code_is_cut_at_the_edge_and_nothing_is_lost(text: str, width: int) -> None:
    places = [0, *cuts(text, width), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert "".join(pieces) == text
    assert all(sum(map(cell_len, piece)) <= width for piece in pieces)


def test_a_soft_wrap_is_undone_when_text_is_copied() -> None:
    source = "one two three four five sixseveneightnineteneleven"
    lines = laid_out(source, frozenset(), 16).lines
    assert len(lines) > 3
    assert "".join(line.joint + line.content.plain for line in lines)[1:] == source


def test_laying_out_for_the_same_width_again_keeps_the_lines() -> None:
    document = laid_out("One.\n\nTwo.", frozenset(), 40)
    before = document.lines
    document.reflow(40)
    assert document.lines is before
    document.reflow(20)
    assert document.lines is not before


def test_on_a_wide_screen_running_text_is_a_hundred_columns_wide_and_a_table_is_wider() -> None:
    words = "Words that go on for long, and then for longer. " * 9
    cells = "| " + " | ".join(f"a cell of the table, number {n}" for n in range(6)) + " |\n"
    for prose in (words, f"- {words}", f"> {words}"):
        shown = rows(prose, 180)
        assert 90 < max(map(cell_len, shown)) <= 100
    table = cells + "|---" * 6 + "|\n" + cells
    assert max(map(cell_len, rows(table, 180))) > 160
    assert rows("```\n" + "x" * 170 + "\n```", 180) == [" " + "x" * 170]
