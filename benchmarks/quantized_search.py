"""How long a question takes at vectors that are compared by their bits, and what it finds.

    python benchmarks/quantized_search.py [VECTORS ...]

Random directions of 384 components, and vectors of dense clusters. Prints for each number of
vectors the processor time (median of 40 questions, the nearest 50 asked for) beside that of
comparing all of them in full, and which share of the nearest ten is among what was found.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy

from chatui.retrieval.index.quantized import QuantizedVectors, _bits, normal

NUMBERS = (6_000, 60_000, 100_000)
DIMENSIONS, QUESTIONS, NEAREST = 384, 40, 50
CLUSTERS, SPREAD = 100, 0.02


def random_vectors(count: int, clusters: int) -> Any:
    draw = numpy.random.default_rng(1)
    away = draw.standard_normal((count, DIMENSIONS), dtype=numpy.float32)
    if not clusters:
        return normal(away)
    middles = normal(draw.standard_normal((clusters, DIMENSIONS), dtype=numpy.float32))
    return normal(middles[numpy.arange(count) % clusters] + SPREAD * away)


def milliseconds(ask: Callable[[Any], object], asked: Any) -> float:
    took = []
    for vector in asked:
        started = time.process_time()
        ask(vector)
        took.append((time.process_time() - started) * 1e3)
    return statistics.median(took)


def measure(count: int, clusters: int) -> None:
    rows = random_vectors(count, clusters)
    mean = rows.mean(axis=0)
    columns = numpy.ascontiguousarray(_bits(rows > mean).T)
    quantized = QuantizedVectors(
        tuple(map(str, range(count))), columns, mean, numpy.arange(count), rows
    )
    places = numpy.random.default_rng(2).integers(0, count, QUESTIONS)
    noise = numpy.random.default_rng(3).standard_normal((QUESTIONS, DIMENSIONS)) * SPREAD
    asked = normal(rows[places] + noise)
    quantized.nearest(asked[:2], NEAREST)
    ours = milliseconds(lambda vector: quantized.nearest(vector[None], NEAREST), asked)
    whole = milliseconds(lambda vector: numpy.argpartition(-(rows @ vector), NEAREST), asked)
    shares = []
    for vector, found in zip(asked, quantized.nearest(asked, NEAREST), strict=True):
        best = set(map(str, numpy.argsort(-(rows @ vector))[:10].tolist()))
        shares.append(len(best.intersection(id_ for id_, _ in found)) / 10)
    kind = f"{clusters} clusters" if clusters else "directions"
    print(
        f"{count:8,} {kind:14} {ours:6.2f} ms, in full {whole:6.2f} ms, ratio {ours / whole:.2f}, "
        f"{statistics.mean(shares):.0%} of the nearest ten",
        flush=True,
    )


def main() -> None:
    for count in map(int, sys.argv[1:] or NUMBERS):
        for clusters in (0, CLUSTERS):
            measure(count, clusters)


if __name__ == "__main__":
    main()
