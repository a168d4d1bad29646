"""What filters take: 10 kB of text against 100,000 words, as a multiple of what 1,000 take.

python benchmarks/filters.py
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from chatui.jobs.filters.detectors import DETECTORS
from chatui.jobs.filters.filters import Filter, find_all
from chatui.jobs.filters.words import WordList

LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
BYTES = 10_000
REPEATS = 50


def word(at_random: random.Random, least: int, most: int) -> str:
    return "".join(at_random.choices(LETTERS, range(26, 0, -1), k=at_random.randint(least, most)))


def milliseconds(work: Callable[[], object]) -> float:
    """The least of several, so that what else the machine does counts little."""
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken) * 1000


def main() -> None:
    at_random = random.Random(1)
    vocabulary = [word(at_random, 2, 9) for _ in range(3000)]
    chinese = "".join(chr(at_random.randint(0x4E00, 0x9FA5)) for _ in range(BYTES // 3))
    english = " ".join(at_random.choices(vocabulary, k=BYTES))[:BYTES]
    texts = {
        "English": english,
        "French": english.replace("e", "é", len(english) // 100),
        "Chinese": chinese,
    }
    lists = {
        size: sorted({word(at_random, 5, 12) for _ in range(size)}) for size in (1000, 100_000)
    }
    filters = {size: Filter(name="w", words=WordList(words)) for size, words in lists.items()}
    for each in filters.values():
        begun = time.perf_counter()
        assert each.words is not None
        each.words.prepare()
        sys.stdout.write(
            f"{len(each.words.words):7,} words prepared in {time.perf_counter() - begun:.2f} s\n"
        )
    detectors = Filter(name="d", detect=tuple(DETECTORS))
    for name, text in texts.items():
        took = {size: milliseconds(lambda e=each, t=text: find_all(t, [e]))  # type: ignore[misc]
                for size, each in filters.items()}  # fmt: skip
        by_form = milliseconds(lambda t=text: find_all(t, [detectors]))  # type: ignore[misc]
        sys.stdout.write(
            f"{name:8} 10 kB: {took[100_000]:.2f} ms with 100,000 words, "
            f"{took[100_000] / took[1000]:.1f} x 1,000 words; all detectors {by_form:.2f} ms\n"
        )


if __name__ == "__main__":
    main()
