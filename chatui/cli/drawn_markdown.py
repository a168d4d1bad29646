"""Markdown as a terminal shows it, by Rich.

Rich by itself cuts what is too wide: cells of a table, and anything in a list. Here nothing is
lost: prose is wrapped at its words, a table without room becomes its rows, each cell behind the
name of its column, and a line of code or an address that is longer than the screen is left to the
terminal to wrap, so that it is whole when it is copied.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from markdown_it import MarkdownIt
from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import (
    BlockQuote,
    CodeBlock,
    Heading,
    ListItem,
    Markdown,
    MarkdownElement,
    Paragraph,
    TableDataElement,
    TableElement,
)
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from chatui.text.safety import drawable

BOUNDLESS = 100_000
"""Cells, where a table is drawn to see how many it needs."""

_SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
_WIDE = "\u1100-\u115f\u2e80-\u2fff\u3001-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60"
_CLOSING = "、。，．：；！？）」』】》〉〕…ー々"
_UNIT = re.compile(rf"\s+|[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")
"""What stays together on a line: a word, or a character of a script without blanks with the marks
that may not begin a line."""
_CLUSTER = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|.(?:[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.)*"
)
"""What is seen as one character."""


def drawn(text: str, width: int) -> str:
    """The lines of the text, cleaned, with the sequences of their looks: at most so many cells
    wide, but for code and addresses. NO_COLOR is honoured."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, emoji=False)
    console.print(_parsed(drawable(text)), crop=False)
    lines = [_without_blank_end(line) for line in file.getvalue().split("\n")]
    full = [place for place, line in enumerate(lines) if _SEQUENCE.sub("", line).strip()]
    return "".join(f"{line}\n" for line in (lines[full[0] : full[-1] + 1] if full else ()))


def _without_blank_end(line: str) -> str:
    """The line without the blanks at its end, also where sequences stand among them."""
    looks: list[str] = []
    line = line.rstrip(" ")
    while line.endswith("m") and _SEQUENCE.fullmatch(line, begin := line.rfind("\x1b")):
        looks.append(line[begin:])
        line = line[:begin].rstrip(" ")
    return line + "".join(reversed(looks))


def line_breaks(text: str, width: int) -> list[int]:
    """Where one line of text is to be broken so that it fits and its words stay whole. A longer
    word is cut, between characters as they are seen; an address is not."""
    breaks: list[int] = []
    column = 0
    for unit in _UNIT.finditer(text):
        size = cell_len(unit[0])
        if unit[0].isspace():
            column += size
            continue
        if column and column + size > width:
            breaks.append(unit.start())
            column = 0
        if size > width and "://" not in unit[0]:
            for cluster in _CLUSTER.finditer(text, unit.start(), unit.end()):
                size = cell_len(cluster[0])
                if column and column + size > width:
                    breaks.append(cluster.start())
                    column = 0
                column += size
        else:
            column += size
    return breaks


