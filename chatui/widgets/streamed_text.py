"""Text that streams in and is drawn as Markdown, with its layout: no widget, one document."""

from __future__ import annotations

from chatui.text.safety import ControlStripper
from chatui.widgets.markdown_document import MarkdownDocument
from chatui.widgets.markdown_growth import GrowingMarkdown


class StreamedText:
    """`append` only collects; `draw` brings `document` up to date; `settle` ends it."""

    def __init__(self, document: MarkdownDocument | None = None) -> None:
        self.document = document or MarkdownDocument()
        self._pieces: list[str] = []
        self._stripper = ControlStripper()
        self._growing = GrowingMarkdown()
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

    def draw(self) -> int:
        """Lays out what came since the last call. Returns the first row that changed."""
        new = "".join(self._pieces[self._drawn :])
        self._drawn = len(self._pieces)
        self._growing.append(self._stripper.feed(new))
        return self.document.grow(self._growing.take(), self._growing.draft())

    def settle(self, document: MarkdownDocument) -> None:
        """Shows the document of the whole text instead of what streamed."""
        self._pieces = []
        self.document = document
