"""Which units go together in a chunk: the cheapest cut of the whole document.

Every possible chunk has a cost and dynamic programming finds the row of chunks with the
least sum, as a typesetter breaks a paragraph into lines. The costs are weighed so that
chunks are well filled, begin at strong borders and do not mix sections, so that a passage's
heading is its own. Only a row of sections of a few words each shares a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatui.retrieval.chunking.structure import Gap, Unit

_CUT_COST = {
    Gap.WORD: 2.0,
    Gap.SENTENCE: 0.3,
    Gap.BLOCK: 0.0,
    Gap.HEADING: 0.0,
    Gap.PAGE: 0.0,
}
_MIXED_SECTIONS = 0.98
"""Two sections that fill the shares f and g of the room are mixed below f * g = (1 - cost) / 2:
a tenth of the room each."""
_STRANDED_HEADING = 10.0


def pack(units: Sequence[Unit], rooms: Sequence[int]) -> list[tuple[int, int]]:
    """Chunks as index ranges `[first, behind_last)` over the units, in order, gapless.

    `rooms[i]` is the most tokens that a chunk with unit i may hold. It is kept by every
    chunk of two units or more. No chunk reaches over a page border, and none ends with a
    heading unless that heading is the last unit of its page or fills a chunk by itself.
    """
    best = [0.0]
    cut_at = [0]
    for end in range(1, len(units) + 1):
        cost, start = _best_chunk(units, rooms, best, end)
        best.append(cost)
        cut_at.append(start)
    chunks: list[tuple[int, int]] = []
    end = len(units)
    while end:
        chunks.append((cut_at[end], end))
        end = cut_at[end]
    return chunks[::-1]


def _best_chunk(
    units: Sequence[Unit], rooms: Sequence[int], best: Sequence[float], end: int
) -> tuple[float, int]:
    """The least cost of cutting `units[:end]`, and where its last chunk begins."""
    found = (float("inf"), end - 1)
    filled, mixed, room = 0, 0.0, rooms[end - 1]
    stranded = _STRANDED_HEADING if _is_stranded(units, end) else 0.0
    for start in range(end - 1, -1, -1):
        unit = units[start]
        filled += unit.size
        room = min(room, rooms[start])
        if filled > room and start < end - 1:
            break
        empty = max(0.0, 1 - filled / room)
        cost = best[start] + empty * empty + mixed + stranded + _CUT_COST[unit.gap]
        found = min(found, (cost, start))
        if unit.gap is Gap.PAGE:
            break
        # A heading and the heading right below it belong together.
        if unit.gap is Gap.HEADING and start and not units[start - 1].is_heading:
            mixed += _MIXED_SECTIONS
    return found


def _is_stranded(units: Sequence[Unit], end: int) -> bool:
    return units[end - 1].is_heading and end < len(units) and units[end].gap is not Gap.PAGE
