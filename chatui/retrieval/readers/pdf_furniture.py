"""Running heads, feet and page numbers: lines that stand at the edge of page after page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

EDGE_LINES = 2
"""From the top, and from the bottom."""
FEWEST_PAGES = 3
SHARE = 0.3
"""Of the pages; left and right pages often have heads of their own."""
LONGEST = 80
"""Characters; a longer line is part of a paragraph."""

_NUMBER = re.compile(r"\d+|\b[ivxlc]{1,7}\b", re.IGNORECASE)


def without_furniture(pages: Sequence[str]) -> list[str]:
    """The pages without those lines. A page that has no others keeps them."""
    edges: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        lines = _lines(page)
        edges.update({(True, _pattern(lines[at])) for at in _edge(len(lines), top=True)})
        edges.update({(False, _pattern(lines[at])) for at in _edge(len(lines), top=False)})
    least = max(FEWEST_PAGES, SHARE * len(pages))
    repeated = {key for key, count in edges.items() if count >= least and key[1]}
    return [_stripped(page, repeated) for page in pages] if repeated else list(pages)


def _stripped(page: str, repeated: set[tuple[bool, str]]) -> str:
    lines = _lines(page)
    first, last = 0, len(lines)
    for at in _edge(len(lines), top=True):
        if at == first and (True, _pattern(lines[at])) in repeated:
            first = at + 1
    for at in _edge(len(lines), top=False):
        if at == last - 1 and (False, _pattern(lines[at])) in repeated:
            last = at
    return "\n".join(lines[first:last]) if first < last else page


def _lines(page: str) -> list[str]:
    return page.strip("\n").split("\n") if page.strip() else []


def _edge(count: int, *, top: bool) -> Sequence[int]:
    deep = min(EDGE_LINES, count)
    return range(deep) if top else range(count - 1, count - 1 - deep, -1)


def _pattern(line: str) -> str:
    """The line with its numbers taken for equal; "" for one that is no such line."""
    bare = " ".join(line.split())
    return _NUMBER.sub("#", bare).lower() if 0 < len(bare) <= LONGEST else ""
