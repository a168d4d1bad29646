"""How alike two vectors are, without numpy."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from functools import lru_cache
from math import dist


def cosine(left: bytes, right: bytes) -> float:
    """Of two normalised little-endian float32 vectors, whose distance says it: that is the
    quickest way without numpy, and a handful of them is not worth the tenth of a second that
    importing numpy takes."""
    if len(left) != len(right):
        raise ValueError(f"vectors of {len(left)} and {len(right)} bytes do not compare")
    return 1.0 - dist(_numbers(left), _numbers(right)) ** 2 / 2


def cosines(vector: bytes, others: Mapping[str, bytes]) -> dict[str, float]:
    """Of one vector and the nearest of each of the others, which may be several of its length,
    one behind the other."""
    size = len(vector)
    return {
        name: max(cosine(vector, other[at : at + size]) for at in range(0, len(other), size))
        for name, other in others.items()
    }


@lru_cache(maxsize=256)
def _numbers(vector: bytes) -> tuple[float, ...]:
    """Kept for a while: a search compares the same vectors with each other again and again."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers.tolist())
