"""Blocks of Markdown, as they end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatui.text.growing_blocks import GrowingBlocks

LINES = [
    "# Head", "A line of prose.", "", "", "- item", "- [ ] item", "  more of it", "1. one",
    "2. two", "| a | b |", "|---|---|", "| 1 | 2 |", "> said", "    code",
]  # fmt: skip
FENCES = ["```python", "x = 1", "```", "~~~"]


def cut(text: str, size: int) -> list[str]:
    growing, found = GrowingBlocks(), []
    for at in range(0, len(text), size):
        found += growing.feed(text[at : at + size])
    return found + growing.finish()


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_each_block_is_given_out_when_the_next_one_begins(size: int) -> None:
    text = "# Head\n\nOne\nline.\n\n- a\n\n- b\n\n  more\n\n```py\nx\n\n\ny\n```\n\nEnd"

    assert [block.strip("\n") for block in cut(text, size)] == [
        "# Head", "One\nline.", "- a\n\n- b\n\n  more", "```py\nx\n\n\ny\n```", "End",
    ]  # fmt: skip


def test_a_fence_is_closed_by_marks_of_its_own_kind_alone() -> None:
    text = "````\n```\n\nstill code\n~~~\n\n````\n\nprose"

    assert [block.strip("\n") for block in cut(text, 3)] == [text[:-7].rstrip("\n"), "prose"]


def test_the_line_that_is_being_written_can_be_seen() -> None:
    growing = GrowingBlocks()
    growing.feed("One.\n\nTwo, and m")
    assert growing.last_line == "Two, and m"
    growing.feed("ore\n")
    assert growing.last_line == "Two, and more"


@given(st.lists(st.sampled_from(LINES + FENCES), max_size=25), st.integers(1, 9))
def test_nothing_is_lost_and_blocks_do_not_depend_on_how_the_text_is_cut(
    lines: list[str], size: int
) -> None:
    text = "\n".join(lines)

    assert "".join(cut(text, size)).replace("\n", "") == text.replace("\n", "")
    assert cut(text, size) == cut(text, 10_000)


@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_blocks_by_themselves_read_as_they_do_together(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"

    alone = "".join(rendered(block) for block in cut(text, 5))
    assert alone == rendered(text)
