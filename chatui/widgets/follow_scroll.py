"""A column that stays at its end while it grows, or keeps one child in place while others
come and go above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.layout import DockArrangeResult


class FollowScroll(VerticalScroll):
    """`Widget.anchor` also follows the end, but pushes a short text down to the bottom edge
    and can't hold a child; both are one decision, taken when the children are arranged."""

    # The column itself is an empty ground: nothing of it goes through the styles cache.
    BLANK = True

    _following = True
    _held: tuple[Widget, int] | None = None
    _sought: tuple[Widget, int] | None = None

    @property
    def following(self) -> bool:
        """Whether the end stays in sight when the content grows."""
        return self._following

    def follow(self) -> None:
        """Goes to the end and stays there until the user scrolls away."""
        self._following = True
        self._held = self._sought = None
        self.scroll_end(animate=False, immediate=True)
        self.follow_changed()

    def hold(self, child: Widget) -> None:
        """Keeps the child where it is on screen until `let_go`."""
        self._held = (child, child.virtual_region.y - self.scroll_offset.y)

    def seek(self, child: Widget, row: int) -> None:
        """Puts the child on that row of the screen, also when it has no place yet, and keeps
        it there until the user scrolls."""
        self._following = False
        self._sought = (child, row)
        self.refresh(layout=True)
        self.follow_changed()

    def let_go(self) -> None:
        self._held = None

    @property
    def holding(self) -> bool:
        return self._held is not None

    def follow_changed(self) -> None:
        """Called when `following` may have changed; for subclasses."""

    def release_anchor(self) -> None:
        # Textual calls this at every scroll that the user asks for.
        super().release_anchor()
        self._following = False
        self._sought = None
        self.call_after_refresh(self._look_for_end)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_for_end()

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Sets the scroll position before anything is drawn, so that nothing flickers."""
        result = super().arrange(size, optimal)
        end = result.total_region.bottom - size.height
        if (kept := self._held or self._sought) is not None:
            child, row = kept
            for placement in result.placements:
                if placement.widget is child:
                    wanted = placement.region.y - row
                    self._place(wanted if self._held else min(wanted, end))
                    if self._held is None and wanted >= end:
                        self._arrived_at_end()
        elif self._following:
            self._place(end)
        return result

    def _arrived_at_end(self) -> None:
        """What was sought is on the last screen: there is nothing below to go to."""
        self._sought = None
        self._following = True
        self.call_later(self.follow_changed)

    def _place(self, y: int) -> None:
        scroll_y = max(0, y)
        if scroll_y == self.scroll_y == self.scroll_target_y:
            return
        self.set_reactive(Widget.scroll_y, scroll_y)
        self.set_reactive(Widget.scroll_target_y, scroll_y)
        self.vertical_scrollbar.position = scroll_y

    def _look_for_end(self) -> None:
        end = self.max_scroll_y
        if self._sought is None and self.scroll_y >= end and self.scroll_target_y >= end:
            self._following = True
        self.follow_changed()
