"""Answers on a terminal: Markdown is drawn block by block, as the blocks end.

Piped, or on a terminal that can't draw, an answer is the text as it came.
"""

from __future__ import annotations

import sys
from contextlib import closing

from chatui.cli.output import (
    Stream,
    columns_of,
    draw_over,
    is_plain,
    print_text,
    wipe,
    write_drawn,
)
from chatui.text.growing_blocks import GrowingBlocks
from chatui.text.safety import DrawableStripper

WIDEST = 100
"""Cells: longer lines are hard to read."""
PREVIEW = 64
"""Cells of the line that is being written: a terminal that becomes narrower does not wrap it."""


def answer_stream() -> Stream | MarkdownStream:
    """What an answer is streamed to: stdout, drawn where that is a terminal."""
    return Stream() if is_plain(sys.stdout) else MarkdownStream()


def print_markdown(text: str) -> None:
    """A whole answer to stdout, as it would have been streamed."""
    with closing(answer_stream()) as stream:
        stream.feed(text)


class MarkdownStream:
    """An answer as it comes. The end of what is being written stands in the last line, until its
    block is whole and takes its place; nothing above that line is drawn again."""

    def __init__(self) -> None:
        self._controls = DrawableStripper()
        self._blocks = GrowingBlocks()
        self._apart = True
        """Whether the line to be drawn stands below a blank one, or is the first."""

    def feed(self, piece: str) -> None:
        for block in self._blocks.feed(self._controls.feed(piece)):
            self._draw(block)
        if self._blocks.last_line.strip():
            self._set_apart()
            draw_over(sys.stdout, self._blocks.last_line, tail=True, most=PREVIEW)

    def step_aside(self) -> None:
        """Leaves the line to what is written beside it."""
        wipe(sys.stdout)

    def close(self) -> None:
        last = self._blocks.feed(self._controls.finish())
        for block in last + self._blocks.finish():
            self._draw(block)
        wipe(sys.stdout)

    def _draw(self, block: str) -> None:
        wipe(sys.stdout)
        self._set_apart()
        _draw(block)
        self._apart = False

    def _set_apart(self) -> None:
        if not self._apart:
            print_text()
        self._apart = True


def _draw(text: str) -> None:
    """Writes Markdown, looks and all."""
    from chatui.cli.drawn_markdown import drawn

    write_drawn(drawn(text, min(columns_of(sys.stdout), WIDEST)))
