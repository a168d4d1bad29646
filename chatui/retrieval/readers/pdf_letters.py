"""The letters of a PDF page, each in the frame in which it stands upright.

A page may be turned (`/Rotate`), its content may be drawn turned so that the turned page shows it
upright, and single texts may run up or down an upright page. What counts for reading is the
direction that a text itself runs in: letters of one direction are read together, in a frame turned
so that they run from left to right.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pypdfium2

SKEW = 5
"""Degrees by which a text may lean and still count as one along an edge: scans are not straight."""

MOST_ASKED = 300
"""Glyphs of a page that are asked for their character, evenly spread."""

Box = tuple[float, float, float, float]
"""Left, right, bottom, top."""
_Turn = Callable[[Box], Box]


class Letter(NamedTuple):
    """A character with its box, in points from the lower left corner of its frame."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class _View:
    """What of the page is seen, in its own units."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class PageLetters:
    """By the direction that they run in, in degrees; and the share of glyphs (0..1) that the file
    gives no character for, which are here by their codes."""

    by_direction: dict[int, list[Letter]]
    unmapped: float


def letters_of(page: pypdfium2.PdfPage) -> PageLetters:
    """The characters in PDFium's order, line ends and made-up spaces among them, by the direction
    that they run in, in degrees: that which most have first, then the others by how many they are.

    What lies wholly outside the page is not seen by anybody who reads it.
    """
    view = _view(page)
    found, unmapped = _letters(page, view)
    main = _by_ink(found)[0]
    if main in _TURNS and main != page.get_rotation():
        # PDFium orders what a reader sees: on a page that shows its text upside down, backwards.
        page.set_rotation(main)
        found, unmapped = _letters(page, view)
    return PageLetters({direction: found[direction] for direction in _by_ink(found)}, unmapped)


def turned(box: Box, direction: int) -> Box:
    """A box of the page in the frame in which letters of that direction stand upright."""
    return (_TURNS.get(direction) or _turn_by(direction))(box)


def _letters(page: pypdfium2.PdfPage, view: _View) -> tuple[dict[int, list[Letter]], float]:
    """By their direction in degrees, and the share of them without a character."""
    import pypdfium2.raw as pdfium

    textpage = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = box
    found: dict[int, list[Letter]] = {}
    letters = found.setdefault(0, [])
    turn: _Turn = _upright
    begins = True
    outer_left, outer_right = view.left, view.right
    outer_bottom, outer_top = view.bottom, view.top
    get_box, get_character = pdfium.FPDFText_GetCharBox, pdfium.FPDFText_GetUnicode
    for index in range(textpage.count_chars()):
        code = get_character(textpage, index)
        if not code:
            continue
        text = chr(code)
        get_box(textpage, index, left, right, bottom, top)
        place = x0, x1, y0, y1 = left.value, right.value, bottom.value, top.value
        # Spaces and line ends that PDFium makes up belong to the text that they stand in.
        if text.isspace():
            begins = True
        elif x0 > outer_right or x1 < outer_left or y0 > outer_top or y1 < outer_bottom:
            continue
        elif begins:
            begins = False
            direction = _direction(pdfium.FPDFText_GetCharAngle(textpage, index))
            letters = found.setdefault(direction, [])
            turn = _TURNS.get(direction) or _turn_by(direction)
        # A page has thousands of letters, and nearly all of them stand upright.
        letters.append(
            Letter(text, x0, x1, y0, y1) if turn is _upright else Letter(text, *turn(place))
        )
    asked = range(0, textpage.count_chars(), max(1, textpage.count_chars() // MOST_ASKED))
    unmapped = sum(pdfium.FPDFText_HasUnicodeMapError(textpage, index) == 1 for index in asked)
    return found, unmapped / max(1, len(asked))


def _by_ink(found: Mapping[int, Sequence[Letter]]) -> list[int]:
    """The directions, that of most letters first. A page mostly has one, which is not counted."""
    if len(found) == 1:
        return list(found)
    return sorted(found, key=lambda direction: -_ink(found[direction]))


def _ink(letters: Sequence[Letter]) -> int:
    return sum(not letter.text.isspace() for letter in letters)


def _view(page: pypdfium2.PdfPage) -> _View:
    """The page's box. Of a page that is turned by a quarter, programs write the box sometimes as
    it is before the turn and sometimes as it is after it: what either one shows is seen."""
    left, bottom, right, top = page.get_bbox()
    if page.get_rotation() in (90, 270):
        edge = max(right - left, top - bottom)
        return _View(left, bottom, left + edge, bottom + edge)
    return _View(left, bottom, right, top)


def _direction(angle: float) -> int:
    """Whole degrees against the clock, of an angle in radians as PDFium gives it: by the clock,
    and below 0 where it knows none."""
    if angle < 0:
        return 0
    degrees = round(math.degrees(-angle)) % 360
    nearest = round(degrees / 90) * 90
    return nearest % 360 if abs(degrees - nearest) <= SKEW else degrees


def _upright(box: Box) -> Box:
    return box


def _upward(box: Box) -> Box:
    left, right, bottom, top = box
    return bottom, top, -right, -left


def _upside_down(box: Box) -> Box:
    left, right, bottom, top = box
    return -right, -left, -top, -bottom


def _downward(box: Box) -> Box:
    left, right, bottom, top = box
    return -top, -bottom, left, right


_TURNS: dict[int, _Turn] = {
    0: _upright,
    90: _upward,
    180: _upside_down,
    270: _downward,
}


def _turn_by(degrees: int) -> _Turn:
    """Turns a box about the origin. That of a slanting letter is larger than the letter: its
    middle is turned, and it is taken for as high and wide as half of what its box is together."""
    sine, cosine = math.sin(math.radians(-degrees)), math.cos(math.radians(-degrees))

    def turn(box: Box) -> Box:
        left, right, bottom, top = box
        x, y = (left + right) / 2, (bottom + top) / 2
        reach = (right - left + top - bottom) / 4 / (abs(sine) + abs(cosine))
        along, across = x * cosine - y * sine, x * sine + y * cosine
        return along - reach, along + reach, across - reach, across + reach

    return turn
