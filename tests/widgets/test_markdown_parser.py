from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from chatui.text.safety import strip_controls
from chatui.widgets.markdown_blocks import CodeBlock, RuleBlock, TableBlock, TextBlock
from chatui.widgets.markdown_document import MarkdownDocument
from chatui.widgets.markdown_inline import CITATION, LINK
from chatui.widgets.markdown_parser import parse_markdown
from tests.properties import examples
from tests.widgets.turns import HOSTILE, MARKDOWN


def only_text(source: str, citations: frozenset[int] = frozenset()) -> Content:
    (block,) = parse_markdown(source, citations)
    assert isinstance(block, TextBlock)
    return block.content


def styles_of(content: Content, text: str) -> set[str]:
    start = content.plain.index(text)
    return {
        span.style
        for span in content.spans
        if isinstance(span.style, str) and span.start <= start < span.end
    }


def metadata(content: Content, key: str) -> list[tuple[str, object]]:
    return [
        (content.plain[span.start : span.end], span.style.meta[key])
        for span in content.spans
        if not isinstance(span.style, str) and key in span.style.meta
    ]


def lines_of(source: str, width: int = 60) -> list[str]:
    document = MarkdownDocument(parse_markdown(source))
    document.reflow(width)
    return [line.content.plain for line in document.lines]


def test_inline_styles_are_spans_over_plain_text() -> None:
    content = only_text("a **bold** *em* ~~gone~~ `code`")
    assert content.plain == "a bold em gone code"
    assert styles_of(content, "bold") == {"markdown--strong"}
    assert styles_of(content, "em") == {"markdown--em"}
    assert styles_of(content, "gone") == {"markdown--strike"}
    assert styles_of(content, "code") == {"markdown--code"}


@pytest.mark.parametrize("source", ["[bold]x[/bold]", "[@click=app.quit]x[/]", "[red]", "\\[x]"])
def test_textual_markup_is_text(source: str) -> None:
    content = only_text(source)
    assert content.plain == source.replace("\\[", "[")
    assert not content.spans


def test_html_is_text_but_a_break_breaks() -> None:
    assert only_text("x <b>y</b> <br/> z").plain == "x <b>y</b>\nz"
    assert only_text("<script>alert(1)</script>").plain == "<script>alert(1)</script>"


def test_a_mark_is_clickable_when_the_number_is_cited() -> None:
    content = only_text("One [1]. Two [2].", frozenset({1}))
    assert metadata(content, CITATION) == [("[1]", 1)]


def test_numbers_in_one_mark_are_clickable_each() -> None:
    content = only_text("Both [1, 3] say so.", frozenset({1, 3}))
    assert metadata(content, CITATION) == [("1", 1), ("3", 3)]


def test_a_mark_inside_code_is_code() -> None:
    assert metadata(only_text("`a[1]`", frozenset({1})), CITATION) == []


def test_a_link_definition_cannot_turn_a_mark_into_a_link() -> None:
    blocks = parse_markdown("See [1].\n\n[1]: http://evil.example", frozenset({1}))
    assert isinstance(blocks[0], TextBlock)
    assert metadata(blocks[0].content, CITATION) == [("[1]", 1)]
    assert metadata(blocks[0].content, LINK) == []


def test_links_and_bare_addresses_are_metadata() -> None:
    content = only_text("[manual](https://a.example/x) and (http://b.example/y).")
    assert metadata(content, LINK) == [
        ("manual", "https://a.example/x"),
        ("http://b.example/y", "http://b.example/y"),
    ]


def test_lists_keep_their_markers_and_indent_what_follows() -> None:
    assert lines_of("- a\n  - b\n\n    c\n- d\n\n7. e\n8. f") == [
        "• a",
        "  ◦ b",
        "",
        "    c",
        "• d",
        "",
        "7. e",
        "8. f",
    ]


def test_an_empty_item_keeps_its_marker() -> None:
    assert lines_of("- a\n-\n- b") == ["• a", "• ", "• b"]


def test_a_quote_has_its_bar_on_every_line() -> None:
    lines = lines_of("> a\n>\n> - b\n> - c", 40)
    assert lines == ["▌ a", "▌", "▌ • b", "▌ • c"]


def test_a_fence_keeps_its_language_and_its_blanks() -> None:
    (block,) = parse_markdown("```python title\n\tx = 1\n\n  y\n```")
    assert isinstance(block, CodeBlock)
    assert (block.language, block.code.plain) == ("python", "    x = 1\n\n  y")


def test_code_of_a_known_language_is_coloured_and_of_an_unknown_one_is_not() -> None:
    (known,) = parse_markdown("```python\nreturn 1\n```")
    (unknown,) = parse_markdown("```nosuch\nreturn 1\n```")
    assert isinstance(known, CodeBlock)
    assert isinstance(unknown, CodeBlock)
    assert styles_of(known.code, "return") == {"code--keyword"}
    assert not unknown.code.spans


def test_a_table_has_header_rows_and_alignments() -> None:
    (block,) = parse_markdown("| a | b |\n|:-:|--:|\n| 1 | 2<br>3 |")
    assert isinstance(block, TableBlock)
    assert [cell.plain for cell in block.header] == ["a", "b"]
    assert [[cell.plain for cell in row] for row in block.rows] == [["1", "2\n3"]]
    assert block.alignments == ("center", "right")


def test_a_rule_is_a_rule() -> None:
    assert isinstance(parse_markdown("---")[0], RuleBlock)


def test_control_sequences_and_bidi_overrides_never_reach_a_line() -> None:
    text = "\n".join(lines_of(HOSTILE))
    assert text == strip_controls(text)
    assert "abcdef" in text.replace(" ", "")
    assert "52;c" not in text


@examples(60)
@given(st.text(alphabet=st.characters(), max_size=80), st.integers(1, 70))
def test_any_text_is_drawn_without_controls_and_within_its_width(text: str, width: int) -> None:
    document = MarkdownDocument(parse_markdown(text))
    document.reflow(width)
    for line in document.lines:
        assert line.content.plain == strip_controls(line.content.plain)
        assert "\n" not in line.content.plain


@pytest.mark.parametrize("width", [20, 33, 80])
def test_no_line_is_wider_than_its_column(width: int) -> None:
    document = MarkdownDocument(parse_markdown(MARKDOWN))
    document.reflow(width)
    assert max(line.content.cell_length for line in document.lines) <= width
