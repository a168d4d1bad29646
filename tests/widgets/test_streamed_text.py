from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.safety import strip_controls
from chatui.widgets.markdown_blocks import Block, CodeBlock, TableBlock
from chatui.widgets.markdown_document import MarkdownDocument, laid_out
from chatui.widgets.markdown_growth import OPEN_LIMIT, TABLE_LIMIT, GrowingMarkdown
from chatui.widgets.streamed_text import MOST_AT_ONCE, StreamedText
from tests.properties import examples
from tests.widgets.turns import HOSTILE, MARKDOWN

LIST = "Some of them:\n- one\n- two\n  more of two\n- three\n\nAnd after it."
FENCE = "Before:\n```python\na = 1\n\n- no list\n# no heading\n```\nAfter."
TABLE = "Text\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | **4** |\n\nAfter | the table."
SAMPLES = [MARKDOWN, LIST, FENCE, TABLE]


def streamed(text: str, size: int, width: int = 60) -> StreamedText:
    stream = StreamedText()
    stream.document.reflow(width)
    for start in range(0, len(text), size):
        stream.append(text[start : start + size])
        stream.draw()
    return stream


def drawn(stream: StreamedText) -> list[str]:
    return [line.content.plain for line in stream.document.lines]


def settled(text: str, width: int = 60) -> list[str]:
    return [line.content.plain for line in laid_out(text, frozenset(), width).lines]


def words(lines: list[str]) -> str:
    return re.sub(r"[\W_]+", "", "".join(lines))


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_what_streamed_looks_like_what_is_settled(text: str, size: int) -> None:
    assert drawn(streamed(text, size)) == settled(text)


@examples(100)
@given(
    st.lists(
        st.sampled_from(
            ["- a", "1. b", "  c", "| d | e |", "|--|--|", "| f |", "```", "~~~", "", "# g",
             "> h", "i", "    j", "---", "* * *", "k | l", "--", "===", "\tm", "- ", "```py"]
        ),
        max_size=14,
    ),
    st.integers(1, 9),
)  # fmt: skip
def test_no_word_is_lost_while_odd_markdown_streams(lines: list[str], size: int) -> None:
    source = "\n".join(lines)
    letters = re.findall(r"[a-m]", words(settled(source)))
    visible = words(drawn(streamed(source, size)))
    missing = [letter for letter in letters if letters.count(letter) > visible.count(letter)]
    assert not missing


@pytest.mark.parametrize("end", range(0, len(MARKDOWN), 9))
def test_every_cut_of_a_reply_shows_its_words_so_far(end: int) -> None:
    part = MARKDOWN[:end]
    last_word = re.findall(r"[A-Za-z]{3,}", re.sub(r"https?://\S*|```\w*|\]\(\S*", "", part))[-1:]
    assert all(word in "".join(drawn(streamed(part, 5))) for word in last_word)


def test_a_control_sequence_cut_anywhere_is_taken_out() -> None:
    for size in (1, 2, 5):
        text = "\n".join(drawn(streamed(HOSTILE, size)))
        assert text == strip_controls(text)
        assert "52;c" not in text


def test_finished_items_are_settled_and_only_the_last_stays_open() -> None:
    growing = GrowingMarkdown()
    growing.append("- one\n- two\n- thr")
    assert [block.marked for block in growing.take()] == [True]
    growing.append("ee\n- four\n")
    assert len(growing.take()) == 2
    assert len(growing.draft()) == 1


def test_finished_lines_of_code_are_settled_as_slices_of_one_fence() -> None:
    growing = GrowingMarkdown()
    growing.append("```python\na = 1\nb =")
    (first,) = growing.take()
    (rest,) = growing.draft()
    assert isinstance(first, CodeBlock)
    assert isinstance(rest, CodeBlock)
    assert (first.code.plain, first.continues) == ("a = 1", False)
    assert (rest.code.plain, rest.continues) == ("b =", True)


