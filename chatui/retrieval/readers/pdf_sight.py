"""Pages of a PDF as they look: which have to be looked at to be read, and their pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatui.retrieval.readers.pdf_legible import is_legible

if TYPE_CHECKING:
    import pypdfium2

    from chatui.retrieval.readers.ocr import Pixels

DPI = 200
LEAST_SIDE, LARGEST_SIDE = 1_200, 5_000
"""Pixels of the longer side, whatever unit the page is measured in: a plan is drawn with fewer dots
an inch, a label with more."""
MOST_PIXELS = 16e6
SHEET = 1_600
"""Points of the longer side of A2, about."""
THUMBNAIL = 400
"""Pixels of the longer side on which a page's ink is counted."""
CONTRAST = 48
"""Of 255, by which ink differs from the page."""
LEAST_INK = 8
"""Pixels of the thumbnail; less is dust."""
LITTLE = 100
"""Letters of a page that may be a stamp on a scan, or the number of its page."""
INK_OF_A_LETTER = 30
"""Pixels of the thumbnail that a letter takes, if it isn't large."""
MANY_SHAPES = 20
"""Of a page; fewer are rules and frames."""
LARGE = 0.5
"""Of the page, that a picture covers."""

PICTURE = "a picture without text"
STAMPED = "a picture with hardly any text"
GARBLED = "its letters have no codes that can be read"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a page's text may not be what is seen on it: `lack` where that is plain, "" where only a
    look at the page can tell."""

    lack: str = ""


def doubt(page: pypdfium2.PdfPage, text: str, unmapped: float) -> Doubt | None:
    """None for a page that has nothing to look at, or whose text is to be believed. `unmapped` is
    the share of its glyphs without a character."""
    letters = count(text)
    if letters >= LITTLE:
        return None if is_legible(text, unmapped) else Doubt(GARBLED)
    if letters and not is_legible(text, unmapped):
        return Doubt(GARBLED)
    ink = _ink(page)
    if ink < LEAST_INK or ink <= INK_OF_A_LETTER * letters:
        return None
    if not letters:
        return Doubt(PICTURE if _is_more_than_a_rule(page) else "")
    return Doubt(STAMPED if _largest_picture(page) >= LARGE else "")


def is_better(doubted: Doubt, text: str, seen: str) -> bool:
    """Whether what was recognised is to stand in the place of the page's own text."""
    if doubted.lack == GARBLED:
        return count(seen) >= count(text) / 4 and is_legible(seen)
    return count(seen) > 2 * count(text)


def count(text: str) -> int:
    return len("".join(text.split()))


def pixels(page: pypdfium2.PdfPage) -> Pixels:
    """The page as it is seen, with what was filled in."""
    width, height = page.get_size()
    points = max(width, height, 1.0)
    scale = min(max(DPI / 72, LEAST_SIDE / points), LARGEST_SIDE / points)
    scale = min(scale, math.sqrt(MOST_PIXELS / max(1.0, width * height)))
    seen: Pixels = _rendered(page, scale)
    return seen


def is_sheet(page: pypdfium2.PdfPage) -> bool:
    """Whether it is a poster or a plan."""
    return bool(max(page.get_size()) > SHEET)


def _ink(page: pypdfium2.PdfPage) -> int:
    import numpy as np

    seen = _rendered(page, THUMBNAIL / max(*page.get_size(), 1.0), grayscale=True)
    shades = seen.astype(np.int16)
    return int((abs(shades - int(np.median(shades))) > CONTRAST).sum())


def _rendered(page: pypdfium2.PdfPage, scale: float, **options: Any) -> Any:
    bitmap = page.render(scale=scale, **options)
    made = bitmap.to_numpy().copy()
    bitmap.close()
    return made


def _is_more_than_a_rule(page: pypdfium2.PdfPage) -> bool:
    """Whether there is a picture, or so many shapes that they may be letters."""
    import pypdfium2.raw as pdfium

    shapes = page.get_objects((pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH))
    for at, shape in enumerate(shapes, start=1):
        if shape.type == pdfium.FPDF_PAGEOBJ_IMAGE or at >= MANY_SHAPES:
            return True
    return False


def _largest_picture(page: pypdfium2.PdfPage) -> float:
    """The share of the page that its largest picture covers."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    largest: float = 0.0
    for picture in page.get_objects((pdfium.FPDF_PAGEOBJ_IMAGE,)):
        try:
            left, bottom, right, top = picture.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        largest = max(largest, (right - left) * (top - bottom))
    return largest / float(max(1.0, width * height))
