"""Answers on a terminal: Markdown is drawn block by block, as the blocks end.

Piped, an answer is the text as it came.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import closing

from chatui.cli.output import Stream, draw_over, print_text, wipe, write_drawn
from chatui.text.growing_blocks import GrowingBlocks
from chatui.text.safety import DrawableStripper

WIDEST = 100
"""Cells: longer lines are hard to read."""


def answer_stream() -> Stream | MarkdownStream:
    """What an answer is streamed to: stdout, drawn where that is a terminal."""
    return MarkdownStream() if sys.stdout.isatty() else Stream()


def print_markdown(text: str) -> None:
    """A whole answer to stdout, as it would have been streamed."""
    with closing(answer_stream()) as stream:
        stream.feed(text)


class MarkdownStream:
    """An answer as it comes. The line that is being written stands dim at the end, until its
    block is whole and takes its place."""

    def __init__(self) -> None:
        self._controls = DrawableStripper()
        self._blocks = GrowingBlocks()
        self._drawn = False

    def feed(self, piece: str) -> None:
        for block in self._blocks.feed(self._controls.feed(piece)):
            self._draw(block)
        draw_over(sys.stdout, self._blocks.last_line, tail=True)

    def close(self) -> None:
        last = self._blocks.feed(self._controls.finish())
        for block in last + self._blocks.finish():
            self._draw(block)
        wipe(sys.stdout)

    def _draw(self, block: str) -> None:
        wipe(sys.stdout)
        if self._drawn:
            print_text()
        _draw(block)
        self._drawn = True


def _draw(text: str) -> None:
    """Writes Markdown, looks and all."""
    from chatui.cli.drawn_markdown import drawn

    write_drawn(drawn(text, min(shutil.get_terminal_size().columns, WIDEST)))
