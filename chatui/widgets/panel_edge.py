"""The edge of a panel, which the mouse drags to make it wider or narrower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.containers import Vertical

if TYPE_CHECKING:
    from textual import events

LEFT_BUTTON = 1
LEAST_COLUMNS = 30
"""Of a panel, and of what is beside it."""


class EdgedPanel(Vertical):
    """Its border towards the chat can be dragged. `columns_wanted` is told what it comes to, on the
    way as well, so that the panel follows the pointer."""

    # Where its own cells are, the border, a drag is no marking of text.
    ALLOW_SELECT = False
    edge: Literal["left", "right"] = "left"
    _dragged = False

    def columns_wanted(self, columns: int, *, done: bool) -> None:
        raise NotImplementedError

    def within_screen(self, columns: int) -> int:
        """As many of them as leave room for both."""
        most = max(LEAST_COLUMNS, self.app.size.width - LEAST_COLUMNS)
        return max(LEAST_COLUMNS, min(columns, most))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        at = self.region.x if self.edge == "left" else self.region.right - 1
        if event.button == LEFT_BUTTON and event.screen_x == at:
            self._dragged = True
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged:
            self.columns_wanted(self._columns_to(event.screen_x), done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragged:
            self._dragged = False
            self.release_mouse()
            self.columns_wanted(self._columns_to(event.screen_x), done=True)

    def _columns_to(self, x: int) -> int:
        columns = self.region.right - x if self.edge == "left" else x + 1 - self.region.x
        return self.within_screen(columns)
