"""The questions that wait for the reply to end, told in one line above the composer."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from chatui.text.safety import one_line
from chatui.widgets.drawn import longest_within
from chatui.widgets.quiet import MUTED

KEYS = ("↑ edits it · Del drops it", "↑ edits · Del drops", "↑ Del")


class WaitingLine(Static):
    """Shown only while something waits."""

    DEFAULT_CSS = """
    WaitingLine {
        display: none; height: 1; padding: 0 2; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._told: tuple[tuple[str, ...], str] = (), ""

    def show(self, questions: Sequence[str], price: str = "") -> None:
        """How many wait, what sending them takes ("" is not known yet), and the newest's text."""
        self._told = tuple(questions), price
        self.display = bool(questions)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        questions, price = self._told
        if not questions:
            return
        head = f"{len(questions)} waiting" + (f" ≈ {price}" if price else "")
        left = self.app.size.width - 4 - len(head) - len(" · ")
        keys = longest_within(KEYS, left)
        room = left - len(keys) - len(" · ")
        newest = Content(one_line(questions[-1])).truncate(max(room, 0), ellipsis=True)
        between = Content.assemble(" · ", newest) if room > 8 else ""
        self.update(Content.assemble((head, "$text-warning"), between, (f" · {keys}", MUTED)))
