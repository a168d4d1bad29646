"""Which units go together in a chunk: the cheapest cut of the whole document.

Every possible chunk has a cost and dynamic programming finds the row of chunks with the
least sum, as a typesetter breaks a paragraph into lines. The costs are weighed so that
chunks are well filled, begin at strong borders and do not mix sections, so that a passage's
heading is its own. Only a row of sections of a few words each shares a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from chatui.retrieval.chunking.structure import Gap, Unit

_CUT_COST = {
    Gap.WORD: 2.0,
    Gap.SENTENCE: 0.3,
    Gap.BLOCK: 0.0,
    Gap.HEADING: 0.0,
    Gap.PAGE: 0.0,
}
SMALL_SECTION = 0.1
"""Share of the room: two sections of less than that share a chunk."""
_STRANDED_HEADING = 10.0


STRETCH = 4096
"""Units of a page that are cut together."""
MOST_UNITS = 20
"""In a chunk behind the first stretch of a page: each is weighed against so many others, and
where they are a word or two it is a document of a hundred thousand headings."""
AHEAD = 1024
"""Units that are looked at beyond, so that a cut there is as good as any other."""


def rows(
    units: Iterable[Unit], room: Callable[[Unit], int], small: float = SMALL_SECTION
) -> Iterator[list[Unit]]:
    """The units of each chunk, in order; all of them are in one. `room` is the most that a chunk
    with the unit may hold, by the measure of the units, and `small` the share of it below which
    sections are mixed.

    A page is cut as a whole, and one of more than STRETCH units stretch by stretch.
    """
    held: list[Unit] = []
    rooms: list[int] = []
    most = STRETCH + AHEAD
    for unit in units:
        if unit.gap is Gap.PAGE or len(held) == STRETCH + AHEAD:
            whole = unit.gap is Gap.PAGE
            cuts = pack(held, rooms, most, small)
            most = STRETCH + AHEAD if whole else MOST_UNITS
            done = cuts if whole else [cut for cut in cuts if cut[1] <= STRETCH] or cuts[:1]
            yield from (held[first:last] for first, last in done)
            behind = done[-1][1] if done else 0
            held, rooms = held[behind:], rooms[behind:]
        held.append(unit)
        rooms.append(room(unit))
    yield from (held[first:last] for first, last in pack(held, rooms, most, small))


def pack(
    units: Sequence[Unit], rooms: Sequence[int], most: int, small: float = SMALL_SECTION
) -> list[tuple[int, int]]:
    """Chunks as index ranges `[first, behind_last)` over the units, in order, gapless.

    `rooms[i]` is the most that a chunk with unit i may hold. It is kept by every
    chunk of two units or more, and none has more than `most` units. No chunk reaches over a page
    border, and none ends with a heading unless that heading is the last unit of its page or fills
    a chunk by itself.
    """
    sizes = [unit.size for unit in units]
    cuts = [_CUT_COST[unit.gap] for unit in units]
    pages = [unit.gap is Gap.PAGE for unit in units]
    # Two sections that fill the shares f and g are mixed below f * g = (1 - cost) / 2.
    cost_of_mixing = 1 - 2 * small**2
    mixes = [cost_of_mixing * _opens(units, start) for start in range(len(units))]
    best = [0.0]
    cut_at = [0]
    for end in range(1, len(units) + 1):
        stranded = _STRANDED_HEADING if _is_stranded(units, end) else 0.0
        least, at = float("inf"), end - 1
        filled, mixed, room = 0, 0.0, rooms[end - 1]
        for start in range(end - 1, max(0, end - most) - 1, -1):
            filled += sizes[start]
            room = rooms[start] if rooms[start] < room else room
            if filled > room and start < end - 1:
                break
            # Functions are not called in here: this is gone through for every possible chunk.
            empty = 1 - filled / room if filled < room else 0.0
            cost = best[start] + empty * empty + mixed + stranded + cuts[start]
            if cost <= least:
                least, at = cost, start
            if pages[start]:
                break
            mixed += mixes[start]
        best.append(least)
        cut_at.append(at)
    chunks: list[tuple[int, int]] = []
    end = len(units)
    while end:
        chunks.append((cut_at[end], end))
        end = cut_at[end]
    return chunks[::-1]


def _opens(units: Sequence[Unit], start: int) -> bool:
    """Whether a chunk that begins before this unit and goes on behind it mixes sections."""
    # A heading and the heading right below it belong together.
    return units[start].gap is Gap.HEADING and start > 0 and not units[start - 1].is_heading


def _is_stranded(units: Sequence[Unit], end: int) -> bool:
    return units[end - 1].is_heading and end < len(units) and units[end].gap is not Gap.PAGE
