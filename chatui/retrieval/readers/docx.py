"""Word documents: mammoth makes HTML of them, and the HTML reader does the rest."""

from __future__ import annotations

import io
from typing import Any

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.archives import UNPACKED_MB, Archive
from chatui.retrieval.readers.composing import DocumentBuilder
from chatui.retrieval.readers.html import compose
from chatui.retrieval.readers.xml_names import first_text

CORE = "docProps/core.xml"
NO_TITLES = ("", "word document", "untitled", "document", "document1")

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
p[style-name='Preformatted Text'] => pre:separator('\\n')
p[style-name='Source Code'] => pre:separator('\\n')
p[style-name='List Paragraph'] => p:fresh
"""


def read(data: bytes, stem: str) -> Document:
    """The title is the one in the document's properties, else its first heading, else the
    stem. Page numbers are the printer's doing and not in the file."""
    archive = Archive(data)
    if archive.unpacked((".xml", ".rels")) > UNPACKED_MB << 20:
        raise ReadFailed(f"it unpacks to more than {UNPACKED_MB} MB")
    for name in archive.names():
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(name)[:4096]:
            # No word processor writes one; entities could make a page of it a gigabyte.
            raise ReadFailed("its XML declares a document type, which a Word document never has")
    title = first_text(archive.read(CORE), "title") if CORE in archive else ""
    composer = DocumentBuilder()
    compose(_html(data), composer)
    if not composer.written:
        raise Unreadable("it holds no text", empty=True)
    title = "" if title.lower() in NO_TITLES else title
    return composer.document(title or composer.first_heading or stem, with_lines=False)


def _html(data: bytes) -> str:
    import mammoth  # type: ignore[import-untyped]

    def no_image(_: Any) -> list[Any]:
        return []

    try:
        made = mammoth.convert_to_html(
            io.BytesIO(data), style_map=_STYLES, convert_image=no_image, external_file_access=False
        )
    except MemoryError:
        raise
    # mammoth says of a broken file whatever its innards happen to stumble over.
    except Exception as error:
        raise ReadFailed("it is a damaged Word document") from error
    return str(made.value)
