"""What a model says again that was told in words to go on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.seam import seamless

SAID = "The first part ends in the middle of a sent"
LONG = "# Title\n\n" + "A paragraph of some words that goes on. " * 60 + "\n\n1. one\n2. two and"
CODE = "Here it is:\n\n```python\ndef f():\n    x = 1\n"
ROW = "| a | b |\n|---|---|\n| 1 | "

parts = st.sampled_from(
    ["Sure, continuing:\n\n", "```python\n", "```\n", "``", "a", "sent", "sentence ", " ", "\n",
     "    x = 1\n", "| 1 | ", "2 |\n", "中間", "the middle of ", "Here is the rest:\n"]
)  # fmt: skip
texts = st.lists(parts, max_size=8).map("".join) | st.text(max_size=60)
"""Texts that meet the rules, and any."""


@pytest.mark.parametrize(
    ("said", "new", "fresh"),
    [
        (SAID, "ence, and more.", "ence, and more."),
        (SAID, "the middle of a sentence, and more.", "ence, and more."),
        (SAID, "\n\nin the middle of a sentence.", "ence."),
        (SAID, "sentence.", "ence."),
        (SAID, "sent", "sent"),
        (SAID, " the middle, so to say.", " the middle, so to say."),
        (SAID, SAID, ""),
        (SAID, "", ""),
        (LONG, " three\n3. more", " three\n3. more"),
        (LONG, "2. two and three", " three"),
        ("我们坐在房间的中间", "房间的中间，有桌子", "，有桌子"),
        ("我们坐在房间的中间", "有桌子", "有桌子"),
        ("A line.\n\n", "A line.\nThe next.", "The next."),
        ("A line. ", "The next.", "The next."),
    ],
)
def test_the_last_words_are_left_out_where_they_are_said_again(
    said: str, new: str, fresh: str
) -> None:
    assert seamless(said, new) == fresh


@pytest.mark.parametrize("said", [SAID, LONG, CODE, LONG * 10])
@pytest.mark.parametrize("before", ["", "\n", "Sure, here is the whole answer again:\n\n"])
def test_a_whole_answer_that_is_said_again_is_left_out(said: str, before: str) -> None:
    assert seamless(said, before + said + "ence.") == "ence."


@pytest.mark.parametrize(
    "line",
    [
        "Sure, continuing:",
        "Continuing where I left off...",
        "Here is the rest of the answer:",
        "Of course! Let me continue:",
        "(continuing from where it was cut off…",
    ],
)
def test_a_line_that_says_that_the_answer_goes_on_is_left_out(line: str) -> None:
    assert seamless(SAID, f"{line}\n\nence, and more.") == "ence, and more."
    assert seamless(CODE, f"{line}\n\n```python\n    y = 2") == "    y = 2"


@pytest.mark.parametrize(
    "new",
    [
        "Continuing education:\n- courses",
        "Right of way:\n\nIt is yours.",
        "Here are three:\n\n- one",
        "The rest:\n\n- one",
        "Continue",
    ],
)
def test_a_line_that_belongs_to_the_answer_stays(new: str) -> None:
    assert seamless("A paragraph.\n\n", new) == new


@pytest.mark.parametrize(
    ("said", "new", "fresh"),
    [
        (CODE, "```python\n    y = 2\n```\nDone.", "    y = 2\n```\nDone."),
        (CODE, "```python\n    x = 1\n    y = 2", "    y = 2"),
        (CODE, "```python\ndef f():\n    x = 1\n    y = 2", "    y = 2"),
        (CODE, "    x = 1\n    y = 2", "    y = 2"),
        (CODE, "```\nDone.", "```\nDone."),
        ("```\nls -l\n", "```\nls -l\ncd", "cd"),
        ("Code:\n\n``", "`python\nx", "`python\nx"),
        ("Code:\n\n``", "```python\nx", "`python\nx"),
        ("Code:\n\n```py", "thon\nx", "thon\nx"),
        ("Code:\n\n```py", "```python\nx", "thon\nx"),
        ("````markdown\nSo:\n", "```python\nx\n```\n````", "```python\nx\n```\n````"),
    ],
)
def test_a_fence_that_is_open_is_not_opened_twice(said: str, new: str, fresh: str) -> None:
    assert seamless(said, new) == fresh


@pytest.mark.parametrize("new", ["2 |\n| 3 | 4 |", "| 1 | 2 |\n| 3 | 4 |"])
def test_a_row_of_a_table_is_gone_on_with(new: str) -> None:
    assert ROW + seamless(ROW, new) == "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"


@given(texts, texts)
def test_nothing_is_added_and_only_the_beginning_taken(said: str, new: str) -> None:
    assert new.endswith(seamless(said, new))


def test_a_long_answer_of_one_character_takes_no_time() -> None:
    began = time.process_time()

    assert seamless("a" * 100_000 + "b", "a" * 50_000) == "a" * 50_000
    assert time.process_time() - began < 2
