"""What is missing in a file that was read in part, in words. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from chatui.retrieval.chunking.document import Lack

MOST_RUNS = 6
"""Of pages that are named; of a long scan with a few good pages no one reads more."""


def in_words(lacks: Sequence[Lack]) -> str:
    """All lacks in one clause: "page 3: it could not be loaded; pages 5–9: …"; "" for none."""
    return "; ".join(
        f"{pages_in_words(lack.pages)}: {lack.reason}" if lack.pages else lack.reason
        for lack in lacks
    )


def pages_in_words(pages: Sequence[int], kind: str = "page") -> str:
    """ "page 3", "slides 2–4, 7"."""
    runs = [f"{first}" if first == last else f"{first}–{last}" for first, last in _runs(pages)]
    named = ", ".join(runs[:MOST_RUNS]) + (" …" if len(runs) > MOST_RUNS else "")
    return f"{kind} {named}" if len(pages) == 1 else f"{kind}s {named}"


def _runs(pages: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of pages that follow each other."""
    for _, run in groupby(enumerate(pages), key=lambda numbered: numbered[1] - numbered[0]):
        numbers = [page for _, page in run]
        yield numbers[0], numbers[-1]
