"""What is missing in files that were read in part, as the JSON of their column."""

from __future__ import annotations

import json
from collections.abc import Sequence

from chatui.retrieval.chunking.document import Lack


def to_column(lacks: Sequence[Lack]) -> str:
    if not lacks:
        return ""
    rows = [{"reason": lack.reason, "pages": lack.pages} for lack in lacks]
    return json.dumps(rows, ensure_ascii=False)


def from_column(text: str) -> tuple[Lack, ...]:
    """None for what no chatui has written: a poisoned cell costs that cell."""
    try:
        return tuple(Lack(str(row["reason"]), _pages(row["pages"])) for row in json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def _pages(numbers: Sequence[object]) -> tuple[int, ...]:
    return tuple(number for number in numbers if isinstance(number, int))
