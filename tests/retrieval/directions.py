"""Vectors for tests of indexes: random directions, the same for the same seed."""

from __future__ import annotations

import random
import struct

DIMENSIONS = 16


def vector(seed: int, dimensions: int = DIMENSIONS) -> bytes:
    source = random.Random(seed)
    numbers = [source.gauss(0, 1) for _ in range(dimensions)]
    length = sum(number * number for number in numbers) ** 0.5
    return struct.pack(f"<{dimensions}f", *(number / length for number in numbers))


def cosine(first: bytes, second: bytes) -> float:
    pairs = zip(struct.iter_unpack("<f", first), struct.iter_unpack("<f", second), strict=True)
    return float(sum(a * b for (a,), (b,) in pairs))


def items(numbers: range) -> list[tuple[str, bytes]]:
    return [(f"chunk-{number}", vector(number)) for number in numbers]
