"""Markdown as a terminal shows it: words whole, and nothing lost for want of room."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatui.cli.drawn_markdown import drawn, line_breaks, shared_out

ADDRESS = "https://example.org/a/very/long/path/that/is/wider/than/the/screen?query=1&another=2"
TABLE = """
| Name | Description | Price | Another column |
|------|:-----------:|------:|----------------|
| Widget alpha | A rather long description of what it does | 1,012.50 | supercalifragilistic |
| Flag | 漢字の説明 | 7 | **bold** and `code` |
"""
CODE = "def function_with_a_long_name(argument_one, argument_two):  # and a comment beyond the edge"

words = st.text("ab漢字，é ", max_size=60) | st.lists(
    st.sampled_from(
        ["word", "extraordinarily", "漢字", "👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "é", ADDRESS, "、"]
    )
).map(" ".join)


def shown(text: str, width: int) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", drawn(text, width)).splitlines()


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(words, st.integers(2, 30))
def test_lines_fit_and_hold_all_of_the_text(text: str, width: int) -> None:
    cuts = [0, *line_breaks(text, width), len(text)]
    lines = [text[start:end] for start, end in pairwise(cuts)]

    assert cuts == sorted(set(cuts)) or not text
    for line in lines:
        assert cell_len(line.strip()) <= max(width, 2) or "://" in line
    for word in text.split():
        if word.isascii() and (len(word) <= width or "://" in word):
            assert any(word in line for line in lines), "a word that fits is whole"


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301"])
@pytest.mark.parametrize("width", [3, 4, 5])
def test_what_is_seen_as_one_character_is_not_cut(cluster: str, width: int) -> None:
    text = cluster * 7
    cuts = line_breaks(text, width)

    assert cuts
    assert all(cut % len(cluster) == 0 for cut in cuts)


def test_no_line_begins_with_a_mark_that_ends_a_clause() -> None:
    text = "这是一个句子，没有空格。" * 4
    for width in range(6, 30):
        cuts = line_breaks(text, width)
        assert not any(text[cut] in "，。" for cut in cuts)


@pytest.mark.parametrize("before", ["", "- ", "1. ", "> ", "- > "])
@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_addresses_and_code_stay_whole_for_the_one_who_copies_them(before: str, width: int) -> None:
    indent = " " * len(before) if not before.endswith("> ") else before.replace("-", " ")
    text = f"{before}See {ADDRESS} there.\n{indent}\n{indent}```python\n{indent}{CODE}\n{indent}```"

    lines = shown(text, width)

    assert any(ADDRESS in line for line in lines)
    assert any(CODE in line for line in lines)
    assert all(
        cell_len(line) <= width for line in lines if ADDRESS not in line and CODE not in line
    )


@pytest.mark.parametrize("width", [12, 20, 40, 60, 80, 100])
def test_a_table_without_room_loses_nothing(width: int) -> None:
    lines = shown(TABLE, width)
    text = "\n".join(lines)

    assert "…" not in text
    assert all(cell_len(line) <= width for line in lines)
    for said in ("1,012.50", "Widget", "rather", "bold", "code"):
        assert any(said in line for line in lines)
    assert "漢字の説明" in squeezed(text)


def test_a_table_with_room_is_one_and_without_it_its_rows() -> None:
    assert any("Name" in line and "Price" in line for line in shown(TABLE, 80))
    narrow = shown(TABLE, 40)
    assert narrow[0] == "Name: Widget alpha"
    assert "Price: 1,012.50" in narrow
    assert narrow[narrow.index("Name: Flag") - 1] == ""


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(1, 20), st.integers(0, 30)), max_size=6))
def test_room_is_given_to_those_that_want_it_and_no_more(
    room: int, columns: list[tuple[int, int]]
) -> None:
    least = [one for one, _ in columns]
    most = [one + more for one, more in columns]

    widths = shared_out(room, least, most)

    assert all(a <= b <= c for a, b, c in zip(least, widths, most, strict=True))
    given_out, wanted = sum(widths) - sum(least), sum(most) - sum(least)
    assert given_out == wanted if wanted <= room else room - given_out < len(columns)


def test_numbers_of_a_list_are_those_that_were_written() -> None:
    assert shown("9. nine\n10. ten\n11. eleven", 40) == ["  9. nine", " 10. ten", " 11. eleven"]


@pytest.mark.parametrize("text", ["", "\n\n", "[a]: https://example.org"])
def test_what_shows_nothing_draws_nothing(text: str) -> None:
    assert drawn(text, 40) == ""
