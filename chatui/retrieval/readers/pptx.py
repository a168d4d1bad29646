"""Presentations of PowerPoint (pptx, pptm, ppsx, potx): slides in the order in which they are
shown, with tables, charts, SmartArt, notes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack
from chatui.retrieval.chunking.lacks import pages_in_words
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.office_blocks import Slide, of_slides, write_line
from chatui.retrieval.readers.office_xml import DEEP, Link, attribute, clean, links, local, parsed
from chatui.retrieval.readers.pptx_graphics import write_chart, write_diagram, write_table_of
from chatui.retrieval.readers.pptx_shapes import (
    EDGES,
    PICTURES,
    TITLES,
    Shape,
    Sheet,
    holder,
    is_hidden,
    shapes,
)
from chatui.retrieval.readers.pptx_text import SlideLine, lines, write_lines
from chatui.retrieval.readers.titles import telling
from chatui.retrieval.readers.xml_names import first_text

DAMAGED = "it is a damaged presentation"
CORE = "docProps/core.xml"
TEXTS_END = (".xml", ".rels")
_A_FILE = re.compile(r".{1,300}\.(?:png|jpe?g|gif|bmp|tiff?|svg|emf|wmf|webp)", re.IGNORECASE)
_MADE = "Description automatically generated"


def read(data: bytes, stem: str) -> Document:
    """The title is the presentation's own, else that of its first slide, else the file's stem.

    Raises ReadFailed for a presentation that is damaged or nested too deeply, Unreadable for one
    without any words.
    """
    archive = Archive(data)
    if archive.unpacked(TEXTS_END) > UNPACKED_MB << 20:
        raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
    try:
        presentation = _Presentation(archive)
        slides = list(presentation.slides())
    except RecursionError as error:
        raise ReadFailed(DEEP) from error
    title = telling(first_text(archive.read(CORE), "title")) if CORE in archive else ""
    first = next((slide.title for slide in slides if slide.title), "")
    return of_slides(title or first or stem, slides, presentation.lacks())


class _Presentation:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._sheets: dict[str, Sheet] = {}
        main = next(
            (link.target for link in links(archive, "", DAMAGED).values()
             if link.kind == "officeDocument"), "ppt/presentation.xml"
        )  # fmt: skip
        self._main = main
        self._root = parsed(archive.read(main), DAMAGED)
        self._known = links(archive, main, DAMAGED)
        self._defaults = list(self._root.iterfind(".//{*}defaultTextStyle"))[:1]
        self._authors = dict(self._named_authors())
        self._unread: dict[str, list[int]] = {}

    def slides(self) -> Iterator[Slide]:
        chapters = self._chapters()
        listed = self._root.findall("{*}sldIdLst/{*}sldId")
        for number, one in enumerate(listed, 1):
            link = self._known.get(_relation(one))
            if link is None or link.target not in self._archive:
                self._lack("the slide is missing in the file", number)
                continue
            yield self._slide(number, link.target, chapters.get(one.get("id", ""), ""))

    def lacks(self) -> list[Lack]:
        return [
            Lack(f"{pages_in_words(numbers, 'slide')}: {reason}")
            for reason, numbers in self._unread.items()
        ]

    def _lack(self, reason: str, number: int) -> None:
        numbers = self._unread.setdefault(reason, [])
        if not numbers or numbers[-1] != number:
            numbers.append(number)

    def _sheet(self, part: str) -> Sheet:
        """A part of the file; layouts and masters are shared by many slides."""
        if part not in self._sheets:
            sheet = Sheet(
                parsed(self._archive.read(part), DAMAGED), links(self._archive, part, DAMAGED)
            )
            if "slides/" in part or "notesSlides/" in part:
                return sheet
            self._sheets[part] = sheet
        return self._sheets[part]

    def _part(self, sheet: Sheet, kind: str) -> Sheet | None:
        for link in sheet.known.values():
            if link.kind == kind and not link.external and link.target in self._archive:
                return self._sheet(link.target)
        return None

    def _slide(self, number: int, part: str, chapter: str) -> Slide:
        sheet = self._sheet(part)
        layout = self._part(sheet, "slideLayout")
        master = self._part(layout, "slideMaster") if layout else None
        above = [one for one in (layout, master) if one is not None]
        composer = DocumentBuilder()
        titles: list[str] = []
        edges = list(_drawn_by(above, sheet))
        pictures = False
        for shape in shapes(sheet, above, self._defaults):
            if is_hidden(shape.element):
                continue
            if shape.holder in EDGES:
                edges += _edge(shape, sheet.known)
            elif shape.holder in TITLES:
                titles += [one.text for one in _text(shape, sheet.known)]
            else:
                pictures |= local(shape.element) == "pic" or shape.holder in PICTURES
                self._write(shape, sheet, composer, number)
        if pictures and not composer.written:
            self._lack("what its pictures show is not read", number)
        for line in (*self._comments(sheet), *self._notes(sheet)):
            write_line(composer, line)
        hidden = sheet.root.get("show") in ("0", "false")
        edge = " · ".join(dict.fromkeys(edges))
        return Slide(number, " ".join(titles), composer.document("").text, hidden, chapter, edge)

    def _write(self, shape: Shape, sheet: Sheet, composer: DocumentBuilder, number: int) -> None:
        element = shape.element
        if local(element) == "sp":
            write_lines(composer, _text(shape, sheet.known))
        elif local(element) == "graphicFrame":
            self._write_frame(element, sheet, composer, number)
        if local(element) != "sp" and (said := described(element)):
            write_line(composer, f"Picture: {said}")

    def _write_frame(
        self, frame: Element, sheet: Sheet, composer: DocumentBuilder, number: int
    ) -> None:
        data = frame.find("{*}graphic/{*}graphicData")
        for one in data if data is not None else ():
            name = local(one)
            if name == "tbl":
                write_table_of(one, composer, sheet.known)
            elif name == "chart":
                part = self._linked(sheet, _relation(one))
                known = part is not None and local(part) == "chartSpace"
                if part is None or not known or not write_chart(part, composer):
                    self._lack("the figures of its chart are not read", number)
            elif name == "relIds":
                part = self._linked(sheet, attribute(one, "dm"))
                if part is None:
                    self._lack("the words of its SmartArt are not in the file", number)
                else:
                    write_diagram(part, composer)
            elif name in ("oleObj", "AlternateContent"):
                self._lack("the object of another program in it is not read", number)

    def _linked(self, sheet: Sheet, name: str) -> Element | None:
        link = sheet.known.get(name)
        if link is None or link.external or link.target not in self._archive:
            return None
        return parsed(self._archive.read(link.target), DAMAGED)

    def _notes(self, sheet: Sheet) -> Iterator[str]:
        notes = self._part(sheet, "notesSlide")
        if notes is None:
            return
        said = [
            f"{line.label} {line.text}".strip()
            for shape in shapes(notes, (), ())
            if shape.holder in ("body", "")
            for line in _text(shape, notes.known)
        ]
        if said:
            yield "\n".join([f"Notes: {said[0]}", *said[1:]])

    def _comments(self, sheet: Sheet) -> Iterator[str]:
        for link in sheet.known.values():
            if link.kind != "comments" or link.external or link.target not in self._archive:
                continue
            root = parsed(self._archive.read(link.target), DAMAGED)
            for one in root.iter():
                if local(one) in ("cm", "reply"):
                    author = self._authors.get(one.get("authorId", ""), "")
                    said = _said(one)
                    if said:
                        yield f"Comment by {author}: {said}" if author else f"Comment: {said}"

    def _named_authors(self) -> Iterator[tuple[str, str]]:
        for link in self._known.values():
            if link.kind in ("commentAuthors", "authors") and link.target in self._archive:
                for one in parsed(self._archive.read(link.target), DAMAGED):
                    yield one.get("id", ""), clean(one.get("name", ""))

    def _chapters(self) -> dict[str, str]:
        """The named section of each slide that is in one, by the slide's id."""
        return {
            slide.get("id", ""): clean(section.get("name", ""))
            for section in self._root.iterfind(".//{*}section")
            if section.get("name") not in (None, "Default Section")
            for slide in section.iterfind(".//{*}sldId")
        }


