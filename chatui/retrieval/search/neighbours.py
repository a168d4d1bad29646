"""Widens what was found by the text around it. Pure functions.

A chunk is continued by the next one of its file where both have the same heading and page
and nothing but known blank characters lies between, so that the joined text is the
document's own, to the character.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chatui.retrieval.library.records import ChunkRow

_Place = tuple[int, int]
"""A file's id, and the chunk's place in that file."""


def joined(found: Sequence[ChunkRow], around: Iterable[ChunkRow], reach: int) -> list[ChunkRow]:
    """The found chunks, the best first, each with up to `reach` chunks before and behind it.

    Those that then overlap or touch become one, under the id of the best of them. `around`
    holds the found chunks once more, with their neighbours; one that is missing there (its
    file has changed since) stays as it is.
    """
    rows = {(row.file_id, row.place): row for row in around}
    places = {row.chunk_id: place for place, row in rows.items()}
    hits = [places[chunk.chunk_id] for chunk in found if chunk.chunk_id in places]
    wanted = {place: rows[place] for hit in hits for place in _run(rows, hit, reach)}
    taken: set[_Place] = set()
    widened = []
    for chunk in found:
        hit = places.get(chunk.chunk_id)
        if hit is None:
            widened.append(chunk)
        elif hit not in taken:
            run = _run(wanted, hit, len(wanted))
            taken.update(run)
            widened.append(_one(rows[hit], [rows[place] for place in run]))
    return widened


def _run(rows: Mapping[_Place, ChunkRow], hit: _Place, reach: int) -> list[_Place]:
    """The places of the chunks that belong together around that one, in reading order."""
    file_id, place = hit
    first = last = place
    while place - first < reach and _continues(rows, (file_id, first - 1)):
        first -= 1
    while last - place < reach and _continues(rows, (file_id, last)):
        last += 1
    return [(file_id, one) for one in range(first, last + 1)]


def _continues(rows: Mapping[_Place, ChunkRow], place: _Place) -> bool:
    """Whether the chunk at that place goes on in the next one."""
    left, right = rows.get(place), rows.get((place[0], place[1] + 1))
    if left is None or right is None or left.gap is None:
        return False
    return (left.heading, left.page, left.char_end + len(left.gap)) == (
        right.heading,
        right.page,
        right.char_start,
    )


def _one(hit: ChunkRow, run: Sequence[ChunkRow]) -> ChunkRow:
    text = "".join(row.text + (row.gap or "") for row in run[:-1]) + run[-1].text
    return replace(
        hit,
        text=text,
        char_start=run[0].char_start,
        char_end=run[-1].char_end,
        line_start=run[0].line_start,
        line_end=run[-1].line_end,
        gap=run[-1].gap,
    )
