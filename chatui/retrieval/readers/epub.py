"""E-books: the chapters in the order of the book's spine, each read as a page of HTML."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from urllib.parse import unquote

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers.archives import Archive
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html import compose, declared_charset
from chatui.retrieval.readers.xml_names import elements, first_text
from chatui.text.safety import one_line

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")


def read(data: bytes, stem: str) -> Document:
    """The title is the book's own, else the first heading, else the file's stem.

    Raises ReadFailed for a book that is damaged or locked, Unreadable for one of pictures.
    """
    archive = Archive(data)
    package = _package(archive)
    description = archive.read(package)
    chapters = _chapters(description, posixpath.dirname(package))
    locked = _locked(archive)
    composer = DocumentBuilder()
    lacks: list[Lack] = []
    for name in chapters:
        if name in locked:
            raise ReadFailed("it is protected by a copy protection (DRM)")
        if name in archive:
            page = archive.read(name)
            compose(decode(page, declared_charset(page)), composer, lined=False)
        else:
            lacks.append(Lack(f"the chapter {one_line(posixpath.basename(name))} is missing"))
    if not composer.written:
        raise Unreadable("its pages are pictures without any text")
    title = first_text(description, "title") or composer.first_heading or stem
    return replace(composer.document(title, with_lines=False), lacks=tuple(lacks))


def _package(archive: Archive) -> str:
    """The path of the file that describes the book."""
    if CONTAINER in archive:
        for _, attributes, _ in elements(archive.read(CONTAINER), "rootfile"):
            path = attributes.get("full-path") or ""
            if path in archive:
                return path
    found = [name for name in archive.names() if name.endswith(".opf")]
    if not found:
        raise ReadFailed("it is a damaged e-book: nothing says which chapters it has")
    return found[0]


def _chapters(description: bytes, folder: str) -> list[str]:
    """The names of the pages in reading order, without the book's own table of contents."""
    pages: dict[str, str] = {}
    order: list[str] = []
    for name, attributes, _ in elements(description, "item", "itemref"):
        if name == "itemref":
            order.append(attributes.get("idref") or "")
            continue
        is_page = (attributes.get("media-type") or "") in _PAGES
        if is_page and "nav" not in (attributes.get("properties") or "").split():
            # A name may hold a # itself, which is then written as %23.
            href = unquote((attributes.get("href") or "").partition("#")[0])
            pages[attributes.get("id") or ""] = posixpath.normpath(posixpath.join(folder, href))
    # A page may be named twice; a broken spine leaves the order of the list of files.
    wanted = order if any(name in pages for name in order) else list(pages)
    return list(dict.fromkeys(pages[name] for name in wanted if name in pages))


def _locked(archive: Archive) -> set[str]:
    """The members that are encrypted; books often hide their fonts, which is no harm."""
    if ENCRYPTION not in archive:
        return set()
    found = elements(archive.read(ENCRYPTION), "cipherreference")
    return {unquote(attributes.get("uri") or "") for _, attributes, _ in found}
