"""PDF through PDFium: the text of each page, and the outline as headings.

PDFium is not thread-safe and can crash on damaged files: only the reading process loads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Section, Unreadable
from chatui.retrieval.readers.pdf_forms import FormField, fields, filled, remarks
from chatui.retrieval.readers.pdf_furniture import without_furniture
from chatui.retrieval.readers.pdf_layout import LetterRun, in_reading_order
from chatui.retrieval.readers.pdf_letters import Letter, letters_by_direction, turned
from chatui.retrieval.readers.pdf_words import (
    in_logical_order,
    is_right_to_left,
    mend_hyphens,
    plain,
)
from chatui.text.safety import one_line

if TYPE_CHECKING:
    import pypdfium2

PAGE_BREAK = "\n\f\n"
MOST_TITLES = 200
"""Of one page that are looked for on it, which each goes through its text."""
LONGEST_TITLE = 400
"""Characters of a title that are looked for."""
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD in fpdfview.h
SECURITY_ERROR = 5  # FPDF_ERR_SECURITY

NO_TITLES = ("", "untitled", "(anonymous)", "(unspecified)", "none")
"""What programs write when nobody has given a title."""

UNLOADED = "could not be loaded"
PICTURE = "a picture without text"
XFA = (
    "its form is made by a program inside the file (XFA), which is not run; "
    "print it to a plain PDF with the program that filled it in"
)

Outline = dict[int, list[tuple[str, ...]]]
"""Heading paths by the 0-based page that they lead to, in the outline's order."""


def read(data: bytes, stem: str) -> Document:
    """Pages joined by a form feed; one section for each page and for each outline entry."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (PASSWORD_ERROR, SECURITY_ERROR):
            raise ReadFailed("it is protected by a password") from error
        raise ReadFailed("it is a damaged PDF") from error
    is_empty_form = pdf.get_formtype() == pypdfium2.raw.FORMTYPE_XFA_FULL
    try:
        pdf.init_forms()
        read_pages = [page_text(pdf, number) for number in range(len(pdf))]
        raw = [page.text for page in read_pages]
        stripped = without_furniture(raw)
        pages = mend_hyphens([text for text, _ in stripped])
        outline = _outline(pdf)
        title = _clean(str(pdf.get_metadata_value("Title")))
    finally:
        pdf.close()
    if not any(page.strip() for page in pages):
        raise Unreadable("its pages are pictures without any text")
    return Document(
        title=stem if title.lower() in NO_TITLES else title,
        text=PAGE_BREAK.join(pages),
        sections=tuple(_sections(pages, [head for _, head in stripped], outline)),
        lacks=(*_lacks(read_pages), *([Lack(XFA)] if is_empty_form else [])),
    )


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text with plain line ends, and why it has none where it ought to."""

    text: str
    lack: str = ""


def _lacks(pages: Sequence[PageText]) -> tuple[Lack, ...]:
    by_reason: dict[str, list[int]] = {}
    for number, page in enumerate(pages, start=1):
        if page.lack:
            by_reason.setdefault(page.lack, []).append(number)
    return tuple(Lack(reason, tuple(numbers)) for reason, numbers in by_reason.items())


def page_text(pdf: pypdfium2.PdfDocument, number: int) -> PageText:
    import pypdfium2

    try:
        page = pdf[number]
        texts = letters_by_direction(page)
        filled_in, noted = fields(page), remarks(page)
    except pypdfium2.PdfiumError:
        return PageText("", UNLOADED)
    main = next(iter(texts), 0)
    filled_in = [replace(field, box=turned(field.box, main)) for field in filled_in]
    read = [
        _text_of(letters, filled_in if direction == main else ())
        for direction, letters in (texts or {main: []}).items()
    ]
    read = [text for text in (*read, *noted) if text.strip("\n")]
    is_picture = not read and _has_pictures(page)
    page.close()
    return PageText("\n".join(read), PICTURE if is_picture else "")


def _text_of(letters: Sequence[Letter], filled_in: Sequence[FormField]) -> str:
    """The letters of one direction in reading order, a line each, and the values of fields."""
    turn = any(is_right_to_left(letter) for letter in letters)
    parts: list[str] = []
    above: LetterRun | None = None
    pieces = in_reading_order(letters)
    for piece in filled(pieces, filled_in) if filled_in else pieces:
        if above is not None:
            parts.append(" " if not above.ends_line and above.is_beside(piece) else "\n")
        ordered = in_logical_order(piece.letters) if turn else piece.letters
        parts.append("".join(letter.text for letter in ordered).strip(" "))
        above = piece
    return plain("".join(parts))


def _has_pictures(page: pypdfium2.PdfPage) -> bool:
    import pypdfium2.raw as pdfium

    return next(page.get_objects((pdfium.FPDF_PAGEOBJ_IMAGE,)), None) is not None


def _outline(pdf: pypdfium2.PdfDocument) -> Outline:
    entries: Outline = {}
    above: list[str] = []
    for bookmark in pdf.get_toc():
        above = [*above[: bookmark.level], _clean(bookmark.get_title())]
        destination = bookmark.get_dest()
        page = destination.get_index() if destination else None
        if page is not None and above[-1]:
            entries.setdefault(page, []).append(tuple(name for name in above if name))
    return entries


def _clean(title: str) -> str:
    return one_line(title)


def _sections(
    pages: Sequence[str], running_heads: Sequence[str], outline: Outline
) -> Iterator[Section]:
    """Cuts each page where the titles of the outline's entries stand on it."""
    begin = 0
    path: tuple[str, ...] = ()
    for number, (text, head) in enumerate(zip(pages, running_heads, strict=True)):
        cuts = [(0, path)]
        for place, path in enumerate(outline.get(number, [])):
            at = cuts[-1][0]
            cuts.append((_find_title(text, path[-1], at) if place < MOST_TITLES else at, path))
        ends = [at for at, _ in cuts[1:]] + [len(text)]
        for (at, names), end in zip(cuts, ends, strict=True):
            if text[at:end].strip():
                yield Section(
                    begin + at, begin + end, begin + at, names, number + 1, running_head=head
                )
        begin += len(text) + len(PAGE_BREAK)


def _find_title(text: str, title: str, at: int) -> int:
    """Where the line begins that the title stands on, not before `at`; `at` if nowhere."""
    words = r"\s+".join(re.escape(word) for word in title[:LONGEST_TITLE].split())
    found = re.compile(words, re.IGNORECASE).search(text, at)
    if not found:
        return at
    starts = [0] + [match.end() for match in re.finditer("\n", text)]
    return max(at, starts[bisect_right(starts, found.start()) - 1])
