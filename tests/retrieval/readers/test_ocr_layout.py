from __future__ import annotations

import math

import pytest

from chatui.retrieval.readers.ocr_layout import SeenLine, in_rows, is_legible, is_text, turned_half


def line(text: str, left: float, top: float, width: float = 0, score: float = 0.98) -> SeenLine:
    """Ten pixels high, with letters half as wide."""
    right, low = left + (width or 5 * len(text)), top + 10
    corners = ((left, top), (right, top), (right, low), (left, low))
    return SeenLine(text, score, corners)


def rows(lines: list[SeenLine]) -> list[str]:
    made, row = [], []
    for piece in in_rows(lines):
        row.append("".join(letter.text for letter in piece.letters))
        if piece.ends_line:
            made.append(" | ".join(row))
            row = []
    return made


def test_lines_are_put_into_rows_from_top_to_bottom() -> None:
    lines = [line("d", 200, 42), line("a", 10, 11), line("c", 10, 40), line("b", 200, 10)]
    assert rows(lines) == ["a | b", "c | d"]


@pytest.mark.parametrize("degrees", [-8, 3, 10])
def test_rows_of_a_page_that_lies_askew_hold_together(degrees: float) -> None:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))

    def askew(one: SeenLine) -> SeenLine:
        turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in one.corners]
        return SeenLine(one.text, one.score, tuple(turned))

    lines = [
        askew(line(f"{name}{n} with some words", 10 + 400 * side, 20 * n))
        for n in range(5)
        for side, name in enumerate("ab")
    ]
    assert [row.split()[0] for row in rows(lines)] == [f"a{n}" for n in range(5)]


def test_a_line_that_is_turned_upside_down_twice_is_where_it_was() -> None:
    there = line("words", 10, 20)
    assert turned_half(turned_half(there, 300, 200), 300, 200) == there
    assert turned_half(there, 300, 200).corners[0] == (300 - 35, 200 - 30)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("The notice period", 85),
        ("合同自三月起生效", 80),
        ("$10,000,000", 55),
        ("III", 40),
        ("—", 10),
    ],
)
def test_what_fills_its_line_is_legible(text: str, width: float) -> None:
    assert is_legible(line(text, 0, 0, width))


@pytest.mark.parametrize(
    ("text", "width", "score"),
    [(",   . ,", 400, 0.93), ("ab", 400, 0.9), ("The words", 45, 0.3), ("  ", 20, 0.9)],
)
def test_what_the_model_does_not_know_is_not(text: str, width: float, score: float) -> None:
    assert not is_legible(line(text, 0, 0, width, score))


def test_letters_seen_in_the_shapes_of_things_are_no_text() -> None:
    assert not any(map(is_text, ["B", "-)", "x y", "1", ""]))
    assert all(map(is_text, ["Exit", "出口", "B 17 and", "1,204"]))
