"""A box over the chat that scrolls when it is longer than the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, ScreenResultType

from chatui.widgets.quiet import scroll_bar


class ScrolledBox(ModalScreen[ScreenResultType]):
    """What is in the box stands in a VerticalScroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll('down')", show=False),
        Binding("k,up", "scroll('up')", show=False),
        Binding("pagedown,space", "scroll('page_down')", show=False),
        Binding("pageup", "scroll('page_up')", show=False),
        Binding("home,g", "scroll('home')", show=False),
        Binding("end,G", "scroll('end')", show=False),
    ]
    DEFAULT_CSS = f"""
    ScrolledBox {{ align: center middle; background: $background 60%; }}
    ScrolledBox > VerticalScroll {{
        padding: 0 2; border: round $primary; background: $surface;
        border-title-color: $primary; border-subtitle-color: $text-muted;
        {scroll_bar("$surface")}
    }}
    """

    def action_scroll(self, how: str) -> None:
        getattr(self.query_one(VerticalScroll), f"scroll_{how}")(animate=False)
