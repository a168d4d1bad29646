"""Which turns of a conversation are on screen: a window over their indexes, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnWindow:
    """Turns `first` up to, not including, `last` of `total` are mounted."""

    total: int
    first: int
    last: int

    @staticmethod
    def newest(total: int, count: int) -> TurnWindow:
        return TurnWindow(total, max(0, total - count), total)

    @staticmethod
    def oldest(total: int, count: int) -> TurnWindow:
        return TurnWindow(total, 0, min(total, count))

    @staticmethod
    def around(total: int, index: int, count: int) -> TurnWindow:
        """`count` turns with that one in their midst, as far as there are turns around it."""
        first = max(0, min(index - count // 2, total - count))
        return TurnWindow(total, first, min(total, first + count))

    @property
    def size(self) -> int:
        return self.last - self.first

    @property
    def has_older(self) -> bool:
        return self.first > 0

    @property
    def has_newer(self) -> bool:
        return self.last < self.total

    def with_older(self, step: int, most: int) -> TurnWindow:
        """Up to `step` turns more at the top; the bottom gives up what exceeds `most`."""
        first = max(0, self.first - step)
        return TurnWindow(self.total, first, min(self.last, first + most))

    def with_newer(self, step: int, most: int) -> TurnWindow:
        """Up to `step` turns more at the bottom; the top gives up what exceeds `most`."""
        last = min(self.total, self.last + step)
        return TurnWindow(self.total, max(self.first, last - most), last)

    def with_one_more(self) -> TurnWindow:
        """A turn was added at the end, which the window shows."""
        return TurnWindow(self.total + 1, self.first, self.total + 1)
