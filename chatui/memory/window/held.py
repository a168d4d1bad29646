"""What the mark of the last prompt means among the turns that there are now."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.memory.records import StoredTurn, WindowMark
from chatui.memory.window.window import Held


def held_by(mark: WindowMark | None, past: Sequence[StoredTurn]) -> Held | None:
    if mark is None:
        return None
    places = {stored.id: place for place, stored in enumerate(past)}
    return Held(places.get(mark.start, 0), mark.cap or None, mark.turns, mark.summary)


def pinned_places(mark: WindowMark | None, past: Sequence[StoredTurn]) -> set[int]:
    """Where those turns stand that the last prompt held because they were pinned."""
    pinned = set(mark.pinned) if mark else set()
    return {place for place, stored in enumerate(past) if stored.id in pinned}
