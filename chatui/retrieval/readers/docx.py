"""Word documents: mammoth makes HTML of them, and the HTML reader does the rest."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.docx_markup import prepare, texts
from chatui.retrieval.readers.docx_numbering import W, numbering
from chatui.retrieval.readers.html import compose
from chatui.retrieval.readers.titles import telling
from chatui.retrieval.readers.xml_names import first_text

CORE = "docProps/core.xml"

_HEADINGS = "\n".join(
    f"p.Heading{level} => h{level}:fresh\np[style-name='Heading {level}'] => h{level}:fresh"
    for level in range(1, 7)
)
# In the place of mammoth's own rules, which each paragraph and run is held against: most of them
# are about lists, which are text by then, and say what holds anyway.
_STYLES = f"""
{_HEADINGS}
p.Heading => h1:fresh
p[style-name='Heading'] => h1:fresh
p[style-name='Title'] => h1:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
comment-reference => sup
"""
MOST_PARTS = 80_000
"""Paragraphs, cells of tables, and runs where texts that differ in nothing but their looks are one;
each takes about a tenth of a millisecond."""
TEXTS_END = (".xml", ".rels")
NO_LISTS = b'<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
_PARTS = {
    "word/charts/chart": "charts",
    "word/diagrams/data": "SmartArt graphics",
    "word/embeddings/oleObject": "objects of other programs",
}
_TEXTS = re.compile(r"word/(?:document|footnotes|endnotes|comments)\d*\.xml")
_PARTED = (f"{W}p", f"{W}r", f"{W}tc")
_EDGE = re.compile(r"word/(header|footer)\d*\.xml")
_UNKNOWN = re.compile(r"unrecognised element was ignored: (\S+)")


def read(data: bytes, stem: str) -> Document:
    """The title is the one in the document's properties, else its first heading, else the
    stem. Page numbers are the printer's doing and not in the file."""
    archive = Archive(data)
    if archive.unpacked(TEXTS_END) > UNPACKED_MB << 20:
        raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
    for name in archive.names():
        if name.endswith(TEXTS_END) and b"<!DOCTYPE" in archive.read(name)[:4096]:
            # No word processor writes one; entities could make a page of it a gigabyte.
            raise ReadFailed("its XML declares a document type, which a Word document never has")
    title = first_text(archive.read(CORE), "title") if CORE in archive else ""
    composer = DocumentBuilder()
    html, unknown = _html(_prepared(archive))
    compose(html, composer, lined=False)
    for edge in ("header", "footer"):
        for line in dict.fromkeys(_edge_lines(archive, edge)):
            composer.block([(f"{edge.capitalize()}: {line}", 1)])
    if not composer.written:
        raise Unreadable("it holds no text", empty=True)
    document = composer.document(telling(title) or composer.first_heading or stem, with_lines=False)
    lacks = [Lack(f"elements of Word that are not read: {', '.join(unknown)}")] if unknown else []
    return replace(document, lacks=(*lacks, *_unread(archive)))


def _unread(archive: Archive) -> Iterator[Lack]:
    """What stands in parts of their own that nobody reads."""
    for part, what in _PARTS.items():
        if any(name.startswith(part) for name in archive.names()):
            yield Lack(f"its {what} are not read")


def _prepared(archive: Archive) -> bytes:
    """The document with its markup in what mammoth knows."""
    parts = {
        name: _parsed(archive.read(f"word/{name}.xml"))
        for name in ("numbering", "styles")
        if f"word/{name}.xml" in archive
    }
    numbers = numbering(parts)
    # The numbers are in the text then: mammoth is not to make lists of them once more.
    changed = {"word/numbering.xml": NO_LISTS}
    large = 0
    for name in archive.names():
        if _TEXTS.fullmatch(name):
            root = _parsed(archive.read(name))
            try:
                prepare(root, numbers)
                large += sum(1 for one in root.iter() if one.tag in _PARTED)
                if large > MOST_PARTS:
                    raise ReadFailed(f"it has more than {MOST_PARTS:,} paragraphs, cells and runs")
                changed[name] = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
            except RecursionError as error:
                raise ReadFailed("its elements are nested too deeply") from error
    return archive.with_members(changed, TEXTS_END)


def _edge_lines(archive: Archive, edge: str) -> Iterator[str]:
    """The lines of all headers or footers; those of the first and of left pages are often the
    same."""
    for name in sorted(archive.names()):
        if (found := _EDGE.fullmatch(name)) and found[1] == edge:
            yield from texts(_parsed(archive.read(name)))


def _parsed(xml: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise ReadFailed("it is a damaged Word document") from error


def _html(data: bytes) -> tuple[str, list[str]]:
    """The document as HTML, and the names of the elements that mammoth does not know."""
    import mammoth  # type: ignore[import-untyped]

    def no_image(_: Any) -> list[Any]:
        return []

    try:
        made = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            include_default_style_map=False,
            include_embedded_style_map=False,
            convert_image=no_image,
            external_file_access=False,
        )
    except MemoryError:
        raise
    # mammoth says of a broken file whatever its innards happen to stumble over.
    except Exception as error:
        raise ReadFailed("it is a damaged Word document") from error
    unknown = (_UNKNOWN.search(message.message) for message in made.messages)
    return str(made.value), list(dict.fromkeys(found[1] for found in unknown if found))
