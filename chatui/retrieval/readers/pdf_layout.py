"""The order in which a PDF page is read: by its own order, unless that runs across columns.

Programs mostly write a page column by column. Some write it row by row, left and right in
turn; such a page is noticed by the positions of its pieces of lines and put in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from chatui.retrieval.readers.pdf_letters import Letter
from chatui.retrieval.readers.pdf_words import has_right_to_left, in_logical_order, plain

GAP = 1.6
"""A gap in a line that is wider than so many heights of a letter parts two pieces of it."""
HEIGHT = 4.0
"""Taken for that of a letter whose box is flat."""
FEWEST_LINES = 4
"""In a column; two rows that happen to be parted make no columns."""
SAME_LINE = 0.6
"""Heights of the highest letter by which the middles of two pieces of one line may differ."""
FEWEST_WORDS = 3
"""In a column's usual line: below that it is a table, which is read row by row."""


@dataclass(frozen=True, slots=True)
class LetterRun:
    """A run of letters on one line; `ends_line` when the page's own order breaks the line."""

    letters: tuple[Letter, ...]
    left: float
    right: float
    middle: float
    height: float
    ends_line: bool
    words: int

    def is_beside(self, other: LetterRun) -> bool:
        """Whether both stand on one line, whatever unit the page is measured in."""
        return abs(self.middle - other.middle) < SAME_LINE * max(self.height, other.height)


def in_reading_order(letters: Sequence[Letter]) -> list[LetterRun]:
    """The page's pieces in the order to read them in."""
    return in_columns(list(_pieces(letters)))


def in_columns(pieces: list[LetterRun]) -> list[LetterRun]:
    """Pieces that stand row by row, with those of one column behind each other."""
    gutter = _gutter(pieces)
    if gutter is None:
        return pieces
    ordered: list[LetterRun] = []
    band: list[LetterRun] = []
    for piece in pieces:
        if piece.left < gutter < piece.right:
            ordered += [*_band(band, gutter), piece]
            band = []
        else:
            band.append(piece)
    return ordered + _band(band, gutter)


def as_text(pieces: Iterable[LetterRun]) -> str:
    """A line each; what stands beside each other on one is parted by a space."""
    parts: list[str] = []
    above: LetterRun | None = None
    for piece in pieces:
        if above is not None:
            parts.append(" " if not above.ends_line and above.is_beside(piece) else "\n")
        turn = has_right_to_left(piece.letters)
        ordered = in_logical_order(piece.letters) if turn else piece.letters
        parts.append("".join(letter.text for letter in ordered).strip(" "))
        above = piece
    return plain("".join(parts))


def _pieces(letters: Sequence[Letter]) -> Iterator[LetterRun]:
    run: list[Letter] = []
    last: Letter | None = None
    for letter in letters:
        if letter.text in "\r\n":
            if letter.text == "\n":
                yield from _piece(run, ends_line=True)
                run, last = [], None
            continue
        if letter.text.isspace():
            run.append(letter)
            continue
        if last is not None and _parted(last, letter):
            yield from _piece(run, ends_line=False)
            run = []
        run.append(letter)
        last = letter
    yield from _piece(run, ends_line=True)


def _parted(one: Letter, other: Letter) -> bool:
    gap = other.left - one.right
    if gap < (back := one.left - other.right):
        gap = back
    # Most letters begin where the last one ends.
    if gap <= 0.0:
        return False
    return gap > GAP * (max(one.top - one.bottom, other.top - other.bottom) or HEIGHT)


def _piece(run: Sequence[Letter], *, ends_line: bool) -> Iterator[LetterRun]:
    seen = [letter for letter in run if not letter.text.isspace()]
    if seen:
        left = min(letter.left for letter in seen)
        right = max(letter.right for letter in seen)
        middle = median((letter.bottom + letter.top) / 2 for letter in seen)
        height = max(letter.top - letter.bottom for letter in seen)
        words = len("".join(letter.text for letter in run).split())
        yield LetterRun(tuple(run), left, right, middle, height, ends_line, words)


def _band(band: list[LetterRun], gutter: float) -> list[LetterRun]:
    """The left column, then the right one, each perhaps of several."""
    left = [piece for piece in band if piece.right <= gutter]
    right = [piece for piece in band if piece.right > gutter]
    return in_columns(left) + in_columns(right)


def _gutter(pieces: Sequence[LetterRun]) -> float | None:
    """Where the page is to be parted from top to bottom; None where it is in order as it is."""
    if len(pieces) < 2 * FEWEST_LINES:
        return None
    # Only where the page's own order jumps to the right on one line can columns be mixed.
    pairs = pairwise(pieces)
    edges = sorted(
        {other.left for one, other in pairs if one.right < other.left and one.is_beside(other)}
    )
    best: tuple[int, float] | None = None
    for edge in edges:
        at = edge - 0.5
        left = [piece for piece in pieces if piece.right <= at]
        right = [piece for piece in pieces if piece.left >= at]
        crossing = len(pieces) - len(left) - len(right)
        few = min(len(left), len(right))
        if few < FEWEST_LINES or crossing > few or not _is_prose(left, right):
            continue
        if _turns(pieces, at) > few / 2 and (best is None or crossing < best[0]):
            best = (crossing, at)
    return best[1] if best else None


def _is_prose(left: Sequence[LetterRun], right: Sequence[LetterRun]) -> bool:
    return all(median(piece.words for piece in side) >= FEWEST_WORDS for side in (left, right))


def _turns(pieces: Sequence[LetterRun], at: float) -> int:
    """How often the page's own order goes on with a line of the right column right after one
    of the left on the same height."""
    pairs = pairwise(pieces)
    return sum(one.right <= at <= other.left and one.is_beside(other) for one, other in pairs)
