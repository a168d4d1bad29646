"""Markdown that arrives in pieces: what is certain is settled once, only the rest is parsed again.

Parsing a growing list, table or fence from its start at each step grows superlinearly. So
a finished list item, a finished row and a finished line of code are settled at once, by
rules about single lines that agree with CommonMark in all but odd cases; the settled
reply is parsed once more as a whole, so a wrong guess never stays. What stays open for long, a
paragraph without end or a table of a hundred rows, is settled in parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from textual.content import Content

from chatui.widgets.code_colours import colour_code
from chatui.widgets.markdown_blocks import Block, CodeBlock, TableBlock, TextBlock
from chatui.widgets.markdown_inline import harmless
from chatui.widgets.markdown_parser import code_text, parse_markdown

OPEN_LIMIT = 2_000
"""Characters that may be parsed again with each piece that comes."""
TABLE_LIMIT = 8_000
"""Characters of rows that may be laid out again with each row that comes. The rest is a table with
the same head."""

_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}+(?=[^`]*+$)|~{3,}+)\s*+(?P<language>\S*+)")
_ITEM = re.compile(r" {0,3}(?:[-*+]|(?P<number>\d{1,9})(?P<sign>[.)]))(?:\s|$)")
_ENDS_LIST = re.compile(r" {0,3}(?:>|(?:[-_*][ \t]*+){3,}+$)")
"""A quote or a rule, which are drawn with the item that they stand behind."""
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_DELIMITER_ROW = re.compile(r" {0,3}\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)*+\|?\s*+$")


@dataclass(slots=True)
class _Fence:
    marks: str
    language: str
    lines: list[str] = field(default_factory=list)
    begun: bool = False

    def is_closed_by(self, line: str) -> bool:
        text = line.strip()
        return len(text) >= len(self.marks) and not text.strip(self.marks[0])

    def is_begun_close(self, partial: str) -> bool:
        """Nothing yet, or what may become the closing marks: not to be drawn as code."""
        return not partial.strip().strip(self.marks[0])

    def slice_of(self, lines: list[str]) -> CodeBlock:
        code = colour_code(code_text("\n".join(lines)), self.language)
        return CodeBlock(code, self.language, continues=self.begun)


@dataclass(slots=True)
class _Table:
    head: str
    block: TableBlock
    rows: list[str] = field(default_factory=list)
    size: int = 0
    """Characters of the rows that came."""

    @staticmethod
    def begun_by(head: str) -> _Table | None:
        block = _sole_table(head)
        return _Table(head, block) if block else None

    def take(self, row: str) -> None:
        self.rows.append(row + "\n")
        self.size += len(row)

    def parsed(self) -> TableBlock:
        """The table up to its last finished row; only rows that are new are parsed."""
        if self.rows:
            new = _sole_table(self.head + "".join(self.rows))
            # A row that Markdown takes for something else is shown as it came.
            rows = new.rows if new else tuple((Content(harmless(row)),) for row in self.rows)
            self.block = replace(self.block, rows=self.block.rows + rows)
            self.rows = []
        return self.block


def _is_row(line: str) -> bool:
    return "|" in line and not (_ITEM.match(line) or _HEADING.match(line) or _FENCE.match(line))


def _sole_table(source: str) -> TableBlock | None:
    found = parse_markdown(source)
    return found[0] if len(found) == 1 and isinstance(found[0], TableBlock) else None


class GrowingMarkdown:
    """Takes text as it comes; `take` gives what has settled, `draft` what may still change."""

    def __init__(self) -> None:
        self._settled: list[Block] = []
        self._source: list[str] = []
        self._open: list[str] = []
        self._open_size = 0
        self._partial = ""
        self._fence: _Fence | None = None
        self._table: _Table | None = None
        self._numbered = 0, ""
        """The number of the open list's last item and the sign behind it; 0 where it has none."""
        self._wider = 0
        """Signs that the open item's number takes more than it had."""

    def append(self, text: str) -> None:
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._take_line(line)
        while len(self._partial) > OPEN_LIMIT:
            self._take_part()

    def take(self) -> list[Block]:
        """The blocks that settled since the last call."""
        if self._fence and self._fence.lines:
            self._settle_source()
            self._settled.append(self._fence.slice_of(self._fence.lines))
            self._fence.lines = []
            self._fence.begun = True
        self._settle_source()
        settled, self._settled = self._settled, []
        return settled

    def draft(self) -> list[Block]:
        """The blocks of what is still open, as it stands."""
        return list(self._draft())

    def _draft(self) -> Iterator[Block]:
        if self._fence:
            if not self._fence.is_begun_close(self._partial) or not self._fence.begun:
                yield self._fence.slice_of([self._partial])
        elif self._table:
            yield self._table.parsed()
            if self._partial:
                yield TextBlock(Content(harmless(self._partial)), continues=True)
        else:
            yield from parse_markdown("\n".join([*self._open, self._partial]))

    def _take_line(self, line: str) -> None:
        if self._fence:
            self._take_code(self._fence, line)
        elif self._table and _is_row(line):
            self._take_row(self._table, line)
        else:
            self._end_table()
            self._take_prose(line)

    def _take_part(self) -> None:
        """The beginning of a line that is too long to be drawn anew with each piece."""
        edge = self._partial.rfind(" ", OPEN_LIMIT // 2, OPEN_LIMIT) + 1
        part, self._partial = (
            self._partial[: edge or OPEN_LIMIT],
            self._partial[edge or OPEN_LIMIT :],
        )
        if self._fence:
            self._fence.lines.append(part)
        elif self._table:
            self._take_row(self._table, part)
        else:
            self._take_prose(part)
            self._close()

    def _take_row(self, table: _Table, line: str) -> None:
        table.take(line)
        if table.size > TABLE_LIMIT:
            self._end_table()
            self._table = _Table(table.head, replace(table.block, rows=()))

    def _take_code(self, fence: _Fence, line: str) -> None:
        if not fence.is_closed_by(line):
            fence.lines.append(line)
            return
        if fence.lines or not fence.begun:
            self._settle_source()
            self._settled.append(fence.slice_of(fence.lines))
        self._fence = None

    def _take_prose(self, line: str) -> None:
        item = _ITEM.match(line)
        in_list = bool(self._open) and bool(_ITEM.match(self._open[0]))
        if in_list and not self._ends_item(line, bool(item)):
            self._keep_open(" " * self._wider * bool(line.strip()) + line)
        elif not line.strip():
            self._close()
        elif fence := _FENCE.match(line):
            self._close()
            self._fence = _Fence(fence["marks"], fence["language"])
        elif _HEADING.match(line):
            self._close()
            self._keep_open(line)
            self._close()
        elif item and (in_list or item["number"] in (None, "1")):
            goes_on = in_list and not any(map(_ENDS_LIST.match, self._open))
            self._close()
            self._keep_open(self._counted(line, item, goes_on))
        else:
            if in_list:
                self._close()
            begins = item is not None and not self._open
            self._keep_open(self._counted(line, item, False) if item and begins else line)
            self._begin_table()

    def _keep_open(self, line: str) -> None:
        if self._open_size > OPEN_LIMIT:
            self._close()
        self._open.append(line)
        self._open_size += len(line) + 1

    def _counted(self, line: str, item: re.Match[str], goes_on: bool) -> str:
        """The line of an item with the number that it has in its list, as when the list is parsed
        whole: only the first item's own counts."""
        number, sign = int(item["number"] or 0), item["sign"] or ""
        before, before_sign = self._numbered
        if item["number"] and goes_on and before_sign == sign:
            number = before + 1
        self._numbered = number, sign
        if not item["number"]:
            self._wider = 0
            return line
        self._wider = len(str(number)) - len(item["number"])
        return f"{line[: item.start('number')]}{number}{line[item.end('number') :]}"

    def _ends_item(self, line: str, is_item: bool) -> bool:
        """Whether the line is not a part of the open list item."""
        if not line.strip():
            return False
        if line.expandtabs(4).startswith("  "):
            return False
        after_blank = not self._open[-1].strip()
        return is_item or after_blank or bool(_FENCE.match(line) or _HEADING.match(line))

    def _begin_table(self) -> None:
        if len(self._open) < 2 or "|" not in self._open[-2] or "-" not in self._open[-1]:
            return
        if _DELIMITER_ROW.match(self._open[-1]):
            head = "".join(line + "\n" for line in self._open[-2:])
            self._table = _Table.begun_by(head)
            if self._table:
                del self._open[-2:]
                self._close()

    def _end_table(self) -> None:
        if self._table is None:
            return
        self._settle_source()
        self._settled.append(self._table.parsed())
        self._table = None

    def _close(self) -> None:
        """The open lines are a block that nothing can change any more."""
        if self._open:
            self._source.append("\n".join(self._open) + "\n")
            self._open, self._open_size = [], 0
            # A blank line keeps this block from running into the next.
            self._source.append("\n")

    def _settle_source(self) -> None:
        if self._source:
            source, self._source = "".join(self._source), []
            self._settled.extend(parse_markdown(source))
