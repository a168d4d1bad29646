"""The front door of the readers: picks one for a file's bytes and runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from chatui.retrieval.chunking.document import Document, Lack, Unreadable
from chatui.retrieval.readers import (
    code,
    docx,
    epub,
    html,
    mail,
    markdown,
    notebook,
    odf,
    pdf,
    picture,
    plain,
    pptx,
    records,
    rst,
    rtf,
    saved_page,
    spreadsheet,
)
from chatui.retrieval.readers.decoding import broken_characters, decode
from chatui.retrieval.readers.kinds import FileKind, family_of, kind_of
from chatui.retrieval.readers.sight import Reading, Sight
from chatui.text.figures import counted
from chatui.text.safety import strip_controls

EMPTY = "it holds no text"

_EXTRACTED = {
    FileKind.DOCX: docx.read,
    FileKind.EPUB: epub.read,
    FileKind.MAIL: mail.read,
    FileKind.SPREADSHEET: spreadsheet.read,
    FileKind.PPTX: pptx.read,
    FileKind.OPEN_TEXT: odf.read_text,
    FileKind.OPEN_SLIDES: odf.read_slides,
    FileKind.RTF: rtf.read,
    FileKind.SAVED_PAGE: saved_page.read,
}
_LOOKED_AT = {FileKind.PDF: pdf.read, FileKind.PICTURE: picture.read}
_TEXTS = {
    FileKind.MARKDOWN: markdown.read,
    FileKind.RST: rst.read,
    FileKind.RECORDS: records.read,
    FileKind.NOTEBOOK: notebook.read,
}


def read(
    name: str,
    data: bytes,
    sight: Sight = Sight(),  # noqa: B008 - a frozen value
    beside: html.Beside = html.nothing_beside,
) -> Document:
    """The document in a file of that name with these bytes, as `reading` has it."""
    steps = reading(name, data, sight, beside)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            document: Document = end.value
            return document


def reading(name: str, data: bytes, sight: Sight, beside: html.Beside) -> Reading:
    """The same step by step: whoever reads pictures tells how far it is; `beside` finds what a
    page was saved with.

    Raises Unreadable with the reason when it is empty or of a kind that is not read, and
    ReadFailed when it is damaged or protected.
    """
    if not data or data.isspace():
        raise Unreadable(EMPTY, empty=True)
    kind = kind_of(name, data)
    stem = strip_controls(PurePath(name).stem)
    if kind in _LOOKED_AT:
        document = yield from _LOOKED_AT[kind](data, stem, sight)
    elif kind in _EXTRACTED:
        document = _EXTRACTED[kind](data, stem)
    elif kind is FileKind.HTML:
        document = html.read(data, stem, beside)
    else:
        text = decode(data)
        if not text or text.isspace():
            raise Unreadable(EMPTY, empty=True)
        document = _read_text(kind, name, text, data)
    if not any(document.text[part.start : part.end].strip() for part in document.sections):
        raise Unreadable(EMPTY, empty=True)
    # The bytes of the others are no text as a whole.
    is_text = kind not in _EXTRACTED and kind not in _LOOKED_AT
    if is_text and (broken := broken_characters(document.text, data)):
        characters = counted(broken, "broken character")
        lack = Lack(f"{characters}, shown as \ufffd")
        return replace(document, lacks=(*document.lacks, lack))
    return document


def _read_text(kind: FileKind, name: str, text: str, data: bytes) -> Document:
    stem = strip_controls(PurePath(name).stem)
    if kind is FileKind.CODE:
        return code.read(text, name, family_of(name, data))
    if kind is FileKind.TABLE:
        is_tabbed = PurePath(name).suffix.lower() in (".tsv", ".tab")
        return records.read_table(text, stem, "\t" if is_tabbed else "")
    if kind in _TEXTS:
        return _TEXTS[kind](text, stem)
    return records.read(text, stem) if records.is_log(text) else plain.read(text, stem)