def shared_out(room: int, least: list[int], most: list[int]) -> list[int]:
    """Widths of columns that have `least`, with the room shared among those that want more; who
    wants little gets it first."""
    widths = list(least)
    order = sorted(range(len(widths)), key=lambda place: most[place] - least[place])
    for number, place in enumerate(order):
        share = max(0, min(most[place] - least[place], room // (len(order) - number)))
        widths[place] += share
        room -= share
    return widths


def _parsed(text: str) -> Markdown:
    """Rich by itself would leave HTML out, and hide where a link leads behind its words."""
    made = _DrawnAnswer("", code_theme="ansi_dark", hyperlinks=False)
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    parser.disable("image")  # Which Rich would draw without saying where it is.
    made.markup, made.parsed = text, parser.parse(text)
    return made


def _wrapped(text: Text, width: int) -> Iterator[Text]:
    for line in text.split("\n", allow_blank=True):
        for part in line.divide(line_breaks(line.plain, max(1, width))):
            part.rstrip()
            yield part


def _lines(
    console: Console, parts: RenderableType, options: ConsoleOptions, style: Style
) -> Iterable[list[Segment]]:
    """The lines of what is within something, as long as they are."""
    return Segment.split_lines(Segment.apply_style(console.render(parts, options), style))


def _beside(lines: Iterable[list[Segment]], first: Segment, others: Segment) -> RenderResult:
    """The lines, each behind what stands before it."""
    for number, line in enumerate(lines):
        yield others if number else first
        yield from line
        yield Segment.line()


class _LeftHeading(Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _wrapped(self.text, options.max_width):
            yield from line.render(console, end="\n")


class _WrappedParagraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _wrapped(self.text, options.max_width):
            yield from line.render(console, end="\n")


class _WholeCode(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        syntax = Syntax("", self.lexer_name, theme=self.theme)
        for line in syntax.highlight(str(self.text).rstrip()).split("\n"):
            line.rstrip()
            yield from line.render(console, end="\n")


class _WholeQuote(BlockQuote):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        within = options.update(width=max(1, options.max_width - 2))
        bar = Segment("▌ ", self.style)
        yield from _beside(_lines(console, self.elements, within, self.style), bar, bar)


class _WholeItem(ListItem):
    def render_bullet(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = console.get_style("markdown.item.bullet", default="none")
        yield from self._behind(console, options, Segment(" • ", style))

    def render_number(
        self, console: Console, options: ConsoleOptions, number: int, last_number: int
    ) -> RenderResult:
        style = console.get_style("markdown.item.number", default="none")
        width = len(str(last_number)) + 3
        yield from self._behind(console, options, Segment(f"{number}. ".rjust(width), style))

    def _behind(self, console: Console, options: ConsoleOptions, mark: Segment) -> RenderResult:
        width = len(mark.text)
        within = options.update(width=max(1, options.max_width - width))
        lines = _lines(console, self.elements, within, self.style)
        yield from _beside(lines, mark, Segment(" " * width, mark.style))


class _WholeTable(TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heads = [cell.content for cell in self._cells_of_head()]
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        cells = [
            (head, *(row[place] for row in rows if place < len(row)))
            for place, head in enumerate(heads)
        ]
        least = [max(map(_widest_word, column)) for column in cells]
        most = [max(cell_len(cell.plain) for cell in column) for column in cells]
        boundless = options.update(width=BOUNDLESS)
        lines = _lines(console, _table(heads, rows, least), boundless, Style.null())
        room = options.max_width - max(map(Segment.get_line_length, lines))
        if room < 0 and rows:
            yield from self._as_records(console, options, heads, rows)
        else:
            yield _table(heads, rows, shared_out(room, least, most))

    def _cells_of_head(self) -> list[TableDataElement]:
        return self.header.row.cells if self.header and self.header.row else []

    def _as_records(
        self, console: Console, options: ConsoleOptions, heads: list[Text], rows: list[list[Text]]
    ) -> RenderResult:
        for number, row in enumerate(rows):
            if number:
                yield Segment.line()
            for head, cell in zip(heads, row, strict=False):
                name = head.copy()
                name.stylize("markdown.table.header")
                said = Text.assemble(name, ": " if head.plain else "", cell)
                for line in _wrapped(said, options.max_width):
                    yield from line.render(console, end="\n")


def _table(heads: list[Text], rows: list[list[Text]], widths: list[int]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
    table.style = "markdown.table.border"
    for head, width in zip(heads, widths, strict=True):
        shown = head.copy()
        shown.stylize("markdown.table.header")
        table.add_column(shown, overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    return table


def _widest_word(cell: Text) -> int:
    return max((cell_len(unit) for unit in _UNIT.findall(cell.plain)), default=1)


class _DrawnAnswer(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _LeftHeading,
        "paragraph_open": _WrappedParagraph,
        "fence": _WholeCode,
        "code_block": _WholeCode,
        "blockquote_open": _WholeQuote,
        "list_item_open": _WholeItem,
        "table_open": _WholeTable,
    }
