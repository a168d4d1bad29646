"""PDF through PDFium: the text of each page, and the outline as headings.

PDFium is not thread-safe and can crash on damaged files: only the reading process loads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Section, Unreadable
from chatui.retrieval.readers.pdf_forms import FormField, fields, filled, remarks
from chatui.retrieval.readers.pdf_furniture import without_furniture
from chatui.retrieval.readers.pdf_layout import as_text, in_reading_order
from chatui.retrieval.readers.pdf_letters import Letter, letters_of, turned
from chatui.retrieval.readers.pdf_sight import GARBLED, Doubt, doubt, is_better, is_sheet, pixels
from chatui.retrieval.readers.pdf_table_text import (
    PlacedTable,
    clip,
    joined,
    mended,
    parted,
    place,
    with_headers,
)
from chatui.retrieval.readers.pdf_tables import find_tables
from chatui.retrieval.readers.pdf_words import has_right_to_left
from chatui.retrieval.readers.sight import (
    ILLEGIBLE,
    MOST_LOOKED_AT,
    TOO_MANY,
    PagesSeen,
    Reading,
    Sight,
)
from chatui.retrieval.readers.titles import telling
from chatui.text.safety import one_line

if TYPE_CHECKING:
    import pypdfium2

    from chatui.retrieval.readers.ocr import Recogniser

PAGE_BREAK = "\n\f\n"
MOST_TITLES = 200
"""Of one page that are looked for on it, which each goes through its text."""
MOST_TEXTS = 100_000
"""Texts of a page, each a letter or a line. PDFium takes a kilobyte for each and 170 bytes for each
of its letters."""
LONGEST_TITLE = 400
"""Characters of a title that are looked for."""
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD in fpdfview.h
SECURITY_ERROR = 5  # FPDF_ERR_SECURITY

UNLOADED = "could not be loaded"
OVERFULL = f"has more than {MOST_TEXTS:,} texts"
XFA = (
    "its form is made by a program inside the file (XFA), which is not run; "
    "print it to a plain PDF with the program that filled it in"
)

Outline = dict[int, list[tuple[str, ...]]]
"""Heading paths by the 0-based page that they lead to, in the outline's order."""


