"""What stands on one line of a PDF page as the cells of a table: a label, figures, names.

Statements set the sign of a currency in a column of its own, and a bracket or a percent sign apart
from their figure. They belong to one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from chatui.retrieval.readers.pdf_layout import HEIGHT, LetterRun

WIDE = 0.9
"""Heights of a letter: a wider gap between two words of a piece may part two cells."""
MOST_WORDS = 12
"""Of the first piece of a line, if it is figures."""

_FIGURE = re.compile(
    r"(?:US|CA?|A)?[$€£¥₹]?[(\[]?[-+–—−±~<>]?[(]?[$€£¥₹]?"
    r"(?:\d{1,3}(?:[,.'’]\d{3})++|\d++)?(?:[.,]?\d++)?"
    r"(?:\(\w\))?[-%)\]xX×*†]{0,4}"
)
_THOUSANDS = re.compile(r"[$€£(-]{0,3}\d{1,3}(?: \d{3})*+")
_NEXT_THOUSANDS = re.compile(r"\d{3}(?:,\d++)?\)?")
_MEASURES = """years year yrs months month weeks days hours bps points pts million billion
thousand"""
_REST_OF_RANGE = re.compile(r"[-–—] ?\d")
_DASHES = frozenset("-–—")
_NOTE = re.compile(r"\([a-z0-9]\)|[*†‡]{1,2}")
_ENDS = frozenset("0123456789)]%$€£¥—–-−*†A/MxX")
_HAS_DIGIT = re.compile(r"\d")
_NO_FIGURES = """— – - -- ― − $— $- $– —% –% -% N/A n/a NM nm n.m. N.M. NA * ** … —) (—"""
_NOTHING = frozenset(_NO_FIGURES.split())
_SIGNS_BEFORE = "( [ $ € £ ¥ ₹ US$ C$ A$ R$ HK$ CHF ($ (€ (£ -$ USD EUR GBP"
OPENERS = frozenset(_SIGNS_BEFORE.split())
_SIGNS_BEHIND = "% ) )% %) pts pts. bps pp x pt ppt (a) (b) (c) (d) (e) (f) (g) (h) † ‡ * ** ]"
_SUFFIXES = frozenset(_SIGNS_BEHIND.split())
_DATE = re.compile(
    r"(?:FY|CY|F)?(?:19|20)\d\d(?:[-/–]\d{2,4})?(?:[EAPBF]|\([a-z0-9]\)|\*{1,2})?|"
    r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|(?:Q[1-4]|[1-4]Q|H[12]|[12]H)[- /’']?(?:\d{2}|\d{4})?|"
    r"(?:19|20)\d\d-\d{2}-\d{2}"
)


class CellKind(Enum):
    FIGURE = "figure"
    DATE = "date"
    """A year or a day, which names a column more often than it fills one."""
    NAME = "name"


@dataclass(frozen=True, slots=True)
class PdfWord:
    """Letters without a blank between them; `gap` is what lies left of it in its piece."""

    text: str
    left: float
    right: float
    gap: float
    height: float


@dataclass(frozen=True, slots=True)
class PdfCell:
    """`left` and `right` are those of the figure, `start` is where a sign before it begins."""

    text: str
    left: float
    right: float
    kind: CellKind
    start: float


@dataclass(frozen=True, slots=True)
class PdfLine:
    """Pieces `[first:behind]` of a page that stand on one line, with what they are as cells.

    `label` is the text at the left, "" where the line begins with a figure; a line of nothing but
    a label has no cells.
    """

    first: int
    behind: int
    pieces: tuple[LetterRun, ...]
    label: str
    cells: tuple[PdfCell, ...]
    left: float
    right: float
    middle: float
    height: float

    @property
    def figures(self) -> list[PdfCell]:
        return [cell for cell in self.cells if cell.kind is CellKind.FIGURE]


def words(piece: LetterRun) -> list[PdfWord]:
    """The words of a piece from left to right as they stand."""
    found: list[PdfWord] = []
    run: list[str] = []
    left = right = 0.0
    before: float | None = None
    high = 0.0
    for letter in piece.letters:
        if letter.text.isspace():
            if run:
                found.append(PdfWord("".join(run), left, right, _gap(before, left), high))
                before, run = right, []
            continue
        if not run:
            left, right, high = letter.left, letter.right, 0.0
        run.append(letter.text)
        left, right = min(left, letter.left), max(right, letter.right)
        high = max(high, letter.top - letter.bottom)
    if run:
        found.append(PdfWord("".join(run), left, right, _gap(before, left), high))
    return [part for word in found for part in _without_sign(word)]


def _without_sign(word: PdfWord) -> Iterator[PdfWord]:
    """A word, parted from a sign of currency at its end, which is that of the next figure."""
    figure, sign = word.text[:-1], word.text[-1]
    if sign in "$€£¥" and figure and figure[-1] in "0123456789)%":
        cut = word.right - (word.right - word.left) / len(word.text)
        yield replace(word, text=figure, right=cut)
        yield PdfWord(sign, cut, word.right, 2 * word.height, word.height)
    else:
        yield word


def _gap(before: float | None, left: float) -> float:
    return 0.0 if before is None else left - before


def text_of(piece: LetterRun) -> str:
    return " ".join("".join(letter.text for letter in piece.letters).split())


def may_be_cell(piece: LetterRun) -> bool:
    """Whether it ends like a figure, told without looking at every letter."""
    last = piece.letters[-1].text
    if last.isspace() and len(piece.letters) > 1:
        last = piece.letters[-2].text
    return last in _ENDS


def kind_of_word(text: str) -> CellKind:
    if text in _NOTHING:
        return CellKind.FIGURE
    if not _HAS_DIGIT.search(text):
        return CellKind.NAME
    if _DATE.fullmatch(text):
        return CellKind.DATE
    return CellKind.FIGURE if _FIGURE.fullmatch(text) else CellKind.NAME


def line_of(first: int, pieces: Sequence[LetterRun]) -> PdfLine:
    """The pieces of a line, in the page's order from `first` on, as label and cells."""
    if len(pieces) == 1 and (pieces[0].words > MOST_WORDS or not may_be_cell(pieces[0])):
        (piece,) = pieces
        span = (piece.left, piece.right, piece.middle, piece.height)
        return PdfLine(first, first + 1, (piece,), text_of(piece), (), *span)
    ordered = sorted(pieces, key=lambda piece: piece.left)
    cells = cells_of(ordered)
    label = ""
    if cells and cells[0].kind is CellKind.NAME:
        label, cells = cells[0].text, cells[1:]
    elif len(cells) > 1 and cells[1].kind is CellKind.NAME and cells[0].kind is CellKind.FIGURE:
        # The number of a row, or of a note, before its label.
        label, cells = f"{cells[0].text} {cells[1].text}", cells[2:]
    elif len(cells) > 1 and cells[0].kind is CellKind.DATE and cells[1].kind is CellKind.FIGURE:
        label, cells = cells[0].text, cells[1:]
    before, _, sign = label.rpartition(" ")
    if cells and before and sign in OPENERS and cells[0].kind is CellKind.FIGURE:
        label, cells = before, [replace(cells[0], text=sign + cells[0].text), *cells[1:]]
    return PdfLine(
        first,
        first + len(pieces),
        tuple(ordered),
        label,
        tuple(cells),
        ordered[0].left,
        max(piece.right for piece in ordered),
        max(ordered, key=lambda piece: piece.height).middle,
        max(piece.height for piece in ordered),
    )


def cells_of(pieces: Sequence[LetterRun]) -> list[PdfCell]:
    """The cells of a line's pieces. The first piece stays whole, unless it is a figure."""
    cells: list[PdfCell] = []
    opened: list[PdfWord] = []
    for at, piece in enumerate(pieces):
        found = words(piece) if at or piece.words <= MOST_WORDS else []
        if at == 0 and (not found or not _are_figures(found)):
            left, right = piece.left, piece.right
            cells.append(PdfCell(text_of(piece), left, right, CellKind.NAME, left))
            continue
        for part in _parts(found, piece.height):
            if _are_figures(part):
                for word in part:
                    _add(word, opened, cells)
                continue
            _add_name([*opened, *part], cells)
            opened.clear()
    if opened:
        _add_name(opened, cells)
    return cells


def _are_figures(found: Sequence[PdfWord]) -> bool:
    return all(
        word.text in OPENERS
        or word.text in _SUFFIXES
        or kind_of_word(word.text) is not CellKind.NAME
        for word in found
    )


def _parts(found: Sequence[PdfWord], height: float) -> Iterator[list[PdfWord]]:
    """A piece's words, parted where the gap is wide."""
    part: list[PdfWord] = []
    for word in found:
        if part and word.gap > WIDE * (height or HEIGHT):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _add_name(part: Sequence[PdfWord], cells: list[PdfCell]) -> None:
    text = " ".join(word.text for word in part)
    left, right = part[0].left, part[-1].right
    last = cells[-1] if cells else None
    if last is not None and last.kind is CellKind.FIGURE and _REST_OF_RANGE.match(text):
        # "3" and "- 11 years", which are apart so that the hyphens stand below each other.
        cells[-1] = PdfCell(f"{last.text} {text}", last.left, right, CellKind.NAME, last.start)
        return
    ends_with_year = kind_of_word(part[-1].text) is CellKind.DATE
    kind = CellKind.DATE if ends_with_year else CellKind.NAME
    if len(part) == 2 and part[1].text.lower() in _MEASURES.split():
        kind = kind_of_word(part[0].text)
    cells.append(PdfCell(text, left, right, kind, left))


def _add(word: PdfWord, opened: list[PdfWord], cells: list[PdfCell]) -> None:
    """Adds a figure, or a sign that belongs to one, to the cells of a line. What opens one waits in
    `opened` for it."""
    if word.text in OPENERS:
        opened.append(word)
        return
    is_near = word.left - cells[-1].right < WIDE * word.height if cells else False
    if cells and not opened and cells[-1].kind is not CellKind.NAME:
        last = cells[-1]
        closes = word.text[0] in "%)]"
        is_note = bool(_NOTE.fullmatch(word.text)) and (is_near or last.kind is CellKind.DATE)
        if closes or (is_near and word.text in _SUFFIXES) or is_note:
            cells[-1] = replace(last, text=f"{last.text}{'' if closes else ' '}{word.text}")
            return
        if is_near and _goes_on(last.text, word.text):
            cells[-1] = replace(last, text=f"{last.text} {word.text}", right=word.right)
            return
        if is_near and len(cells) > 1 and last.text in _DASHES and _is_range(cells[-2], last, word):
            before = cells.pop(-2)
            text = f"{before.text} {last.text} {word.text}"
            cells[-1] = replace(before, text=text, right=word.right)
            return
    start = opened[0].left if opened else word.left
    kind = CellKind.FIGURE if opened else kind_of_word(word.text)
    signs = "".join(one.text for one in opened)
    opened.clear()
    cells.append(PdfCell(signs + word.text, word.left, word.right, kind, start))


def _is_range(before: PdfCell, dash: PdfCell, word: PdfWord) -> bool:
    near = dash.left - before.right < WIDE * word.height
    return near and before.kind is not CellKind.NAME and bool(_HAS_DIGIT.search(word.text))


def _goes_on(before: str, behind: str) -> bool:
    """Whether a figure is written with blanks between its thousands."""
    return bool(_THOUSANDS.fullmatch(before) and _NEXT_THOUSANDS.fullmatch(behind))
