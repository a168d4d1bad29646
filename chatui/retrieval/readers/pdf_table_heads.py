"""The head of a table on a PDF page: what its columns are called, in one row or several.

A name of a group stands above several columns ("Years ended December 31," over three years) and
becomes a part of the name of each; one above all columns, and what stands above the labels ("(in
millions)"), becomes the name of the column of labels. The lines above are the table's title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from chatui.retrieval.readers.pdf_cells import CellKind, PdfLine, kind_of_word, words
from chatui.retrieval.readers.pdf_layout import HEIGHT, SAME_LINE, LetterRun

FARTHEST_HEAD = 4.5
"""Heights of a letter from one line of a head to the next."""
FARTHEST_CAPTION = 6.0
MOST_HEAD_LINES = 120
MOST_CAPTIONS = 3
MOST_LABELS = 3
"""Titles of the first part of a table, between its head and its first row."""
LONGEST_CAPTION = 100
LONGEST_NAME = 80
WIDE = 0.9
ONE_NAME = 1.85
"""Heights of a letter between two lines of one name; a group stands further above its names."""
TOUCHING = 0.2
"""Heights of a letter between two pieces of one word."""
LEFT_OVER = 0.3
"""Of the way from column to column: what it costs to leave one without a name."""
LEAST_PITCH = 15
"""Of a table with one column, in heights of a small letter."""

_UNITS = re.compile(
    r"\(.{0,200}\)$|(?!.*[:;.]$).{0,60}\b(?:ended|ending|december|june|march|september|january|millions|"
    r"thousands|billions|except|percent|fiscal|in (?:mio|tsd|teur|mn)\b|mio|as of|at)\b.{0,80}$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\(.{0,60}\b(?:in|of|unaudited|audited|restated|thousands|millions|billions|percent|mio|teur)\b"
    r".{0,80}\)",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"\b(?:ended|ending|months?|years?|weeks?|quarters?|fiscal|as of|at|december|june|march|"
    r"september|january)\b",
    re.IGNORECASE,
)
_DAY = re.compile(r"^[^\W\d_]+\.? \d{1,2},?$")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_ENDS = re.compile(r"[.;:]$")
_ABBREVIATED = re.compile(r"\b(?:inc|co|corp|ltd|plc|s\.a|n\.v|l\.p)\.$", re.IGNORECASE)

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TableHead:
    """`first` is the first line of the head or its title, `lines` are those of the head. `names`
    are those of the columns, none where there is no head; `stub` that of the labels."""

    first: int
    lines: frozenset[int]
    captions: tuple[str, ...]
    stub: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _HeadPart:
    text: str
    left: float
    right: float
    middle: float
    height: float

    @property
    def center(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class _Zone:
    """Where names of columns stand: right of `start`, and not at `label_left`, where the labels
    begin. `pitch` is from one column to the next."""

    columns: tuple[Span, ...]
    label_left: float
    pitch: float

    @property
    def end(self) -> float:
        return max(_center(self.columns[-1]) + self.pitch / 2, self.columns[-1][1])

    def holds(self, piece: LetterRun | _HeadPart) -> bool:
        first, last = self.columns[0], self.columns[-1]
        center = (piece.left + piece.right) / 2
        start = min(_center(first) - self.pitch / 2, first[0])
        if not start <= center <= self.end + piece.height:
            return False
        if piece.left < self.label_left + piece.height:
            return False
        # A title is in the middle of the page, a name in that of its columns.
        middle = (first[0] + last[1]) / 2
        reach = max(self.pitch / 3, (3 if len(self.columns) > 1 else 8) * piece.height)
        return piece.left > start - reach or abs(center - middle) < (last[1] - first[0]) / 5

    def widened(self, at: int, piece: _HeadPart) -> _Zone:
        """With a column as wide as a name that stands above it."""
        left, right = self.columns[at]
        column = (min(left, piece.left), max(right, piece.right))
        return replace(self, columns=(*self.columns[:at], column, *self.columns[at + 1 :]))


def find_head(
    above: Sequence[PdfLine], top: PdfLine, columns: Sequence[Span], label_left: float
) -> TableHead:
    """The head of a table whose first row is `top`, in the lines above it."""
    zone = _Zone(tuple(columns), label_left, _pitch(columns))
    near = range(max(0, len(above) - MOST_HEAD_LINES), len(above))
    head: list[int] = []
    labels: list[int] = []
    high = top.middle
    for at in sorted(near, key=lambda at: above[at].middle):
        line = above[at]
        if line.middle < top.middle or line.right < label_left or line.left > zone.end:
            continue
        far = line.middle > high + FARTHEST_HEAD * max(line.height, top.height)
        in_zone = any(map(zone.holds, line.pieces))
        if far or line.figures or (in_zone and _is_sentence(line)):
            break
        is_unit = len(line.pieces) == 1 and bool(_UNITS.fullmatch(line.label))
        if in_zone or (is_unit and head):
            head.append(at)
        elif len(line.pieces) == 1 and not head and len(labels) < MOST_LABELS:
            labels.append(at)
        else:
            break
        high = max(high, line.middle)
    if not any(any(map(zone.holds, above[at].pieces)) for at in head):
        return TableHead(len(above), frozenset(), (), "", ())
    head += [at for at in labels if _is_of_head(above[at], [above[other] for other in head])]
    stub, names = _names([above[at] for at in sorted(head)], zone)
    first = min(head)
    captions = _captions(above, first)
    return TableHead(first - len(captions), frozenset(head), captions, stub, names)


def _is_sentence(line: PdfLine) -> bool:
    text = line.label
    if len(line.pieces) > 1:
        return False
    return len(text) > LONGEST_NAME or bool(_ENDS.search(text) and not _ABBREVIATED.search(text))


def _is_of_head(line: PdfLine, head: Sequence[PdfLine]) -> bool:
    """Whether a line above the labels belongs to the head and is no label of the first row."""
    beside = any(
        abs(line.middle - other.middle) < SAME_LINE * max(line.height, other.height)
        for other in head
    )
    return beside or (line.label.startswith("(") and bool(_UNITS.fullmatch(line.label)))


def _pitch(columns: Sequence[Span]) -> float:
    if len(columns) > 1:
        return median(_center(right) - _center(left) for left, right in pairwise(columns))
    (only,) = columns
    return max(2 * (only[1] - only[0]), LEAST_PITCH * HEIGHT)


def _center(span: Span) -> float:
    return (span[0] + span[1]) / 2


def _names(lines: Sequence[PdfLine], zone: _Zone) -> tuple[str, tuple[str, ...]]:
    """The name of the labels, and those of the columns."""
    parts = _by_height([part for line in lines for piece in line.pieces for part in _parts(piece)])
    beside = [part for row in parts for part in row if not zone.holds(part)]
    named: list[list[str]] = [[] for _ in zone.columns]
    stub: list[_HeadPart] = []
    rows = [held for row in parts if (held := [part for part in row if zone.holds(part)])]
    below: list[_HeadPart] = []
    for row in reversed(rows):
        for piece, over in zip(row, _spans(row, below, zone), strict=True):
            if not over or len(over) == len(zone.columns) > 1 or _UNIT.fullmatch(piece.text):
                stub.append(piece)
                continue
            for at in over:
                named[at].insert(0, piece.text)
            if len(over) == 1:
                zone = zone.widened(over.start, piece)
        below = row
    rows = _by_height([*stub, *beside])
    # What stands above all columns comes before what stands above the labels.
    rows = [[part for row in rows for part in row if part in stub]] + [
        [part for part in row if part not in stub] for row in rows
    ]
    return (
        " ".join(part.text for row in rows for part in row),
        tuple(" ".join(parts) for parts in named),
    )


def _parts(piece: LetterRun) -> list[_HeadPart]:
    """A piece, parted where two names or two years stand close to each other."""
    found: list[_HeadPart] = []
    was_date = False
    for word in words(piece):
        is_date = kind_of_word(word.text) is CellKind.DATE
        if found and word.gap <= WIDE * (piece.height or HEIGHT) and not (is_date and was_date):
            last = found[-1]
            joined = f"{last.text} {word.text}"
            found[-1] = _HeadPart(joined, last.left, word.right, piece.middle, piece.height)
        else:
            found.append(_HeadPart(word.text, word.left, word.right, piece.middle, piece.height))
        was_date = is_date
    return found


def _by_height(pieces: Sequence[_HeadPart]) -> list[list[_HeadPart]]:
    """In rows from the top, each from left to right."""
    rows: list[list[_HeadPart]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.middle):
        row = rows[-1] if rows else None
        if row and row[0].middle - piece.middle < SAME_LINE * max(row[0].height, piece.height):
            row.append(piece)
        else:
            rows.append([piece])
    return [_joined(sorted(row, key=lambda piece: piece.left)) for row in rows]


def _joined(row: Sequence[_HeadPart]) -> list[_HeadPart]:
    """A row, with what a raised letter has parted put together."""
    found: list[_HeadPart] = []
    for piece in row:
        if found and piece.left - found[-1].right < TOUCHING * piece.height:
            last = found[-1]
            height = max(last.height, piece.height)
            text = f"{last.text}{piece.text}"
            found[-1] = _HeadPart(text, last.left, piece.right, last.middle, height)
        else:
            found.append(piece)
    return found


def _spans(row: Sequence[_HeadPart], below: Sequence[_HeadPart], zone: _Zone) -> list[range]:
    """For each name of a row the columns that it stands above: runs from left to right, each as
    well in the middle of its columns as all of them can be, with few columns left over."""
    columns = zone.columns
    if len(row) == len(columns):
        return [range(at, at + 1) for at in range(len(row))]
    if repeated := _repeated(row, below, len(columns)):
        return repeated
    width = len(columns)
    best = [LEFT_OVER * zone.pitch * at for at in range(width + 1)]
    ways: list[list[range]] = []
    for piece in row:
        most = _most(piece, below, zone, alone=len(row) == 1)
        least = [float("inf")] * (width + 1)
        way = [range(0)] * (width + 1)
        for end in range(width + 1):
            for start in range(max(0, end - most), end + 1):
                cost = best[start] + _cost(piece, start, end, zone)
                if cost < least[end]:
                    least[end], way[end] = cost, range(start, end)
            if end and least[end - 1] + LEFT_OVER * zone.pitch < least[end]:
                least[end] = least[end - 1] + LEFT_OVER * zone.pitch
                way[end] = way[end - 1]
        best = least
        ways.append(way)
    spans: list[range] = []
    end = width
    for way in reversed(ways):
        spans.append(way[end])
        end = way[end].start
    return spans[::-1]


def _repeated(row: Sequence[_HeadPart], below: Sequence[_HeadPart], width: int) -> list[range]:
    """The spans of names above the same names again and again, wherever above them they stand."""
    step, rest = divmod(width, len(row))
    texts = [piece.text for piece in below]
    if rest or step < 2 or len(texts) != width or len(row) < 2:
        return []
    if any(text != texts[at % step] for at, text in enumerate(texts)):
        return []
    return [range(at, at + step) for at in range(0, width, step)]


def _cost(piece: _HeadPart, start: int, end: int, zone: _Zone) -> float:
    """How badly a name stands above the columns `[start:end]`."""
    if start == end:
        return 2 * zone.pitch
    left, right = zone.columns[start][0], zone.columns[end - 1][1]
    beyond = max(0.0, left - piece.center, piece.center - right)
    return abs((left + right) / 2 - piece.center) + 4 * beyond


def _most(piece: _HeadPart, below: Sequence[_HeadPart], zone: _Zone, *, alone: bool) -> int:
    """Columns that a name may stand above."""
    under = [other for other in below if abs(other.center - piece.center) < 0.2 * zone.pitch]
    is_narrow = piece.right - piece.left < 1.3 * zone.pitch
    is_one = is_narrow and any(_is_one_name(piece, other, alone) for other in under)
    return 1 if is_one else len(zone.columns)


def _is_one_name(above: _HeadPart, below: _HeadPart, alone: bool) -> bool:
    """Whether two lines of a head are one name, and not that of a group above one of its own: years
    are names of their own, but for "December 31," above 2018 in every column."""
    if kind_of_word(above.text.split()[-1]) is CellKind.DATE and not alone:
        return False
    if _GROUP.search(above.text) and not _DAY.search(above.text):
        return False
    if kind_of_word(below.text.split()[0]) is not CellKind.DATE:
        if above.middle - below.middle > ONE_NAME * max(above.height, below.height):
            return False
        return not (alone and _GROUP.search(above.text))
    return bool(_DAY.search(above.text)) and not alone


def _captions(above: Sequence[PdfLine], first: int) -> tuple[str, ...]:
    found: list[str] = []
    below = above[first]
    for line in reversed(above[max(0, first - MOST_CAPTIONS) : first]):
        far = abs(line.middle - below.middle) > FARTHEST_CAPTION * max(line.height, below.height)
        if far or len(line.pieces) > 1 or line.middle < below.middle or not _is_title(line.label):
            break
        found.append(line.label)
        below = line
    return tuple(reversed(found))


def _is_title(text: str) -> bool:
    if len(text) > LONGEST_CAPTION or (_ENDS.search(text) and not _ABBREVIATED.search(text)):
        return False
    long = _LONG_WORD.findall(text)
    if text.startswith("("):
        return text.endswith(")")
    return bool(long) and sum(word[0].isupper() for word in long) * 3 >= 2 * len(long)
