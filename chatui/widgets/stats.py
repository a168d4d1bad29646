"""The statistics over the chat: plots, a table, and keys that look at them otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from chatui.cost.stats.plots import Ink, Line
from chatui.cost.stats.sheet import sheet
from chatui.cost.stats.values import GROUPINGS, Grouping, Stats
from chatui.widgets.drawn import border_text, keys_within
from chatui.widgets.scrolled_box import ScrolledBox

SPANS = (7, 30, 90, 365, 0)
"""Days, 0 for all, that the keys go through."""

HINT = "Tab day/model/chat/profile · +/- days · F5 CSV · Esc close"
NARROWEST = 30
EDGES = 7
"""Cells that border, padding and scrollbar take of a line."""

STYLES: dict[Ink, str] = {
    "title": "bold $primary",
    "muted": "$foreground 65%",
    "first": "$primary",
    "second": "$accent",
    "third": "$success",
}


class StatsScreen(ScrolledBox[None]):
    """Asks by message for other figures, or for a file of them; whoever answers shows the new
    ones with `show_stats`, or a sentence with `say`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "dismiss", "Close"),
        Binding("tab,right", "turn(1)", "Next grouping"),
        Binding("shift+tab,left", "turn(-1)", "Grouping before"),
        Binding("plus,equals_sign", "span(1)", "More days"),
        Binding("minus", "span(-1)", "Fewer days"),
        Binding("f5", "export", "Write CSV"),
    ]
    DEFAULT_CSS = """
    StatsScreen > VerticalScroll { width: 100%; max-width: 130; height: auto; max-height: 100%; }
    StatsScreen > VerticalScroll.-nothing { width: auto; }
    StatsScreen Static { width: auto; height: auto; max-width: 100%; }
    """

    @dataclass
    class Wanted(Message):
        by: Grouping
        days: int

    @dataclass
    class ExportWanted(Message):
        by: Grouping
        days: int

    def __init__(self, stats: Stats) -> None:
        super().__init__()
        self._stats = stats

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_subtitle = border_text(keys_within(HINT, self.app.size.width))
            yield Static(markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self.say("")
        self._draw()

    def show_stats(self, stats: Stats) -> None:
        """May come when the screen has gone."""
        self._stats = stats
        if self.is_attached:
            self.say("")
            self._draw()

    def say(self, text: str) -> None:
        if self.is_attached:
            self.query_one(VerticalScroll).border_subtitle = border_text(
                text or keys_within(HINT, self.app.size.width)
            )

    def _draw(self) -> None:
        box = self.query_one(VerticalScroll)
        box.set_class(not self._stats.total.calls, "-nothing")
        width = min(130, self.size.width) - EDGES
        # Two rows of plots below the totals, when the screen is not too low for them.
        height = max(4, min(8, (self.size.height - 12) // 2 // 2 * 2))
        box.border_title = border_text(f"Statistics by {self._stats.by}")
        box.query_one(Static).update(content(sheet(self._stats, max(NARROWEST, width), height)))

    def action_turn(self, step: int) -> None:
        at = (GROUPINGS.index(self._stats.by) + step) % len(GROUPINGS)
        self.post_message(self.Wanted(GROUPINGS[at], self._stats.days))

    def action_span(self, step: int) -> None:
        self.post_message(self.Wanted(self._stats.by, next_span(self._stats.days, step)))

    def action_export(self) -> None:
        self.post_message(self.ExportWanted(self._stats.by, self._stats.days))


def next_span(days: int, step: int) -> int:
    """The next longer or shorter of the spans; all (0) is the longest."""
    if step > 0:
        return next((span for span in SPANS if span == 0 or span > days), 0) if days else 0
    return next((span for span in SPANS[::-1] if span and (span < days or not days)), SPANS[0])


def content(lines: Sequence[Line]) -> Content:
    return Content("\n").join(
        Content.assemble(
            *(
                (
                    span.text,
                    f"{STYLES.get(span.ink, '')} on {STYLES[span.under]}"
                    if span.under
                    else STYLES.get(span.ink, ""),
                )
                for span in line
            )
        )
        for line in lines
    )
