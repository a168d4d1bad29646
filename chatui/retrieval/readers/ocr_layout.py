"""Lines that were recognised in a picture, laid out as the letters of a PDF page are.

A picture has no order of its own: its lines are put into rows from top to bottom, as a program
writes a page that writes it row by row. The rules for such a page then find its columns and leave
its tables as they are. Pure functions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from chatui.retrieval.readers.pdf_layout import LetterRun
from chatui.retrieval.readers.pdf_letters import Letter

LEAST_SCORE = 0.5
"""Of 1, what the model gives a line; what it gives less is guessed."""
SPARSE = 0.3
"""Letters for each height of a line that its length has, below which the most was not recognised: a
script that the model doesn't know leaves the spaces and the points. Latin has 2, Chinese 1."""
MARGIN = 0.2
"""Heights that a line was found to be longer than its letters, at either end."""
SAME_ROW = 0.5
"""Heights by which the middles of two lines in a row may differ."""

_WORD = re.compile(r"[^\W_]{3}|[\d.,]{3}|[\u3040-\u30ff\u3400-\u9fff]{2}")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A run of text in a picture with its score (0..1) and its corners in pixels, clockwise from
    where the text begins on top; x runs to the right, y down."""

    text: str
    score: float
    corners: tuple[Point, ...]

    @property
    def width(self) -> float:
        return _distance(self.corners[0], self.corners[1])

    @property
    def height(self) -> float:
        return _distance(self.corners[0], self.corners[3])

    @property
    def length(self) -> float:
        return max(self.width, self.height)

    @property
    def angle(self) -> float:
        """Radians by which the line falls to the right."""
        (left, top), (right, other) = self.corners[:2]
        return math.atan2(other - top, right - left)


def is_legible(line: SeenLine) -> bool:
    """Whether the line's text is likely to be what stands there."""
    seen = [letter for letter in line.text if letter.isalnum()]
    across = max(1.0, min(line.width, line.height))
    if line.score < LEAST_SCORE or not line.text.strip():
        return False
    if not seen:
        # A rule of dots, a dash, a tick.
        return len(line.text.strip()) >= line.length / across
    return len(seen) >= SPARSE * line.length / across


def is_text(text: str) -> bool:
    """Whether it is more than the letters that are seen in the shapes of things: a word."""
    return _WORD.search(text) is not None


def turned_half(line: SeenLine, width: float, height: float) -> SeenLine:
    """The line where it is when the picture of that size is turned upside down."""
    turned = [(width - x, height - y) for x, y in line.corners]
    return replace(line, corners=(*turned[2:], *turned[:2]))


def in_rows(lines: Sequence[SeenLine]) -> list[LetterRun]:
    """The lines one by one, straight, row by row from top to bottom."""
    lean = _lean(lines)
    rows = _rows([_straight(line, -lean) for line in lines])
    return [replace(piece, ends_line=piece is row[-1]) for row in rows for piece in row]


def _straight(line: SeenLine, turn: float) -> LetterRun:
    """A piece of the page as the text of a PDF has it, with y upwards; its letters are as wide as
    each other."""
    corners = [_turned(point, turn) for point in line.corners]
    xs, ys = [x for x, _ in corners], [-y for _, y in corners]
    half = (line.height if line.width >= line.height else max(ys) - min(ys)) / 2
    middle = sum(ys) / 4
    margin = min(MARGIN * 2 * half, (max(xs) - min(xs)) / 4)
    left, right = min(xs) + margin, max(xs) - margin
    step = (right - left) / max(1, len(line.text))
    letters = (
        Letter(letter, left + at * step, left + (at + 1) * step, middle - half, middle + half)
        for at, letter in enumerate(line.text)
    )
    return LetterRun(tuple(letters), left, right, middle, 2 * half, True, len(line.text.split()))


def _lean(lines: Sequence[SeenLine]) -> float:
    """The angle of the page's lines: that of the longest, which tell it best."""
    along = sorted((line for line in lines if line.width > line.height), key=lambda one: -one.width)
    longest = along[: max(1, len(along) // 2)]
    return median(line.angle for line in longest) if longest else 0.0


def _rows(pieces: Sequence[LetterRun]) -> list[list[LetterRun]]:
    rows: list[list[LetterRun]] = []
    for piece in sorted(pieces, key=lambda one: -one.middle):
        first = rows[-1][0] if rows else None
        near = SAME_ROW * min(first.height, piece.height) if first else 0.0
        if first and abs(first.middle - piece.middle) < near:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _turned(point: Point, angle: float) -> Point:
    x, y = point
    sine, cosine = math.sin(angle), math.cos(angle)
    return x * cosine - y * sine, x * sine + y * cosine


def _distance(one: Point, other: Point) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])
