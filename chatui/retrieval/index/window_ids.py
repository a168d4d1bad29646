"""The vectors of a chunk's windows: how they are kept together, and what they are called in the
index. Pure.

The library keeps them one behind the other, by the chunk's text. The index takes them one by one,
under the chunk's id for the first and the id with a number for each further one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

MARK = "#"
"""Ids of chunks are hexadecimal."""


def window_ids(chunk_id: str, count: int) -> list[str]:
    """At least one."""
    return [chunk_id, *(f"{chunk_id}{MARK}{number}" for number in range(1, count))]


def chunk_of(window_id: str) -> str:
    return window_id.partition(MARK)[0]


def windows_held(chunk_id: str, places: Mapping[str, int]) -> list[int]:
    """Where the windows of a chunk are, as far as they follow each other."""
    if chunk_id not in places:
        return []
    found = [places[chunk_id]]
    for number in count(1):
        at = places.get(f"{chunk_id}{MARK}{number}")
        if at is None:
            break
        found.append(at)
    return found


def parted(vectors: bytes, size: int) -> list[bytes]:
    """The vectors of a chunk, each of `size` bytes."""
    return [vectors[at : at + size] for at in range(0, len(vectors), size)]


def named(items: Iterable[tuple[str, bytes]], size: int) -> list[tuple[str, bytes]]:
    """(window id, vector) of (chunk id, vectors)."""
    return [
        pair
        for chunk_id, vectors in items
        for pair in zip(
            window_ids(chunk_id, len(vectors) // size), parted(vectors, size), strict=True
        )
    ]


def best_of_chunks(windows: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The score of the best window by chunk id, in the order of the windows."""
    found: dict[str, float] = {}
    for window_id, score in windows:
        chunk_id = chunk_of(window_id)
        found[chunk_id] = max(score, found.get(chunk_id, score))
    return found
