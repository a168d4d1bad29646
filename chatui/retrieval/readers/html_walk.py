"""Walks a parsed page and writes its blocks: an explicit stack, for pages nest deeply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.retrieval.readers.composing import Blocks, Flow, Run
from chatui.retrieval.readers.html_marks import LINE, without_marks
from chatui.retrieval.readers.html_parts import drawing, formula, picture, reading
from chatui.retrieval.readers.html_tables import Cell, TableGrid
from chatui.retrieval.readers.html_trimmings import (
    LINE_NUMBERS,
    PageSurroundings,
    is_hidden,
    is_trimming,
)
from chatui.text.safety import strip_controls

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from selectolax.lexbor import LexborNode

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
# Only line feeds count as lines; the others would become some when controls are stripped.
_NO_LINES = str.maketrans("\r\x0b\x0c", "   ")
_IN_A_CELL = "h1,h2,h3,h4,h5,h6,table,ul,ol,pre,blockquote"
"""What makes a table one for the layout alone: its cells are read as blocks."""


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


class Walk:
    """Writes what is below an element into the composer. `keep_all` keeps navigation too;
    `surroundings` tell what its names call that, `folded` are the ids of texts that unfold.
    `framed` writes the page in a frame with these attributes, which stands on that line."""

    def __init__(
        self,
        composer: Blocks,
        *,
        keep_all: bool,
        surroundings: PageSurroundings | None = None,
        folded: Set[str] = frozenset(),
        framed: Callable[[dict[str, str | None], int], None] | None = None,
    ) -> None:
        self._composer = composer
        self._keep_all = keep_all
        self._surroundings = surroundings
        self._folded = folded
        self._framed = framed
        self._flow = Flow()
        self._line = 1
        self._open: list[str] = []
        self._counters: list[int] = []  # one for each open list; -1 for bullets
        self._marker = ""
        self._tight = False
        self._in_list = False
        self._cells: list[Cell] | None = None
        self._cell: dict[str, str | None] = {}
        self._grid = TableGrid()
        self._rows = 0
        self._layout_tables: list[bool] = []
        self._captioned = False

    def run(self, root: LexborNode) -> None:
        path: list[LexborNode] = []
        node: LexborNode | None = root
        while node is not None:
            below = self._enter(node)
            if below is not None:
                path.append(node)
                node = below
                continue
            self._leave(node)
            following = node.next if node.mem_id != root.mem_id else None
            while following is None and path:
                node = path.pop()
                self._leave(node)
                following = node.next if node.mem_id != root.mem_id else None
            node = following
        self._flush()

    def _enter(self, node: LexborNode) -> LexborNode | None:
        """The first child to go on with; None where there is nothing to look into."""
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
            return None
        if not node.is_element_node:
            self._line += (node.comment_content or "").count("\n") if tag == "-comment" else 0
            return None
        attributes = node.attributes
        self._line = max(self._line, _number(attributes.pop(LINE, None)))
        if self._is_written(str(tag), node, attributes) or self._is_trimming(node, attributes):
            self._line += node.text(deep=True).count("\n")
            return None
        self._begin(str(tag), node, attributes)
        if tag in ("pre", "xmp"):
            self._code(node, attributes)
            return None
        self._open.append(str(tag))
        return node.first_child

    def _is_trimming(self, node: LexborNode, attributes: dict[str, str | None]) -> bool:
        if is_trimming(
            str(node.tag), attributes, self._open, keep_all=self._keep_all, folded=self._folded
        ):
            return True
        around = None if self._keep_all or not attributes else self._surroundings
        return around is not None and around.holds(node, attributes, self._open)

    def _is_written(self, tag: str, node: LexborNode, attributes: dict[str, str | None]) -> bool:
        """Whether it is an element that is written as a whole, and was."""
        if tag == "math":
            self._flow.add(formula(node), self._line)
        elif tag == "ruby":
            self._flow.add(strip_controls(reading(node).translate(_NO_LINES)), self._line)
        elif tag == "img":
            in_figure = "figure" in self._open and not self._captioned
            said = picture(attributes, in_figure=in_figure)
            self._flow.add(strip_controls(said), self._line)
        elif tag == "svg" and not is_hidden(attributes):
            if said := strip_controls(drawing(node)):
                self._flush_unless_in_a_cell()
                self._flow.add(said, self._line)
                self._flush_unless_in_a_cell()
        elif tag in ("iframe", "frame") and self._framed and not is_hidden(attributes):
            self._flush_unless_in_a_cell()
            self._framed(attributes, self._line)
        else:
            return False
        return True

    def _flush_unless_in_a_cell(self) -> None:
        if self._cells is None:
            self._flush()
        else:
            self._flow.space()

    def _begin(self, tag: str, node: LexborNode, attributes: dict[str, str | None]) -> None:
        if tag in _INLINE or tag.startswith("mjx-"):
            if tag == "q":
                self._flow.add("“", self._line)
            return
        if self._cells is not None and tag in ("td", "th"):
            self._cell = attributes
        if tag == "figure":
            self._captioned = node.css_first("figcaption") is not None
        if tag == "br" or (self._cells is not None and tag not in ("td", "th", "tr")):
            self._break(in_cell=self._cells is not None)
            return
        self._flush()
        if tag in _LISTS:
            ordered = tag == "ol"
            number = _number(attributes.get("start")) or 1
            self._counters.append(number - 1 if ordered else -1)
        elif tag == "li":
            if self._counters and (number := _number(attributes.get("value"))):
                self._counters[-1] = number - 1 if self._counters[-1] >= 0 else -1
            self._list_item()
        elif tag == "dd":
            self._marker, self._tight = "  ", True
        elif tag == "table":
            inside = (found.mem_id != node.mem_id for found in node.css(_IN_A_CELL))
            self._layout_tables.append(any(inside))
            self._rows, self._grid = 0, TableGrid()
        elif tag == "tr" and self._layout_tables and not self._layout_tables[-1]:
            self._cells = []

    def _leave(self, node: LexborNode) -> None:
        if not self._open or self._open[-1] != node.tag:
            return  # a text, or an element that was not looked into
        tag = self._open.pop()
        if tag in _INLINE or tag.startswith("mjx-"):
            if tag == "q":
                self._flow.close("”", self._line)
            return
        if self._cells is not None:
            self._leave_in_row(tag, self._cells)
            return
        if tag in _HEADINGS:
            runs = self._flow.take()
            if runs:
                self._composer.heading(_HEADINGS[tag], runs)
                self._marker, self._tight = "", False
        else:
            self._flush()
        if tag in _LISTS:
            self._counters.pop()
            self._tight = bool(self._counters)
            self._marker = "  " * len(self._counters)
        elif tag == "table":
            self._layout_tables.pop()
            for row in self._grid.end():
                self._row(row)

    def _leave_in_row(self, tag: str, cells: list[Cell]) -> None:
        if tag in ("td", "th"):
            cells.append(self._taken(tag))
        elif tag == "tr":
            self._cells = None
            for row in self._grid.add(cells):
                self._row(row)
        else:
            self._flow.space()

    def _text(self, text: str) -> None:
        if "¶" in text and text.strip() == "¶":
            return  # the mark behind a heading that links to it
        said = without_marks(text)
        self._flow.add(strip_controls(said.translate(_NO_LINES)), self._line)
        self._line += text.count("\n")

    def _break(self, *, in_cell: bool) -> None:
        self._flow.space()
        if in_cell:
            return
        self._flush()
        self._tight = True

    def _list_item(self) -> None:
        depth = max(0, len(self._counters) - 1)
        bullet = "- "
        if self._counters and self._counters[-1] >= 0:
            self._counters[-1] += 1
            bullet = f"{self._counters[-1]}. "
        self._marker = "  " * min(depth, 8) + bullet

    def _flush(self) -> None:
        """Ends the block under way. The first of a list's item stands behind its bullet."""
        runs = self._flow.take()
        if not runs:
            return
        marker = self._marker
        tight = self._tight
        if marker.strip():
            # What follows in the same item is indented below it.
            self._tight, self._marker = True, " " * len(marker)
            tight = self._in_list
        elif not self._counters:
            self._marker, self._tight = "", False
        self._in_list = bool(marker)
        text, line = runs[0]
        self._composer.block([(marker + text, line), *runs[1:]], tight=tight)

    def _taken(self, tag: str) -> Cell:
        """The cell that ends here."""
        columns = _number(self._cell.get("colspan")) or 1
        rows = _number(self._cell.get("rowspan")) or 1
        return Cell(self._flow.take(), columns, rows, tag == "th" or "thead" in self._open)

    def _row(self, cells: list[list[Run]]) -> None:
        if not any(cells):
            return
        runs: list[Run] = []
        for cell in cells:
            line = cell[0][1] if cell else (runs[-1][1] if runs else self._line)
            runs.append(("| " if not runs else " | ", line))
            runs += [(text.replace("|", "\\|"), at) for text, at in cell]
        runs.append((" |", runs[-1][1]))
        self._composer.block(runs, tight=self._rows > 0)
        if self._rows == 0:
            self._composer.block([("|" + " --- |" * len(cells), runs[-1][1])], tight=True)
        self._rows += 1

    def _code(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        """Preformatted text, to the letter, between fences."""
        for numbers in node.css(LINE_NUMBERS):
            numbers.decompose()
        source = strip_controls(without_marks(node.text(deep=True)).translate(_NO_LINES))
        lines = source.strip("\n").split("\n")
        if not source.strip():
            return
        fence = "```"
        while fence in source:
            fence += "`"
        start = self._line + (len(source) - len(source.lstrip("\n")))
        runs = [(fence, start)]
        runs += [("\n" + line.rstrip(), start + at) for at, line in enumerate(lines)]
        runs.append(("\n" + fence, start + len(lines) - 1))
        self._composer.block(runs)
        self._line = max(self._line, start + len(lines) - 1)