def read(data: bytes, stem: str, sight: Sight) -> Reading:
    """Pages joined by a form feed; one section for each page and for each outline entry. Yields
    behind every page that was looked at."""
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
        read_pages = yield from _looked_at(pdf, read_pages, sight)
        stripped = without_furniture([page.whole for page in read_pages])
        found = with_headers([page.tables for page in read_pages])
        clipped = [
            clip(page.whole, text, tables)
            for page, (text, _), tables in zip(read_pages, stripped, found, strict=True)
        ]
        texts, placed = mended([text for text, _ in stripped], clipped)
        outline = _outline(pdf)
        title = _clean(str(pdf.get_metadata_value("Title")))
    finally:
        pdf.close()
    if not any(text.strip() for text in texts):
        raise _unreadable(read_pages, sight)
    pages = [
        replace(page, text=text, notes=(), head=head, tables=tables)
        for page, text, (_, head), tables in zip(read_pages, texts, stripped, placed, strict=True)
    ]
    return Document(
        title=telling(title) or stem,
        text=PAGE_BREAK.join(texts),
        sections=tuple(_sections(pages, outline)),
        lacks=(*_lacks(pages), *([Lack(XFA)] if is_empty_form else [])),
        blind=sight.recogniser is None and any(page.doubt for page in pages),
    )


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text with plain line ends, and why it has none where it ought to. `notes` are what
    was remarked on it. A page with a `doubt` has to be looked at; `seen` tells that its text was
    recognised there. `head` is what was taken out at its edges, `tables` are those in the text."""

    text: str
    lack: str = ""
    notes: tuple[str, ...] = ()
    doubt: Doubt | None = None
    seen: bool = False
    head: str = ""
    tables: tuple[PlacedTable, ...] = ()

    @property
    def whole(self) -> str:
        return "\n".join(text for text in (self.text, *self.notes) if text.strip("\n"))


def _looked_at(
    pdf: pypdfium2.PdfDocument, pages: Sequence[PageText], sight: Sight
) -> Generator[PagesSeen, None, list[PageText]]:
    """The pages with what was recognised on those that have to be looked at."""
    doubted = [number for number, page in enumerate(pages) if page.doubt]
    looked_at = list(pages)
    if sight.recogniser is None:
        return looked_at
    for done, number in enumerate(doubted):
        if done >= MOST_LOOKED_AT:
            looked_at[number] = replace(pages[number], lack=TOO_MANY)
            continue
        yield PagesSeen(done, len(doubted))
        looked_at[number] = _seen(pdf, number, pages[number], sight.recogniser)
    if doubted:
        yield PagesSeen(len(doubted), len(doubted))
    return looked_at


def _seen(
    pdf: pypdfium2.PdfDocument, number: int, page: PageText, recogniser: Recogniser
) -> PageText:
    import pypdfium2

    if page.doubt is None:
        return page
    try:
        look, large = pixels(pdf[number]), is_sheet(pdf[number])
    except (pypdfium2.PdfiumError, RuntimeError):
        return replace(page, lack=UNLOADED)
    found = recogniser.read(look, is_sheet=large)
    if is_better(page.doubt, page.text, found.text):
        lack = ILLEGIBLE if found.is_hard else ""
        return replace(page, text=found.text, tables=(), seen=True, lack=lack)
    if found.is_hard:
        return replace(page, lack=ILLEGIBLE)
    return page if page.doubt.lack == GARBLED else replace(page, lack="")


def _unreadable(pages: Sequence[PageText], sight: Sight) -> Exception:
    """Why there is no text at all."""
    if any(page.lack == UNLOADED for page in pages):
        return ReadFailed("none of its pages could be loaded")
    if any(page.lack == OVERFULL for page in pages):
        return ReadFailed(f"none of its pages has text that is read, and one {OVERFULL}")
    if not any(page.doubt for page in pages):
        return Unreadable("it holds no text", empty=True)
    if sight.recogniser is None:
        return Unreadable("its pages are pictures without any text", blind=True)
    if any(page.lack == ILLEGIBLE for page in pages):
        return Unreadable("its pages are pictures of which most could not be made out")
    return Unreadable("its pages are pictures in which no text was found")


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
        if _is_overfull(page):
            return PageText("", OVERFULL)
        letters = letters_of(page)
        filled_in, noted = fields(page), tuple(remarks(page))
    except pypdfium2.PdfiumError:
        return PageText("", UNLOADED)
    texts = letters.by_direction
    main = next(iter(texts), 0)
    filled_in = [replace(field, box=turned(field.box, main)) for field in filled_in]
    read = [
        _text_of(run, filled_in if direction == main else ())
        for direction, run in (texts or {main: []}).items()
    ]
    text, tables = joined([part for part in read if part[0].strip("\n")])
    doubted = doubt(page, text, letters.unmapped)
    page.close()
    return PageText(text, doubted.lack if doubted else "", noted, doubted, tables=tables)


def _is_overfull(page: pypdfium2.PdfPage) -> bool:
    import pypdfium2.raw as pdfium

    count = int(pdfium.FPDFPage_CountObjects(page))
    if count <= MOST_TEXTS:
        return False
    # The lines of a map are as many, and cost nothing.
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, at)) for at in range(count))
    return sum(1 for kind in kinds if kind == pdfium.FPDF_PAGEOBJ_TEXT) > MOST_TEXTS


def _text_of(
    letters: Sequence[Letter], filled_in: Sequence[FormField]
) -> tuple[str, tuple[PlacedTable, ...]]:
    """The letters of one direction in reading order, a line each, with the values of fields or with
    tables. A form is none."""
    pieces = in_reading_order(letters)
    if filled_in or has_right_to_left(letters):
        return as_text(filled(pieces, filled_in) if filled_in else pieces), ()
    return place(pieces, find_tables(pieces))


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


def _sections(pages: Sequence[PageText], outline: Outline) -> Iterator[Section]:
    """Cuts each page where the titles of the outline's entries stand on it, and at its tables."""
    begin = 0
    path: tuple[str, ...] = ()
    for number, page in enumerate(pages):
        text = page.text
        cuts = [(0, path)]
        for count, path in enumerate(outline.get(number, [])):
            at = cuts[-1][0]
            cuts.append((_find_title(text, path[-1], at) if count < MOST_TITLES else at, path))
        ends = [at for at, _ in cuts[1:]] + [len(text)]
        for (at, names), end in zip(cuts, ends, strict=True):
            for section in parted(text, at, end, names, page.tables):
                yield replace(
                    section,
                    start=begin + section.start,
                    body=begin + section.body,
                    end=begin + section.end,
                    page=number + 1,
                    running_head=page.head,
                    ocr=page.seen,
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
