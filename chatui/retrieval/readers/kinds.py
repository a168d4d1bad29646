"""Which reader a file needs: by its first bytes, then by its suffix."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath

from chatui.retrieval.document import Unreadable
from chatui.retrieval.readers.decoding import HEAD


class Kind(Enum):
    MARKDOWN = "markdown"
    TEXT = "text"
    PDF = "pdf"


_MARKDOWN = {".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx", ".qmd", ".rmd"}

_FOREIGN_SUFFIXES = {
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".odt": "an OpenDocument text",
    ".rtf": "a rich text file",
    ".epub": "an e-book",
    ".html": "an HTML page",
    ".htm": "an HTML page",
    ".xhtml": "an HTML page",
    ".ipynb": "a notebook",
    ".xlsx": "a spreadsheet",
    ".xls": "a spreadsheet",
    ".ods": "a spreadsheet",
    ".pptx": "a presentation",
    ".ppt": "a presentation",
    ".odp": "a presentation",
}

_FOREIGN_STARTS = (
    (b"PK\x03\x04", "an archive"),
    (b"PK\x05\x06", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"{\\rtf", "a rich text file"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
)


def kind_of(name: str, data: bytes) -> Kind:
    """The reader for a file of that name and content. Raises Unreadable for other formats."""
    suffix = PurePath(name).suffix.lower()
    head = data[:HEAD]
    # The PDF standard allows other bytes before the header; readers look in the first 1024.
    if b"%PDF-" in head[:1024] and (suffix == ".pdf" or head.lstrip().startswith(b"%PDF-")):
        return Kind.PDF
    lowered = head.lstrip().lower()
    foreign = _FOREIGN_SUFFIXES.get(suffix) or next(
        (name for start, name in _FOREIGN_STARTS if lowered.startswith(start.lower())), None
    )
    if foreign and suffix not in _MARKDOWN:
        raise Unreadable(f"{foreign}, which is not a format that chatui reads")
    return Kind.MARKDOWN if suffix in _MARKDOWN else Kind.TEXT
