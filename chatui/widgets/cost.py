"""What a conversation cost, over the whole screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widgets import Static

from chatui.cost.account import Account
from chatui.cost.stats.account_sheet import account_sheet
from chatui.widgets.details import Details
from chatui.widgets.drawn import border_text, keys_within
from chatui.widgets.stats import content

WIDEST = 120
NARROWEST = 30
EDGES = 7
"""Cells that border, padding and scrollbar take of a line."""


class CostScreen(Details):
    DEFAULT_CSS = """
    CostScreen > VerticalScroll { width: 100%; max-width: 120; height: auto; max-height: 100%; }
    CostScreen Static { max-width: 120; }
    """

    def __init__(self, account: Account) -> None:
        super().__init__("Cost", ())
        self._account = account

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Cost"
            keys = keys_within("/cost MODEL… compares · Esc close", self.app.size.width)
            box.border_subtitle = border_text(keys)
            yield Static(markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(NARROWEST, min(WIDEST, self.size.width) - EDGES)
        self.query_one(Static).update(content(account_sheet(self._account, width)))
