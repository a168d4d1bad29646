"""Markdown that grows: what streamed is what the whole text gives, however it was cut."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from chatui.text.safety import strip_controls
from chatui.widgets.markdown_document import laid_out
from chatui.widgets.streamed_text import StreamedText

PIECES = st.sampled_from(
    ["word", "more words", "**bold**", "*em*", "`code`", "[1]", "[a](http://b.example)", "<br>",
     "- one", "* two", "1. first", "2) second", "  more of it", "    deeper", "> said", "# Head",
     "### Sub", "---", "| a | b |", "|---|---|", "| 1 | 2 |", "x = 1",
     "Setext", "===", "\\", "&amp;", "![p](q.png)", "😀", "  ", "\t", "【2】"]
)  # fmt: skip
FENCES = st.sampled_from(["```", "```python", "~~~", "~~~~ text", "  ```"])
LINES = st.lists(st.lists(PIECES, max_size=2).map(" ".join) | FENCES, max_size=10).map("\n".join)
TEXTS = LINES | st.text(max_size=60)
CUTS = st.lists(st.integers(1, 12), min_size=1, max_size=4)


def streamed(text: str, cuts: list[int], width: int) -> list[str]:
    """The lines on the screen when the last piece has come."""
    stream = StreamedText()
    stream.document.reflow(width)
    at = turn = 0
    while at < len(text):
        size = cuts[turn % len(cuts)]
        stream.append(text[at : at + size])
        stream.draw()
        at, turn = at + size, turn + 1
    return [line.content.plain for line in stream.document.lines]


def whole(text: str, width: int) -> list[str]:
    return [line.content.plain for line in laid_out(text, frozenset(), width).lines]


def words(lines: list[str]) -> list[str]:
    """Without numbers, which an odd list may count otherwise until the reply has settled."""
    return re.findall(r"[^\W\d_]+", " ".join(lines))


PARAGRAPHS = st.lists(
    st.sampled_from(
        ["Some words of *prose* here.", "- one\n- two\n- three", "1. one\n2. two",
         "```python\nx = 1\n\n# no head\n```", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
         "# A head", "> said", "---", "~~~\n```\n~~~", "Two lines\nof a paragraph [1].",
         "- with `code` in it\n\n  and a second paragraph\n- next"]
    ),
    min_size=1,
    max_size=5,
).map("\n\n".join)  # fmt: skip


@given(PARAGRAPHS, CUTS, st.integers(20, 90))
def test_ordinary_markdown_is_drawn_as_the_whole_is(text: str, cuts: list[int], width: int) -> None:
    """A row that has no end yet is no row."""
    assert streamed(text + "\n", cuts, width) == whole(text, width)


@given(TEXTS, CUTS)
def test_how_a_text_is_cut_makes_no_difference_to_its_words(text: str, cuts: list[int]) -> None:
    assert words(streamed(text, cuts, 60)) == words(streamed(text, [10**6], 60))


@given(LINES, CUTS)
def test_no_word_of_odd_markdown_is_lost_while_it_streams(text: str, cuts: list[int]) -> None:
    drawn, wanted = words(streamed(text, cuts, 60)), words(whole(text, 60))

    assert [word for word in wanted if wanted.count(word) > drawn.count(word)] == []


@given(TEXTS, CUTS, st.integers(4, 90))
def test_no_line_of_a_stream_acts_or_breaks(text: str, cuts: list[int], width: int) -> None:
    for line in streamed(text, cuts, width):
        assert strip_controls(line) == line
        assert "\n" not in line
