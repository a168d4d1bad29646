"""Plots of block characters: true to their figures, within their lines, harmless."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatui.cost.stats.plots import (
    CLIPPED,
    Datum,
    Line,
    bars,
    clip_at,
    columns,
    line_width,
    nice_top,
)

HEIGHT = 6


def text(lines: list[Line]) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in lines]


def write(value: float) -> str:
    return f"{value:g}"


amounts = some.floats(0, 1e12, allow_nan=False)
data = some.lists(
    some.builds(
        Datum,
        some.text(max_size=30),
        some.lists(amounts, max_size=3).map(tuple),
        some.booleans(),
    ),
    max_size=60,
)


@given(data, some.integers(30, 120), some.integers(1, 12))
def test_columns_never_leave_their_lines(data: list[Datum], width: int, height: int) -> None:
    plain = [Datum(f"{n:02d}", datum.parts, datum.unknown) for n, datum in enumerate(data)]
    lines = columns(plain, width, height, write)
    assert len(lines) == height + 2
    assert all(line_width(line) <= width for line in lines)


@given(data, some.integers(40, 120))
def test_bars_never_leave_their_lines_and_hold_no_control_characters(
    data: list[Datum], width: int
) -> None:
    lines = bars(data, width, write)
    assert all(line_width(line) <= width for line in lines)
    assert all(category(char) != "Cc" for line in text(lines) for char in line)


def test_a_column_is_as_high_as_its_figure() -> None:
    drawn = text(columns([Datum("a", (4.0,)), Datum("b", (1.0,))], 8, 4, write))
    assert drawn == ["4┤██", " │██", "2┤██", " │██ ██", "0▔▔▔▔▔▔▔", "  a  b"]


def test_parts_that_meet_in_a_cell_share_it() -> None:
    (_, cell, *_), *_ = columns([Datum("a", (0.5, 0.5))], 20, 1, write)
    assert (cell.text[0], cell.ink, cell.under) == ("▄", "first", "second")


def test_a_little_is_drawn_and_nothing_is_not() -> None:
    low = text(columns([Datum("a", (1e6,)), Datum("b", (1.0,)), Datum("c", (0.0,))], 13, 1, write))
    assert low[0].endswith("┤█ ▁")


def test_an_unknown_price_is_drawn_as_such() -> None:
    assert "?" in text(columns([Datum("a", (), unknown=True)], 20, 2, write))[1]
    assert text(bars([Datum("a")], 20, write)) == ["a  —"]


def test_names_of_wide_characters_are_cut_by_their_cells() -> None:
    (line,) = bars([Datum("算法工程师" * 9, (1.0,))], 40, write)
    assert "…" in text([line])[0]
    assert line_width(line) <= 40


def test_names_that_differ_at_their_ends_keep_them() -> None:
    names = [Datum(f"provider/of-many-models-{n}", (1.0,)) for n in range(2)]
    first, second = text(bars(names, 40, write, keep_end=True))
    assert first.split()[0].endswith("models-0")
    assert second.split()[0].endswith("models-1")


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.3, 0.4), (7, 8), (1_000, 1_000), (2.1, 2.5)])
def test_an_axis_ends_at_a_round_figure(value: float, top: float) -> None:
    assert nice_top(value) == pytest.approx(top)


def test_one_column_far_above_the_others_is_cut_off_and_the_others_can_be_told_apart() -> None:
    amounts = (1, 2, 3, 4, 4, 3, 2, 1, 4, 1000)
    found = [Datum(str(number), (float(number),)) for number in amounts]
    drawn = text(columns(found, 60, 4, write))
    assert clip_at(found) == 5
    assert drawn[0].lstrip().startswith("5")
    assert drawn[0].endswith(CLIPPED * 3)
    assert "█" in drawn[2]


@pytest.mark.parametrize("totals", [(1, 1000), (1, 2, 3, 4, 9), (0, 0, 0, 0, 5), ()])
def test_few_columns_and_those_within_reach_are_drawn_whole(totals: tuple[int, ...]) -> None:
    assert clip_at([Datum(str(number), (float(number),)) for number in totals]) is None