def test_a_row_that_is_finished_joins_its_table_without_parsing_the_others_again() -> None:
    growing = GrowingMarkdown()
    growing.append("| a |\n|---|\n| 1 |\n")
    (before,) = growing.draft()
    growing.append("| 2 |\n")
    (after,) = growing.draft()
    assert isinstance(before, TableBlock)
    assert isinstance(after, TableBlock)
    assert after.rows[0] is before.rows[0]
    assert [row[0].plain for row in after.rows] == ["1", "2"]


@pytest.mark.parametrize(
    "unit", ["- item with **bold** words\n", "x = 1  # code\n", "| a | b |\n", "Words.\n\n"]
)
def test_a_step_settles_what_is_finished_however_long_the_text_is(unit: str) -> None:
    head = {"x": "```python\n", "|": "| a | b |\n|---|---|\n"}.get(unit[0], "")
    growing = GrowingMarkdown()
    growing.append(head)
    for _ in range(200):
        growing.append(unit)
        growing.take()
        growing.draft()
    assert len("\n".join(growing._open)) < 2 * len(unit)


def test_words_are_counted_across_deltas() -> None:
    stream = StreamedText()
    for delta in ["Let", " me th", "ink", "", " about\n", "it ", " now"]:
        stream.append(delta)
    assert stream.words == 6


def test_a_drawing_tells_the_first_row_that_changed() -> None:
    stream = streamed("One.\n\nTwo.\n\nThr", 100)
    stream.append("ee")
    assert stream.draw() == 3


@pytest.mark.parametrize(
    ("head", "unit"),
    [("", "word "), ("", "a"), ("", "a\n"), ("- ", "a\n  "), ("> ", "a\n"), ("# ", "a "),
     ("```py\n", "a "), ("| a |\n|---|\n| ", "a"), ("| b |\n|---|\n", "| a |\n"), ("", "|a")],
)  # fmt: skip
def test_what_stays_open_is_settled_in_parts_and_nothing_is_lost(head: str, unit: str) -> None:
    growing, blocks = GrowingMarkdown(), list[Block]()
    text = head + unit * (5 * OPEN_LIMIT // len(unit))
    for start in range(0, len(text), 700):
        growing.append(text[start : start + 700])
        blocks += growing.take()
        growing.draft()
        assert len("\n".join(growing._open)) + len(growing._partial) <= 3 * OPEN_LIMIT
    document = MarkdownDocument([*blocks, *growing.draft()])
    document.reflow(80)
    shown = words([line.content.plain for line in document.lines])
    letter = words([unit])[0]
    assert shown.count(letter) >= text.count(letter)


def test_a_long_table_goes_on_under_the_same_head() -> None:
    growing = GrowingMarkdown()
    growing.append("| a | b |\n|---|---|\n")
    settled = list[Block]()
    for number in range(TABLE_LIMIT // 5):
        growing.append(f"| {number} | x |\n")
        settled += growing.take()
        (draft,) = growing.draft()
        assert isinstance(draft, TableBlock)
        assert len(draft.rows) < TABLE_LIMIT / 8
    tables = [block for block in [*settled, draft] if isinstance(block, TableBlock)]
    assert [table.header[0].plain for table in tables] == ["a"] * len(tables)
    rows = [int(row[0].plain) for table in tables for row in table.rows]
    assert rows == list(range(TABLE_LIMIT // 5))


def test_a_drawing_lays_out_a_part_of_what_came_at_once() -> None:
    stream = StreamedText()
    stream.document.reflow(60)
    text = "".join(f"word{number} " for number in range(MOST_AT_ONCE))
    stream.append(text)
    drawings = 0
    while stream.behind:
        stream.draw()
        drawings += 1
        assert len(stream._waiting) <= len(text)
    assert drawings == -(-len(text) // MOST_AT_ONCE)
    assert words(drawn(stream)) == words([text])
    assert stream.text == text
