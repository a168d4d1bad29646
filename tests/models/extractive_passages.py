"""Passages made by hand, for the tests of the built-in model."""

from __future__ import annotations

from collections.abc import Sequence

from chatui.domain.passage import Passage
from chatui.models.extractive.scoring import Quotable, candidates


def passage(text: str, rank: int = 1, **fields: object) -> Passage:
    values: dict[str, object] = {
        "rank": rank,
        "score": 1 / rank,
        "source": "guide.md",
        "path": "/docs/guide.md",
        "title": "",
        "heading": "",
        "page": None,
        "char_start": 0,
        "char_end": len(text),
        "line_start": 1,
        "line_end": 1 + text.count("\n"),
        "text": text,
        "collection": "default",
        "chunk_id": str(rank),
    }
    return Passage(**{**values, **fields})  # type: ignore[arg-type]


def passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(passage(text, rank) for rank, text in enumerate(texts, start=1))


def pieces_of(given: Sequence[Passage]) -> list[Quotable]:
    return [piece for n, one in enumerate(given, start=1) for piece in candidates(n, one)]
