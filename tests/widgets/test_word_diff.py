from __future__ import annotations

from textual.content import Content

from chatui.widgets.markdown_document import laid_out
from chatui.widgets.markdown_layout import Line
from chatui.widgets.word_diff import DIFFERENT, differences, marked, words

WIDTH = 30


def seen(*texts: str, base: int = 0) -> list[set[str]]:
    split = [text.split() for text in texts]
    found = differences(split, base)
    return [{split[at][n] for n in numbers} for at, numbers in enumerate(found)]


def test_words_that_the_base_does_not_have_are_different() -> None:
    assert seen("tea is hot", "tea is cold now") == [{"hot"}, {"cold", "now"}]


def test_of_the_base_only_what_no_other_has_is_different() -> None:
    assert seen("a b c", "a c", "a b") == [set(), set(), set()]


def test_any_of_the_texts_can_be_the_base() -> None:
    assert seen("a b", "a c", base=1) == [{"b"}, {"c"}]


def test_a_text_alone_differs_from_nothing() -> None:
    assert seen("a b") == [set()]


def test_case_punctuation_and_markup_are_no_difference() -> None:
    one, other = (laid_out(source, set(), WIDTH) for source in ("- **Tea**, hot", "tea (hot)!"))
    assert [word.text for word in words(one.lines)] == ["tea", "hot"]
    assert [word.text for word in words(other.lines)] == ["tea", "hot"]


def test_figures_are_one_word_and_chinese_characters_are_several() -> None:
    lines = [Line(Content("1,234.5 isn't 算法 12:30"))]
    assert [word.text for word in words(lines)] == ["1,234.5", "isn't", "算", "法", "12:30"]


def test_where_a_line_is_wrapped_makes_no_difference() -> None:
    text = "A sentence that is long enough to be wrapped somewhere."
    wide, narrow = (laid_out(text, set(), width).lines for width in (60, 20))
    assert [word.text for word in words(wide)] == [word.text for word in words(narrow)]


def test_neighbours_are_marked_in_one_piece_but_not_across_the_cells_of_a_table() -> None:
    lines = laid_out("| Tea | Hot |\n|---|---|\n| green tea | no |\n", set(), WIDTH).lines
    numbers = frozenset(range(len(words(lines))))
    row = next(line for line in marked(lines, numbers) if "green" in line.content.plain)
    spans = [
        row.content.plain[span.start : span.end]
        for span in row.content.spans
        if span.style == DIFFERENT
    ]
    assert spans == ["green tea", "no"]


def test_lines_without_a_difference_stay_as_they_are() -> None:
    lines = [Line(Content("same")), Line(Content("other"))]
    changed = marked(lines, frozenset({1}))
    assert changed[0] is lines[0]
    assert changed[1] is not lines[1]
