"""Tables of figures on a PDF page, found by where things stand: figures below each other in
columns, with labels left of them and names above.

Statements draw no rules. What tells a table is that line after line ends in figures that stand in
the same places. A row becomes a line, `label | figure | figure`; the rows of names above are put
together to one, and carried by every passage of the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from chatui.retrieval.readers.pdf_cells import (
    OPENERS,
    CellKind,
    PdfCell,
    PdfLine,
    kind_of_word,
    line_of,
    may_be_cell,
    words,
)
from chatui.retrieval.readers.pdf_layout import SAME_LINE, LetterRun
from chatui.retrieval.readers.pdf_table_heads import find_head
from chatui.retrieval.readers.pdf_table_rows import BETWEEN, FigureColumn, overlap, rows_of

FEWEST_ROWS = 3
MOST_LABELS = 6
"""Lines without figures that may stand between two rows."""
NEARBY = 8
"""Lines between a label and its figures, where a page is not written row by row."""
FARTHEST = 7.0
"""Heights of a letter between two lines of a table."""
WIDEST_LABEL = 0.75
"""Of the table's width: a line without figures that is wider is a paragraph's."""
MOST_COLUMNS = 60
"""No page has room for more; what has is a drawing."""
MOST_APART = 8
"""Page numbers and the like above and below a table."""
SHARE = 0.4
"""Of a table's lines: those that have figures."""
SPARSEST = 0.25
"""Of the places of rows and columns: those that are filled. Marks of a chart's axes fill few."""
SAME_EDGE = 0.6
"""Heights of a letter by which the right edges of two figures of a column may differ."""
_MONEY = re.compile(r"[$€£¥%]|\d,\d{3}|\d\.\d|\(\d|^[—–-]$")
_SUM = re.compile(r"[$€£¥%]|\d,\d{3}|\(\d|\d\.\d\d")
_NAMED = re.compile(r"[^\W\d_]{2}|(?:19|20)\d\d")
_WORD = re.compile(r"\w\w")
_LEADERS = re.compile(r"\.{4}|(?:\. ){4}|…{2}|_{4}")


@dataclass(frozen=True, slots=True)
class PdfTable:
    """A table in the pieces `[first:behind]` of a page.

    `caption` are the lines of its title, `rows` those of the table, of which the first one is
    `header` where `has_head`. `edges` are the right edges of its columns.
    """

    first: int
    behind: int
    caption: tuple[str, ...]
    rows: tuple[str, ...]
    header: str
    has_head: bool
    edges: tuple[float, ...]


def find_tables(pieces: Sequence[LetterRun]) -> list[PdfTable]:
    """The tables of figures on a page, whose pieces are in the order in which they are read."""
    if sum(map(may_be_cell, pieces)) < 2 * FEWEST_ROWS:
        return []
    lines = _beside_labels(list(_lines(pieces)))
    tables: list[PdfTable] = []
    taken = 0
    for first, behind in _blocks(lines):
        table = _table(lines, taken, first, behind)
        if table is not None:
            tables.append(table)
            taken = behind
    return tables


def _lines(pieces: Sequence[LetterRun]) -> Iterator[PdfLine]:
    held: list[LetterRun] = []
    first = 0
    for at, piece in enumerate(pieces):
        if held and not (held[-1].is_beside(piece) and held[-1].right < piece.left):
            yield line_of(first, held)
            first, held = at, []
        held.append(piece)
    if held:
        yield line_of(first, held)


