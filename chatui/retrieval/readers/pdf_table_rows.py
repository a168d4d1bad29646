"""The rows of a table of figures on a PDF page as lines, `label | figure | figure`: each with all
lines of its label, and its figures under their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from chatui.retrieval.readers.pdf_cells import PdfCell, PdfLine, words
from chatui.retrieval.readers.pdf_layout import SAME_LINE

BETWEEN = " | "
SAME_LABEL = 2.5
"""Heights of a letter between two lines of one label."""
TIGHT = 0.9
"""Of the step from row to row: lines of one label are closer than that, where it can be told."""
_OPEN_END = re.compile(
    r"(?:,|\b(?:and|or|of|to|for|in|on|at|by|from|with|the|a|an|per|than|under|as|net|included|"
    r"including|less|und|oder|der|die|des|von|aus|für|mit|et|ou|de|du|des|y|o|e))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """`start` is where the signs before its figures begin, `edge` where most figures end, `count`
    how many there are."""

    start: float
    left: float
    right: float
    edge: float
    count: int


def overlap(cell: PdfCell, column: FigureColumn) -> float:
    return max(0.0, min(cell.right, column.right) - max(cell.left, column.left))


def rows_of(body: Sequence[PdfLine], columns: Sequence[FigureColumn], edge: float) -> Iterator[str]:
    """Each row as a line. `edge` is where the figures begin."""
    for label, cells in _whole_rows(body, edge):
        if not cells:
            yield label
            continue
        placed = [""] * len(columns)
        for cell in cells:
            at = max(
                range(len(columns)),
                key=lambda at: (
                    overlap(cell, columns[at]),
                    -abs(cell.left + cell.right - columns[at].left - columns[at].right),
                ),
            )
            placed[at] = f"{placed[at]} {cell.text}".strip()
        yield BETWEEN.join([label, *placed]).rstrip(" |").lstrip(" ")


@dataclass(slots=True)
class _TableRow:
    label: str
    cells: list[PdfCell]
    top: PdfLine
    last: PdfLine
    """The lowest line of its label."""


def _whole_rows(body: Sequence[PdfLine], edge: float) -> Iterator[tuple[str, Sequence[PdfCell]]]:
    """The rows, each with all lines of its label. `edge` is where the figures begin."""
    held: list[_TableRow] = []
    steps = [above.middle - below.middle for above, below in pairwise(body)]
    step = median(steps) if steps else 0.0
    for line in body:
        if line.label or not held:
            above = held[-1] if held else None
            if above and not (above.cells and line.cells) and _goes_on(above, line, edge, step):
                above.label = joined(above.label, line.label)
                above.cells += line.cells
                above.last = line
                continue
            held.append(_TableRow(line.label, list(line.cells), line, line))
            continue
        at = _label_beside(held, line)
        if at is None:
            held.append(_TableRow("", list(line.cells), line, line))
            continue
        for row in held[at + 1 :]:
            held[at].label = joined(held[at].label, row.label)
        held[at].cells += line.cells
        held[at].last = line
        del held[at + 1 :]
    return ((row.label, row.cells) for row in held)


def _label_beside(held: Sequence[_TableRow], line: PdfLine) -> int | None:
    """The row whose label the figures of a line without one stand beside."""
    for at in range(len(held) - 1, max(-1, len(held) - 4), -1):
        row = held[at]
        if row.cells:
            return None
        high = row.top.middle + SAME_LINE * row.top.height
        if row.last.middle - SAME_LINE * row.last.height <= line.middle <= high:
            return at
    return None


def _goes_on(row: _TableRow, line: PdfLine, edge: float, step: float) -> bool:
    """Whether the label of a line goes on with that of the row above. `step` is from row to row."""
    above, below = row.label, line.label
    away = row.last.middle - line.middle
    height = max(row.last.height, line.height)
    if not above or not below or above.endswith(":") or away > SAME_LABEL * height:
        return False
    if below[0].islower() or row.cells:
        return below[0].islower()
    if _OPEN_END.search(above) or above.count("(") > above.count(")"):
        return True
    first = words(line.pieces[0])[0]
    is_full = row.last.right + first.right - first.left > edge - height
    return away <= TIGHT * step and is_full


def joined(above: str, below: str) -> str:
    """The two lines of one label."""
    if above.endswith(("-", "\u2010", "\x02", "\ufffe")) and below[:1].islower():
        return above + below
    return f"{above} {below}"
