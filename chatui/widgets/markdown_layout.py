"""Blocks laid out for a width: one `Line` per row of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from chatui.widgets.markdown_blocks import (
    EMPTY,
    Block,
    CodeBlock,
    Margin,
    RuleBlock,
    TableBlock,
    TextBlock,
)
from chatui.widgets.markdown_table import table_rows

NARROWEST = 8
"""Columns that text always gets, however deep its margin is."""

CODE = "code"
"""Metadata of a fence's label: a click on it copies the code block of that number."""

PROSE_WIDEST = 100
"""Columns of running text, on whatever screen: an eye that comes back from a longer line misses the
next one. Tables and code have all the width."""

CODE_STYLE = "markdown--fence"
WRITTEN = str.maketrans({"•": "-", "◦": "-", "▪": "-", "▌": ">"})
"""Marks of lists and quotes as they are drawn, and as they are written."""
_CODE_PADDING = 1


@dataclass(slots=True)
class Line:
    """`fill` names the style that runs to the right edge. `joint` is what joins this line to
    the one above when both are copied: a newline, or what a soft wrap took away. The first
    `indent` characters are margin, not text; `margin` is what is copied of them at the beginning of
    a line of the source. `copied` is what a line that is copied as a whole comes to, where that is
    not what is drawn; "" leaves it out."""

    content: Content
    fill: str = ""
    joint: str = "\n"
    indent: int = 0
    margin: str = ""
    copied: str | None = None

    @property
    def continues(self) -> bool:
        """Whether it goes on with the line above it."""
        return self.joint != "\n"


def lay_out(block: Block, width: int) -> list[Line]:
    """The lines of one block in `width` columns, without the gap before it."""
    margin = block.margin
    if isinstance(block, TextBlock):
        room = min(width, PROSE_WIDEST) - margin.width
        lines = _text_lines(block, max(room, NARROWEST))
    elif isinstance(block, CodeBlock):
        lines = _code_lines(block, max(width - margin.width, NARROWEST))
    elif isinstance(block, TableBlock):
        rows = table_rows(block, max(width - margin.width, NARROWEST))
        lines = [Line(line, copied=copied) for line, copied in rows]
    elif isinstance(block, RuleBlock):
        rule = "─" * max(min(width, PROSE_WIDEST) - margin.width, 1)
        lines = [Line(Content.styled(rule, "markdown--rule"), copied="---")]
    else:
        lines = []
    return _with_margin(lines, margin)


def cuts(text: str, width: int) -> list[int]:
    """Where to cut the text into pieces of at most `width` columns, breaking anywhere."""
    if text.isascii():
        return list(range(width, len(text), width))
    found: list[int] = []
    used = 0
    for index, character in enumerate(text):
        size = cell_len(character)
        if used + size > width:
            found.append(index)
            used = 0
        used += size
    return found


def _with_margin(lines: list[Line], margin: Margin) -> list[Line]:
    if not margin.rest:
        return lines
    for index, line in enumerate(lines):
        before = margin.rest if index else margin.first
        line.content = EMPTY.join([before, line.content])
        line.indent += len(before.plain)
        # Of code the code alone is wanted, however deep it stands.
        if line.fill != CODE_STYLE:
            line.margin = source_of(before.plain) + line.margin
            if line.copied:
                line.copied = source_of(before.plain) + line.copied
    return lines


def source_of(margin: str) -> str:
    """What is written in the source for what is drawn left of a text."""
    return margin.translate(WRITTEN)


def _text_lines(block: TextBlock, width: int) -> list[Line]:
    content = block.content.stylize_before(block.style) if block.style else block.content
    return wrapped_lines(content, width)


def wrapped_lines(content: Content, width: int) -> list[Line]:
    """Any text in `width` columns, broken at words."""
    lines: list[Line] = []
    for paragraph in content.split("\n", allow_blank=True):
        lines.extend(_joined(paragraph.plain, paragraph.wrap(width)))
    return lines


def _joined(text: str, pieces: Iterable[Content]) -> list[Line]:
    """The pieces of one wrapped line, each with what stood between it and the one before."""
    lines: list[Line] = []
    position = 0
    for piece in pieces:
        start = position
        while lines and text[position : position + 1].isspace():
            position += 1
        joint = text[start:position] if lines else "\n"
        lines.append(Line(piece, joint=joint))
        position += len(piece.plain)
    return lines


def _code_lines(block: CodeBlock, width: int) -> list[Line]:
    pad = Content(" " * _CODE_PADDING)
    lines: list[Line] = []
    if block.language and not block.continues:
        language = Content.styled(block.language, "markdown--fence-language")
        copy = Content.styled("copy", "markdown--fence-copy")
        label = EMPTY.join([pad, language, pad, pad, copy])
        label = label.stylize(Style.from_meta({CODE: block.number}))
        lines.append(Line(label, CODE_STYLE, copied=""))
    for code in block.code.split("\n", allow_blank=True):
        joint = "\n"
        for piece in code.divide(cuts(code.plain, width - 2 * _CODE_PADDING)):
            lines.append(Line(EMPTY.join([pad, piece]), CODE_STYLE, joint, _CODE_PADDING))
            joint = ""
    return lines