def described(element: Element) -> str:
    """What the author says of a picture for those who do not see it; "" for its file's name and
    for what a program guessed."""
    named = element.find("./*/{*}cNvPr")
    said = clean(attribute(named, "descr").partition(_MADE)[0])
    decorative = named is not None and any(
        local(one) == "decorative" and one.get("val") in ("1", "true") for one in named.iter()
    )
    return "" if decorative or _A_FILE.fullmatch(said) else said


def _text(shape: Shape, known: Mapping[str, Link]) -> list[SlideLine]:
    return lines(shape.element.find("{*}txBody"), shape.styles, known)


def _edge(shape: Shape, known: Mapping[str, Link]) -> list[str]:
    """What stands in a footer; a number or a date that the program fills in is none."""
    body = shape.element.find("{*}txBody")
    if shape.holder == "sldNum" or body is None or body.find(".//{*}fld") is not None:
        return []
    return [one.text for one in _text(shape, known)]


def _drawn_by(above: Sequence[Sheet], sheet: Sheet) -> Iterator[str]:
    """What the layout and the master write on each of their slides."""
    shown = sheet
    for one in above:
        if shown.root.get("showMasterSp") in ("0", "false"):
            return
        for shape in shapes(one, (), ()):
            if not holder(shape.element) and local(shape.element) == "sp":
                yield from (line.text for line in _text(shape, one.known))
        shown = one


def _said(comment: Element) -> str:
    """The words of one comment, without those of the replies in it."""
    for child in comment:
        if local(child) == "text":
            return clean(child.text or "")
        if local(child) == "txBody":
            return " ".join(line.text for line in lines(child, (), {}))
    return ""


def _relation(element: Element) -> str:
    return next((value for key, value in element.items() if key.endswith("}id")), "")
