"""The pictures and PDFs that go with the question, told above the composer before it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from chatui.text.safety import one_line
from chatui.widgets.quiet import MUTED

MOST = 3
"""Lines."""
HINT = "delete its name to leave it out"


class AttachedLine(Static):
    """Shown only while there are any; a line for each."""

    DEFAULT_CSS = """
    AttachedLine {
        display: none; height: auto; max-height: 3; padding: 0 2; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def show(self, lines: Sequence[str]) -> None:
        """What each of them is, takes and costs."""
        self.display = bool(lines)
        told = [one_line(line) for line in lines]
        if len(told) > MOST:
            told = [*told[: MOST - 1], f"and {len(told) - MOST + 1} more"]
        drawn = [Content.assemble(("▣ ", "$primary"), line) for line in told]
        if len(drawn) == 1:
            drawn = [Content.assemble(drawn[0], (f" · {HINT}", MUTED))]
        self.update(Content("\n").join(drawn))
