"""A reply while it streams: drawn at most twenty times a second, settled as a whole."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from chatui.text_safety import ControlStripper
from chatui.widgets.markdown_document import Document
from chatui.widgets.markdown_growth import GrowingMarkdown
from chatui.widgets.markdown_parser import parse_markdown
from chatui.widgets.markdown_view import MarkdownView

if TYPE_CHECKING:
    from collections.abc import Set

SECONDS_BETWEEN_DRAWINGS = 1 / 20
SHARE_OF_TIME = 1 / 8
"""The most of one core that parsing and layout may take: a slow step delays the next."""


class StreamView(MarkdownView):
    """Takes deltas by `append`, and the whole text by `settle` when the reply has ended."""

    def __init__(self, document: Document | None = None, *, classes: str | None = None) -> None:
        super().__init__(document, classes=classes)
        self._growing = GrowingMarkdown()
        self._stripper = ControlStripper()
        self._waiting = False
        self._settled = False
        self._next_drawing = 0.0

    def append(self, delta: str) -> None:
        """Takes more text. Cheap: what is drawn follows at the next drawing."""
        self._growing.append(self._stripper.feed(delta))
        if self._waiting:
            return
        self._waiting = True
        wait = self._next_drawing - monotonic()
        if wait > 0:
            self.set_timer(wait, self._draw)
        else:
            self.call_later(self._draw)

    async def settle(self, source: str, citations: Set[int] = frozenset()) -> None:
        """Shows the whole text, parsed anew off the event loop, with its citation marks."""
        blocks = await asyncio.to_thread(parse_markdown, source, citations)
        self._settled = True
        self.show(blocks)

    def _draw(self) -> None:
        self._waiting = False
        if self._settled:
            return
        started = monotonic()
        lines = len(self.document.lines)
        self.document.grow(self._growing.take(), self._growing.draft())
        self.refresh(layout=len(self.document.lines) != lines or not lines)
        spent = monotonic() - started
        self._next_drawing = started + max(SECONDS_BETWEEN_DRAWINGS, spent / SHARE_OF_TIME)
