"""In which order the shapes of a slide are read. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SAME = 0.5
"""Share of the smaller one that has to lie beside the other for both to be of one band."""


@dataclass(frozen=True, slots=True)
class Box:
    """A shape's place, in any unit; `down` grows towards the bottom."""

    left: float
    down: float
    width: float
    height: float


def reading_order(boxes: Sequence[Box | None]) -> list[int]:
    """The places in `boxes`, from top to bottom and within a band from left to right; a band of
    columns column by column. Shapes without a place come last, as they are."""
    placed = [at for at, box in enumerate(boxes) if box is not None]
    known = {at: box for at, box in enumerate(boxes) if box is not None}
    found: list[int] = []
    for band in _bands(placed, lambda at: (known[at].down, known[at].height)):
        for column in _bands(band, lambda at: (known[at].left, known[at].width)):
            found += sorted(column, key=lambda at: (known[at].down, known[at].left, at))
    return found + [at for at, box in enumerate(boxes) if box is None]


def _bands(places: Sequence[int], span: Callable[[int], tuple[float, float]]) -> list[list[int]]:
    """Those that lie beside each other together, along one axis."""
    bands: list[list[int]] = []
    begin = end = 0.0
    for at in sorted(places, key=lambda at: (span(at)[0], at)):
        start, size = span(at)
        overlap = min(end, start + size) - max(begin, start)
        smaller = min(end - begin, size)
        if bands and (overlap >= SAME * smaller and overlap >= 0 and smaller > 0):
            bands[-1].append(at)
            end = max(end, start + size)
        else:
            bands.append([at])
            begin, end = start, start + size
    return bands
