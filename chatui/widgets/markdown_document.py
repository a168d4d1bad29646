"""A Markdown text laid out for one width: what is settled, and a draft at its end.

Layout is kept per block, so a reply that grows pays for its last block only.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from chatui.text.citations.marks import PLAIN, MarkForm
from chatui.text.citations.written import drawable
from chatui.widgets.markdown_blocks import Block, gap
from chatui.widgets.markdown_layout import Line, lay_out, source_of
from chatui.widgets.markdown_parser import parse_markdown

if TYPE_CHECKING:
    from chatui.domain.conversation import Reply


class MarkdownDocument:
    """Blocks and their lines. `width` is columns; 0 until the first `reflow`."""

    def __init__(self, blocks: Sequence[Block] = ()) -> None:
        self.lines: list[Line] = []
        self.width = 0
        self._settled = list(blocks)
        self._draft: list[Block] = []
        self._settled_lines = 0
        self._draft_layout: dict[Block, list[Line]] = {}

    def reflow(self, width: int) -> None:
        """Lays everything out for the width, unless it is laid out for it already."""
        if width == self.width:
            return
        self.width = width
        self.lines = []
        self._draft_layout = {}
        self._append(self._settled, None)
        self._settled_lines = len(self.lines)
        self._lay_out_draft()

    def in_width(self, width: int) -> MarkdownDocument:
        """The settled text laid out for another width, by itself: fit for a thread."""
        document = MarkdownDocument(self._settled)
        document.reflow(width)
        return document

    def grow(self, settled: Sequence[Block], draft: Sequence[Block]) -> int:
        """Adds blocks that will not change and replaces those that may. Returns the first
        row that may look different now."""
        before = self._settled[-1] if self._settled else None
        self._settled.extend(settled)
        self._draft = list(draft)
        changed = self._settled_lines
        if not self.width:
            return 0
        del self.lines[self._settled_lines :]
        self._append(settled, before)
        self._settled_lines = len(self.lines)
        self._lay_out_draft()
        return changed

    def _append(self, blocks: Sequence[Block], before: Block | None) -> None:
        for block in blocks:
            self._add_lines(block, before, lay_out(block, self.width))
            before = block

    def _lay_out_draft(self) -> None:
        before = self._settled[-1] if self._settled else None
        layout: dict[Block, list[Line]] = {}
        for block in self._draft:
            lines = self._draft_layout.get(block) or lay_out(block, self.width)
            layout[block] = lines
            self._add_lines(block, before, lines)
            before = block
        self._draft_layout = layout

    def _add_lines(self, block: Block, before: Block | None, lines: list[Line]) -> None:
        if before is not None:
            self.lines.extend(
                Line(content, copied=source_of(content.plain) or None)
                for content in gap(before, block)
            )
        self.lines.extend(lines)


def laid_out(
    source: str, citations: Set[int], width: int, form: MarkForm = PLAIN
) -> MarkdownDocument:
    """The source, parsed and laid out: the slow part of showing it, fit for a thread."""
    document = MarkdownDocument(parse_markdown(source, citations, form))
    if width > 0:
        document.reflow(width)
    return document


def reply_laid_out(reply: Reply, width: int) -> MarkdownDocument:
    """A reply's text with its citations as targets, and with the marks that were added."""
    numbers = frozenset(citation.n for citation in reply.citations)
    form = MarkForm(reply.mark_prefix)
    return laid_out(drawable(reply.text, reply.citations, form), numbers, width, form)


def reasoning_laid_out(reply: Reply, width: int) -> MarkdownDocument:
    """A reply's reasoning; nothing without a width."""
    return laid_out(reply.reasoning, frozenset(), width) if width > 0 else MarkdownDocument()
