"""OpenDocument texts and presentations (odt, ott, odp, otp, and the flat fodt, fodp)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.odf_styles import Styles, styles_of
from chatui.retrieval.readers.odf_text import OpenText
from chatui.retrieval.readers.office_blocks import Slide, of_slides, write_line
from chatui.retrieval.readers.office_xml import DEEP, attribute, clean, local, parsed
from chatui.retrieval.readers.slide_order import Box, reading_order

DAMAGED = "it is a damaged OpenDocument file"
MANIFEST = "META-INF/manifest.xml"
ENCRYPTED = "encrypted-package"
_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,12})?)(cm|mm|in|pt|pc|px)?")
_CM = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "pc": 2.54 / 6, "px": 2.54 / 96, "": 1.0}
_MOVED = re.compile(r"translate\s?\(\s?([^\s,)]{1,30})[\s,]{1,2}([^\s,)]{1,30})\s?\)")
_EDGES = ("header", "footer", "date-time", "page-number")
_NO_SHAPES = ("notes", "annotation", "forms", "par", "seq", "animations", "title", "desc")


class _File:
    """The roots of a file's parts, whether it is an archive or flat."""

    def __init__(self, data: bytes) -> None:
        self._archive = Archive(data) if data.startswith(b"PK") else None
        if self._archive is None:
            self.content = self.styles = self.about = parsed(data, DAMAGED)
            return
        if self._archive.unpacked((".xml",)) > UNPACKED_MB << 20:
            raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
        listed = self._archive.read(MANIFEST) if MANIFEST in self._archive else b""
        if b"encryption-data" in listed or ENCRYPTED in self._archive:
            raise ReadFailed("it is protected by a password")
        self.content = parsed(self._archive.read("content.xml"), DAMAGED)
        self.styles = self._root("styles.xml")
        self.about = self._root("meta.xml")

    def _root(self, name: str) -> Element:
        assert self._archive is not None
        if name not in self._archive:
            return Element("none")
        return parsed(self._archive.read(name), DAMAGED)

    def part(self, address: str) -> Element | None:
        """The content of an object that the file holds; None for one that is not there."""
        name = posixpath.normpath(f"{unquote(address)}/content.xml").lstrip("/")
        if self._archive is None or not address or name not in self._archive:
            return None
        try:
            return parsed(self._archive.read(name), DAMAGED)
        except ReadFailed:
            return None  # which costs the object, and is told as such

    @property
    def title(self) -> str:
        return clean(self.about.findtext(".//{*}meta/{*}title", ""))

    def all_styles(self) -> Styles:
        return styles_of([self.content] if self._archive is None else [self.content, self.styles])


def read_text(data: bytes, stem: str) -> Document:
    """The title is the document's own, else its first heading, else the file's stem.

    Raises ReadFailed for a file that is damaged, protected or nested too deeply, Unreadable for
    one without text.
    """
    try:
        file = _File(data)
        text = OpenText(file.all_styles(), file.part)
        for body in file.content.findall("{*}body/{*}text"):
            text.write(body)
        for line in dict.fromkeys(_edges(file, text)):
            write_line(text.composer, line)
    except RecursionError as error:
        raise ReadFailed(DEEP) from error
    if not text.composer.written:
        raise Unreadable("it holds no text", empty=True)
    title = file.title or text.composer.first_heading or stem
    document = text.composer.document(title, with_lines=False)
    return replace(document, lacks=tuple(map(Lack, text.unread)))


def _edges(file: _File, text: OpenText) -> Iterator[str]:
    """The lines of headers and footers, but for those that only number the pages."""
    for edge in ("header", "footer"):
        for page in file.styles.findall("{*}master-styles/{*}master-page"):
            for one in page:
                if local(one).partition("-")[0] != edge or attribute(one, "display") == "false":
                    continue
                for paragraph in one.iterfind(".//{*}p"):
                    numbered = any(local(part) == "page-number" for part in paragraph.iter())
                    said = "" if numbered else clean("".join(paragraph.itertext()))
                    if said:
                        yield f"{edge.capitalize()}: {said}"


def read_slides(data: bytes, stem: str) -> Document:
    """The same for a presentation, whose title may be that of its first slide."""
    try:
        file = _File(data)
        styles = file.all_styles()
        unread: dict[str, None] = {}
        show = file.content.find("{*}body/{*}presentation")
        pages = show.findall("{*}page") if show is not None else []
        said = {
            attribute(one, "name"): clean("".join(one.itertext()))
            for one in (show if show is not None else ())
            if local(one) == "footer-decl"
        }
        slides = [
            _slide(number, page, OpenText(styles, file.part, unread=unread), said)
            for number, page in enumerate(pages, 1)
        ]
    except RecursionError as error:
        raise ReadFailed(DEEP) from error
    first = next((slide.title for slide in slides if slide.title), "")
    return of_slides(file.title or first or stem, slides, tuple(map(Lack, unread)))


def _slide(number: int, page: Element, text: OpenText, footers: dict[str, str]) -> Slide:
    titles: list[str] = []
    for shape in _in_order(page):
        kind = attribute(shape, "class")
        if attribute(shape, "placeholder") == "true" or kind in _EDGES:
            continue
        if kind == "title":
            titles.append(text.text_of(shape))
        else:
            _write(shape, text)
    for one in page:
        if local(one) == "annotation":
            text.write_comment(one)
    notes = page.find("{*}notes")
    for shape in notes if notes is not None else ():
        if attribute(shape, "class") == "notes" and attribute(shape, "placeholder") != "true":
            said = text.text_of(shape)
            write_line(text.composer, f"Notes: {said}" if said else "")
    hidden = any(
        style.hides_slide
        for style in text.styles.chain("drawing-page", attribute(page, "style-name"))
    )
    footer = footers.get(attribute(page, "use-footer-name"), "")
    words = text.composer.document("").text
    return Slide(number, " ".join(filter(None, titles)), words, hidden, edge=footer)


def _write(shape: Element, text: OpenText) -> None:
    if local(shape) == "g":
        for one in _in_order(shape):
            _write(one, text)
    else:
        text.write_drawn(shape)


def _in_order(of: Element) -> list[Element]:
    shapes = [one for one in of if local(one) not in _NO_SHAPES]
    return [shapes[at] for at in reading_order([_box(one) for one in shapes])]


def _box(shape: Element) -> Box | None:
    if local(shape) == "g":
        inner = [box for one in shape if (box := _box(one)) is not None]
        if not inner:
            return None
        left, down = min(box.left for box in inner), min(box.down for box in inner)
        right = max(box.left + box.width for box in inner)
        bottom = max(box.down + box.height for box in inner)
        return Box(left, down, right - left, bottom - down)
    moved = _MOVED.search(attribute(shape, "transform")[:1000])
    left_text, down_text = (
        moved.groups() if moved else (attribute(shape, "x"), attribute(shape, "y"))
    )
    left_at, down_at = _length(left_text), _length(down_text)
    if left_at is None or down_at is None:
        return None
    width, height = (_length(attribute(shape, side)) or 0.0 for side in ("width", "height"))
    return Box(left_at, down_at, width, height)


def _length(text: str) -> float | None:
    """In centimetres."""
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _CM[found[2] or ""] if found else None