def _beside_labels(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines, with figures that were written behind several labels each beside its own."""
    found: list[PdfLine] = []
    for line in lines:
        at = None if line.label else _label_of(found[-NEARBY:], line)
        if at is None:
            found.append(line)
            continue
        at += max(0, len(found) - NEARBY)
        label = found[at]
        found[at] = replace(
            label,
            behind=max(label.behind, line.behind),
            pieces=(*label.pieces, *line.pieces),
            cells=line.cells,
            right=line.right,
        )
    return found


def _label_of(above: Sequence[PdfLine], figures: PdfLine) -> int | None:
    for at, line in enumerate(above):
        apart = abs(line.middle - figures.middle)
        near = apart < SAME_LINE * max(line.height, figures.height)
        if near and not line.cells and line.right < figures.left:
            return at
    return None


def _blocks(lines: Sequence[PdfLine]) -> Iterator[tuple[int, int]]:
    """Runs of lines, as index ranges, that begin and end with a row of figures."""
    first: int | None = None
    last = 0
    edge = 0.0
    for at, line in enumerate(lines):
        if first is not None and _ends(lines, first, last, at, edge):
            yield first, last + 1
            first = None
        if not _is_row(line, inside=first is not None):
            continue
        if first is None:
            first, edge = at, line.figures[0].left
        edge = min(edge, line.figures[0].left)
        last = at
    if first is not None:
        yield first, last + 1


def _is_row(line: PdfLine, *, inside: bool) -> bool:
    figures = line.figures
    if not figures:
        return False
    return bool(line.label) or len(figures) > 1 or inside


def _ends(lines: Sequence[PdfLine], first: int, last: int, at: int, edge: float) -> bool:
    """Whether the table that began at `first` is over before the line `at`."""
    line, above = lines[at], lines[at - 1]
    if line.middle > above.middle + line.height or at - last > MOST_LABELS:
        return True
    if above.middle - line.middle > FARTHEST * max(line.height, above.height):
        return True
    if line.figures:
        return False
    body = lines[first : last + 1]
    left = min(one.left for one in body)
    if line.left > left + 2 * line.height and line.right > edge:
        return True
    if len(line.pieces) > 1:
        return _names_columns(line, max(len(one.cells) for one in body))
    right = max(one.right for one in body)
    return line.right > edge and line.right - line.left > WIDEST_LABEL * (right - left)


def _names_columns(line: PdfLine, most: int) -> bool:
    """Whether nothing but years and names stands in the columns, as below no other row."""
    dates = sum(cell.kind is CellKind.DATE for cell in line.cells)
    return (dates > 1 and dates * 2 >= len(line.cells)) or len(line.cells) >= max(2, most)


def _table(lines: Sequence[PdfLine], taken: int, first: int, behind: int) -> PdfTable | None:
    first, behind = _trimmed(lines, first, behind)
    first = _first_of_whole(lines, taken, first, behind)
    body = list(lines[first:behind])
    rows = [line for line in body if line.figures]
    columns = _columns(rows)
    if len(columns) > MOST_COLUMNS:
        return None
    if not _is_table(body, columns):
        return None
    body = [_with_split_label(line, columns) for line in body]
    if not _has_names_before(body, columns[0].left):
        body = [_with_whole_label(line, columns[0].left) for line in body]
    edge = columns[0].start
    columns = _with_names(body, columns)
    if len(columns) > MOST_COLUMNS:
        return None
    spans = [(column.start, column.right) for column in columns]
    label_left = min((line.left for line in body if line.label), default=float("-inf"))
    head = find_head(lines[taken:first], body[0], spans, label_left)
    header = BETWEEN.join([head.stub, *head.names]).rstrip(" |").lstrip() if head.names else ""
    if len(rows) < FEWEST_ROWS and not (head.names and all(map(_NAMED.search, head.names))):
        return None
    begin = taken + head.first
    if _first_of_whole(lines, taken, begin, behind) != begin:
        return None
    titles = [
        lines[at] for at in range(begin + len(head.captions), first) if at - taken not in head.lines
    ]
    written = tuple(rows_of([*titles, *body], columns, edge))
    return PdfTable(
        min(line.first for line in lines[begin:behind]),
        max(line.behind for line in lines[begin:behind]),
        head.captions,
        (header, *written) if header else written,
        header,
        bool(header),
        tuple(column.right for column in columns),
    )


def _first_of_whole(lines: Sequence[PdfLine], taken: int, first: int, behind: int) -> int:
    """The line from which on a table has to begin so that its pieces are a gapless run of the
    page's: those of a row may lie on both sides of another line."""
    while first > taken:
        run = lines[first:behind]
        begin, end = min(line.first for line in run), max(line.behind for line in run)
        if sum(len(line.pieces) for line in run) == end - begin:
            break
        first -= 1
    return first


def _trimmed(lines: Sequence[PdfLine], first: int, behind: int) -> tuple[int, int]:
    """Without page numbers and the like above and below: figures without a label that stand in no
    column."""
    for _ in range(MOST_APART):
        if behind - first < 2:
            break
        columns = _columns([line for line in lines[first:behind] if line.figures])
        if _stands_apart(lines[behind - 1], columns):
            behind -= 1
            while not lines[behind - 1].figures:
                behind -= 1
        elif _stands_apart(lines[first], columns):
            first += 1
            while not lines[first].figures:
                first += 1
        else:
            break
    return first, behind


def _stands_apart(line: PdfLine, columns: Sequence[FigureColumn]) -> bool:
    return not line.label and not any(
        overlap(cell, column) for cell in line.cells for column in columns if column.count > 1
    )


def _columns(rows: Sequence[PdfLine]) -> list[FigureColumn]:
    """Where figures stand below each other, from left to right."""
    cells = sorted(
        ((cell, at) for at, row in enumerate(rows) for cell in row.figures),
        key=lambda one: one[0].left,
    )
    groups: list[list[tuple[PdfCell, int]]] = []
    right = 0.0
    for cell, at in cells:
        if groups and cell.left < right:
            groups[-1].append((cell, at))
        else:
            groups.append([(cell, at)])
            right = cell.right
        right = max(right, cell.right)
    found = [column for group in groups for column in _parted(group)]
    return sorted(found, key=lambda column: column.right)


def _parted(group: Sequence[tuple[PdfCell, int]]) -> Iterator[FigureColumn]:
    """The columns of figures that reach into each other: as many as one row has of them."""
    count = max(Counter(at for _, at in group).values())
    cells = sorted((cell for cell, _ in group), key=lambda cell: cell.right)
    gaps = sorted(range(1, len(cells)), key=lambda at: cells[at - 1].right - cells[at].right)[
        : count - 1
    ]
    cuts = [0, *sorted(gaps), len(cells)]
    for first, behind in pairwise(cuts):
        part = cells[first:behind]
        yield FigureColumn(
            min(cell.start for cell in part),
            min(cell.left for cell in part),
            max(cell.right for cell in part),
            median(cell.right for cell in part),
            len(part),
        )


def _is_table(body: Sequence[PdfLine], columns: Sequence[FigureColumn]) -> bool:
    rows = [line for line in body if line.figures]
    labels = [line.label for line in rows if line.label]
    figures = [cell for line in rows for cell in line.figures]
    filled = len(figures) / (len(rows) * len(columns))
    if (
        len(rows) < SHARE * len(body)
        or any(map(_LEADERS.search, labels))
        or len(figures) * 3 < sum(len(line.cells) for line in rows)
        or sum(bool(_WORD.search(label)) for label in labels) * 2 < len(labels)
        or filled < SPARSEST * (1 if len(labels) * 2 >= len(rows) else 2)
    ):
        return False
    return _is_firm(rows, columns, figures, labelled=len(labels) * 3 >= len(rows) * 2)


def _is_firm(
    rows: Sequence[PdfLine],
    columns: Sequence[FigureColumn],
    figures: Sequence[PdfCell],
    *,
    labelled: bool,
) -> bool:
    """Whether the figures are such that they are no chance: the fewer, the more like sums."""
    firm = sum(column.count > 1 for column in columns)
    wide = sum(len(line.figures) > 1 for line in rows)
    money = sum(bool(_MONEY.search(cell.text)) for cell in figures)
    if len(rows) < FEWEST_ROWS:
        least = len(figures) / len(rows)
        return len(columns) > 1 and wide == len(rows) and money >= least
    if firm > 1 and wide > 1:
        return True
    has_sum = any(_SUM.search(cell.text) for cell in figures)
    return labelled and money * 2 > len(figures) and has_sum


def _with_split_label(line: PdfLine, columns: Sequence[FigureColumn]) -> PdfLine:
    """The line, with figures that a label runs up to as cells of their own."""
    first = line.pieces[0]
    if not line.label or not may_be_cell(first):
        return line
    found = words(first)
    cells: list[PdfCell] = []
    while len(found) > 1 and kind_of_word(found[-1].text) is CellKind.FIGURE:
        last = found[-1]
        fits = [
            column
            for column in columns
            if abs(column.edge - last.right) < SAME_EDGE * last.height
            and not any(overlap(cell, column) for cell in (*line.cells, *cells))
        ]
        if not fits:
            break
        found.pop()
        opened = found.pop().text if len(found) > 1 and found[-1].text in OPENERS else ""
        text, left, right = opened + last.text, last.left, last.right
        cells.insert(0, PdfCell(text, left, right, CellKind.FIGURE, left))
    if not cells:
        return line
    label = " ".join(word.text for word in found)
    return replace(line, label=label, cells=(*cells, *line.cells))


def _with_names(body: Sequence[PdfLine], columns: Sequence[FigureColumn]) -> list[FigureColumn]:
    """The columns, and those between them in which words or days stand."""
    names = sorted(
        (
            cell
            for line in body
            for cell in line.cells
            if cell.kind is not CellKind.FIGURE
            and not any(overlap(cell, column) for column in columns)
        ),
        key=lambda cell: cell.left,
    )
    found: list[FigureColumn] = []
    for cell in names:
        if found and cell.left < found[-1].right:
            right = max(cell.right, found[-1].right)
            left, count = found[-1].left, found[-1].count + 1
            found[-1] = FigureColumn(left, left, right, right, count)
        else:
            found.append(FigureColumn(cell.left, cell.left, cell.right, cell.right, 1))
    return sorted((*columns, *found), key=lambda column: column.left + column.right)


def _has_names_before(body: Sequence[PdfLine], left: float) -> bool:
    """Whether a column of words stands between the labels and the figures, in most rows."""
    rows = [line for line in body if line.label and line.figures]
    return sum(line.cells[0].right < left for line in rows) * 2 > len(rows)


def _with_whole_label(line: PdfLine, left: float) -> PdfLine:
    """The line, with words that stand between a label and the figures as the label's."""
    label, cells = line.label, list(line.cells)
    while label and cells and cells[0].kind is CellKind.NAME and cells[0].right < left:
        label = f"{label} {cells.pop(0).text}"
    return line if label == line.label else replace(line, label=label, cells=tuple(cells))
