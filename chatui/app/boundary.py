"""Where in a conversation the prompt begins, as a value that is drawn between two turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.domain.boundary import Boundary

if TYPE_CHECKING:
    from chatui.app.turn_path import KeyedTurn
    from chatui.memory.records import Summary
    from chatui.memory.store.standing import Standing


def boundary_of(turns: Sequence[KeyedTurn], standing: Standing) -> Boundary | None:
    """The boundary in this path, oldest turn first; None when all are sent. A compact that
    awaits the next question wins over the prompt that was sent last."""
    places = {key: place for place, (key, _) in enumerate(turns)}
    mark, compact = standing.mark, standing.compact
    if compact is not None and places.get(compact.upto, len(turns)) + 1 < len(turns):
        pinned = [key for key, turn in turns if turn.pinned]
        return _boundary(places, places[compact.upto] + 1, pinned, compact, coming=True)
    if mark is None or not places.get(mark.start):
        return None
    return _boundary(places, places[mark.start], mark.pinned, standing.summary)


def _boundary(
    places: dict[str, int],
    start: int,
    pinned: Sequence[str],
    summary: Summary | None,
    *,
    coming: bool = False,
) -> Boundary | None:
    above = sum(places.get(each, start) < start for each in pinned)
    if above == start:
        return None
    told = min(places.get(summary.upto, -1) + 1, start) if summary else 0
    key = next(key for key, place in places.items() if place == start)
    return Boundary(key, start - above, above, told, coming)
