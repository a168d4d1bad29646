"""Text that streams in and is drawn as Markdown, with its layout: no widget, one document."""

from __future__ import annotations

from chatui.text.safety import ControlStripper
from chatui.widgets.markdown_document import MarkdownDocument
from chatui.widgets.markdown_growth import GrowingMarkdown

MOST_AT_ONCE = 3_000
"""Characters that one drawing lays out: more would hold the window."""


class StreamedText:
    """`append` only collects; `draw` brings `document` up to date; `settle` ends it."""

    def __init__(self, document: MarkdownDocument | None = None) -> None:
        self.document = document or MarkdownDocument()
        self._pieces: list[str] = []
        self._stripper = ControlStripper()
        self._growing = GrowingMarkdown()
        self._taken = 0
        """Pieces that are drawn or in `_waiting`, which is drawn up to `_drawn`."""
        self._waiting = ""
        self._drawn = 0
        self.words = 0
        """Words appended so far, counted as they come."""
        self._inside_word = False

    @property
    def text(self) -> str:
        """All that was appended, as it came."""
        return "".join(self._pieces)

    def append(self, delta: str) -> None:
        if not delta:
            return
        self._pieces.append(delta)
        goes_on = self._inside_word and not delta[0].isspace()
        self.words += len(delta.split()) - goes_on
        self._inside_word = not delta[-1].isspace()

    @property
    def behind(self) -> bool:
        """Whether there is more to be drawn."""
        return self._taken < len(self._pieces) or self._drawn < len(self._waiting)

    def draw(self) -> int:
        """Lays out what came since the last call, or the beginning of it. Returns the first row
        that changed."""
        if len(self._waiting) - self._drawn < MOST_AT_ONCE:
            new = self._pieces[self._taken :]
            self._waiting = "".join([self._waiting[self._drawn :], *new])
            self._taken, self._drawn = len(self._pieces), 0
        piece = self._waiting[self._drawn : self._drawn + MOST_AT_ONCE]
        self._drawn += len(piece)
        self._growing.append(self._stripper.feed(piece))
        return self.document.grow(self._growing.take(), self._growing.draft())

    def settle(self, document: MarkdownDocument) -> None:
        """Shows the document of the whole text instead of what streamed."""
        self._pieces, self._taken = [], 0
        self._waiting, self._drawn = "", 0
        self.document = document
