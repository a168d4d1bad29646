"""Plain text: one section, no headings."""

from __future__ import annotations

from chatui.retrieval.chunking.document import Document, Section


def read(text: str, stem: str) -> Document:
    return Document(title=stem, text=text, sections=(Section(0, len(text), 0),))
