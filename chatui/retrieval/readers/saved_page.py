"""Pages saved as one archive: Safari's .webarchive (a property list) and .maff (a zip)."""

from __future__ import annotations

import html as entities
import plistlib
import posixpath
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urljoin
from xml.parsers.expat import ExpatError

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document
from chatui.retrieval.readers.archives import Archive
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.html import compose, declared_charset, from_address
from chatui.retrieval.readers.html_frames import shown_address

MOST_DEEP = 8
"""Frames within frames."""
_DAMAGED = "it is a damaged web archive"
_BROKEN = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, ExpatError,
           struct.error, EOFError, AttributeError)  # fmt: skip
"""What plistlib raises for a list that is none."""
_ORIGINAL = re.compile(rb"""originalurl\s[^>]{0,200}?resource\s?=\s?["']([^"'<>]{1,2000})""", re.I)


def read(data: bytes, stem: str) -> Document:
    """The title is the page's own, else its first heading, else the file's stem. Raises
    ReadFailed."""
    return _of_zip(data, stem) if data.startswith(b"PK") else _of_property_list(data, stem)


def _of_property_list(data: bytes, stem: str) -> Document:
    try:
        archive = plistlib.loads(data)
        resource = archive["WebMainResource"]
        source = _source(resource)
        frames = {_address(one): one["WebResourceData"] for one in _frames(archive, 0)}
    except _BROKEN as error:
        raise ReadFailed(_DAMAGED) from error
    address = _address(resource)

    def beside(link: str) -> bytes | None:
        found = frames.get(urljoin(address, link))
        return found if isinstance(found, bytes) else None

    composer = DocumentBuilder()
    title = compose(source, composer, beside)
    document = composer.document(title or composer.first_heading or stem, with_lines=False)
    return from_address(document, shown_address(address))


def _frames(archive: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    for one in archive.get("WebSubframeArchives") or () if depth < MOST_DEEP else ():
        yield one["WebMainResource"]
        yield from _frames(one, depth + 1)


def _source(resource: Mapping[str, Any]) -> str:
    data = resource["WebResourceData"]
    declared = str(resource.get("WebResourceTextEncodingName") or "")
    return decode(data, declared or declared_charset(data))


def _address(resource: Mapping[str, Any]) -> str:
    return str(resource.get("WebResourceURL") or "")


def _of_zip(data: bytes, stem: str) -> Document:
    """A folder for each page in it, with its parts and a description."""
    archive = Archive(data)
    composer = DocumentBuilder()
    title = address = ""
    for description in [name for name in archive.names() if name.endswith("/index.rdf")]:
        folder = posixpath.dirname(description)
        page = next((name for name in _pages(folder) if name in archive), None)
        if page is None:
            continue

        def beside(link: str, folder: str = folder) -> bytes | None:
            path = posixpath.normpath(posixpath.join(folder, unquote(link.partition("#")[0])))
            inside = path.startswith(f"{folder}/") and path in archive
            return archive.read(path) if inside else None

        source = archive.read(page)
        title = compose(decode(source, declared_charset(source)), composer, beside) or title
        if found := _ORIGINAL.search(archive.read(description)):
            address = address or shown_address(
                entities.unescape(found[1].decode("utf-8", "replace"))
            )
    document = composer.document(title or composer.first_heading or stem, with_lines=False)
    return from_address(document, address) if document.text else replace(document, sections=())


def _pages(folder: str) -> Iterator[str]:
    yield from (f"{folder}/index.{suffix}" for suffix in ("html", "xhtml", "htm", "txt"))
