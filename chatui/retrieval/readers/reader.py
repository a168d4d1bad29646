"""The front door of the readers: picks one for a file's bytes and runs it."""

from __future__ import annotations

from pathlib import PurePath

from chatui.retrieval.document import Document, Unreadable
from chatui.retrieval.readers import markdown, pdf, plain
from chatui.retrieval.readers.decoding import decode
from chatui.retrieval.readers.kinds import Kind, kind_of
from chatui.text_safety import strip_controls

EMPTY = "it holds no text"


def read(name: str, data: bytes) -> Document:
    """The document in a file of that name with these bytes.

    Raises Unreadable with the reason when it is empty or of a kind that is not read, and
    ReadFailed when it is damaged or protected.
    """
    if not data.strip():
        raise Unreadable(EMPTY, empty=True)
    kind = kind_of(name, data)
    stem = strip_controls(PurePath(name).stem)
    if kind is Kind.PDF:
        return pdf.read(data, stem)
    text = decode(data)
    if not text.strip():
        raise Unreadable(EMPTY, empty=True)
    document = markdown.read(text, stem) if kind is Kind.MARKDOWN else plain.read(text, stem)
    if not any(text[section.start : section.end].strip() for section in document.sections):
        raise Unreadable(EMPTY, empty=True)
    return document
