"""The meter: tokens, context, money and speed, always on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

if TYPE_CHECKING:
    from chatui.cost.reading import MeterReading


PADDING = 2
ONE_LINE = 158
"""Cells: those of a screen of 160 columns, less the padding."""


def lines_within(width: int) -> int:
    """How many lines the meter takes in so many cells."""
    return 1 if width >= ONE_LINE else 2


class MeterBar(Widget):
    """Two lines, or one where that holds all of it: their number goes by the screen's width alone.
    `show` draws another reading."""

    DEFAULT_CSS = """
    MeterBar {
        height: 2;
        padding: 0 1;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reading: MeterReading | None = None
        self._widths: dict[tuple[str, int], int] = {}

    @property
    def reading(self) -> MeterReading | None:
        """What is shown; None before the first reading."""
        return self._reading

    def show(self, reading: MeterReading) -> None:
        if self._reading is not None and reading.model != self._reading.model:
            self._widths = {}
        if reading != self._reading:
            self._reading = reading
            self.refresh()

    def on_resize(self, event: Resize) -> None:
        self.styles.height = lines_within(event.size.width - PADDING)

    def render(self) -> Content:
        if self._reading is None:
            return Content("")
        from chatui.widgets.meter_fields import meter_lines

        width = self.content_size.width
        lines = meter_lines(self._reading, width, self._widths, lines=lines_within(width))
        return Content("\n").join(lines)
