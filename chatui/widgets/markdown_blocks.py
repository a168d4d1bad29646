"""The blocks of a Markdown text, flat and in reading order: plain values, ready to lay out.

Nesting is gone: what an enclosing list or quote adds is in each block's margin. Styles
are names (`markdown--strong`) that get their colours when a line is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.content import Content

EMPTY = Content("")


@dataclass(frozen=True, slots=True)
class Margin:
    """What stands left of a block: `first` on its first line, `rest` on all others."""

    first: Content = EMPTY
    rest: Content = EMPTY

    @property
    def width(self) -> int:
        return self.rest.cell_length


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """`outer_list` is the kind of the outermost list around it, "bullet" or "number", or "".
    `marked` blocks begin a list item; `continues` is set on a piece that belongs to the
    piece before it without a gap."""

    margin: Margin = field(default_factory=Margin, kw_only=True)
    outer_list: str = field(default="", kw_only=True)
    marked: bool = field(default=False, kw_only=True)
    continues: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class TextBlock(Block):
    """A paragraph or a heading; `style` names the heading's look."""

    content: Content
    style: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CodeBlock(Block):
    """A fence, or a slice of one that is still arriving. `number` counts those of a text that was
    parsed whole, from 1."""

    code: Content
    language: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class TableBlock(Block):
    """`alignments` holds "left", "center" or "right" for each column of the header."""

    header: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]
    alignments: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RuleBlock(Block):
    pass


def gap(before: Block, after: Block) -> list[Content]:
    """The empty lines between two neighbours, with the quote bar that both have. Items of a
    list and slices of a fence stay together."""
    if after.continues or (after.marked and before.outer_list == after.outer_list):
        return []
    left, right = before.margin.rest, after.margin.rest
    shared = 0
    while left.plain[shared : shared + 1] == right.plain[shared : shared + 1] != "":
        shared += 1
    return [right[:shared].rstrip()]
