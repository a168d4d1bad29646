"""Formats that are not read: what they are, and what their owner can do about it.

Each reason is a clause that follows the file's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files begin that hold streams by name, as those of all old office programs do."""
_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo")
_OLD_SHEETS = ("Workbook", "Book")
_OLD = {
    "WordDocument": "an old Word document (doc); save it as docx with Word or LibreOffice",
    "PowerPoint Document": "an old presentation (ppt); save it as pptx or odp",
    "VisioDocument": "a Visio drawing; export it as PDF",
    "__properties_version1.0": "a message of Outlook (msg); save it as eml",
    "Quill": "a Publisher document; export it as PDF",
    "MatOST": "a document of Works (wps); save it as odt with LibreOffice",
}
"""By the name of a stream in it."""
_STARTS = (
    (b"\0\0\1\0", "a picture"),
    (b"OggS", "a sound or video file"),
    (b"ID3", "a sound or video file"),
    (b"fLaC", "a sound or video file"),
    (b"\x1a\x45\xdf\xa3", "a sound or video file"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\0asm", "a program"),
    (b"SQLite format 3\0", "a database"),
    (b"%!PS", "a PostScript file; convert it to PDF, with ps2pdf say"),
    (b"AT&TFORM", "a DjVu file; convert it to PDF, with ddjvu -format=pdf say"),
    (b"ITSF", "a Windows help file (chm); convert it to EPUB with Calibre, or unpack its pages"),
    (b"\xff\x57\x50\x43", "a WordPerfect document; save it as ODT with LibreOffice"),
    (
        b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
        "a OneNote section; export it as PDF or Word",
    ),
    (b"ITOLITLS", "a Microsoft Reader e-book; convert it to EPUB with Calibre"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh9", "an archive"),
    (b"\xfd7zXZ\0", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\0\1\0\0\0", "a font"),
    (b"GGUF", "a model file"),
)
_KINDLE = (b"BOOKMOBI", b"TEXtREAd")
_APPLE = {".pages": "a document of Pages; export it as Word or PDF",
          ".key": "a presentation of Keynote; export it as PowerPoint or PDF",
          ".numbers": "a spreadsheet of Numbers; export it as Excel or CSV"}  # fmt: skip


def refuse_old_office(data: bytes) -> None:
    """Raises Unreadable for what is no spreadsheet, ReadFailed for what has a password."""
    if any(_has_stream(data, name) for name in _ENCRYPTED):
        raise ReadFailed("it is protected by a password")
    if any(_has_stream(data, name) for name in _OLD_SHEETS):
        return
    what = next((what for name, what in _OLD.items() if _has_stream(data, name)), "")
    raise Unreadable(what or "an old office document; save it in a newer format")


def _has_stream(data: bytes, name: str) -> bool:
    """Whether the file's directory names the stream: its name in 64 bytes, then its length with
    the zero behind it (MS-CFB 2.6.1)."""
    entry = name.encode("utf-16-le").ljust(64, b"\0") + (2 * len(name) + 2).to_bytes(2, "little")
    return entry in data


def refuse_archive(names: Sequence[str], form: bytes, suffix: str) -> NoReturn:
    """Raises Unreadable for an archive of that suffix, whose members have these names; `form` is
    what it says of itself."""
    if b"vnd.sun.xml" in form:
        raise Unreadable("a document of OpenOffice 1; save it in a newer format with LibreOffice")
    if b"opendocument" in form:
        raise Unreadable("an OpenDocument drawing or formula; export it as PDF")
    if any(name.endswith((".iwa", "Index.zip", "index.apxl", "index.xml.gz")) for name in names):
        other = "a document of Pages, Keynote or Numbers; export it as PDF"
        raise Unreadable(_APPLE.get(suffix, other))
    if any(name.endswith((".fdseq", ".fpage")) for name in names):
        raise Unreadable("an XPS document; print it to PDF")
    if any(name.startswith("visio/") for name in names):
        raise Unreadable("a Visio drawing; export it as PDF")
    raise Unreadable("an archive")


def refuse_binary(head: bytes) -> None:
    """Raises Unreadable for a file that begins as one of no text does."""
    what = next((what for start, what in _STARTS if head.startswith(start)), "")
    if not what and head[60:68] in _KINDLE:
        what = "a Kindle e-book (mobi, azw3); convert it to EPUB with Calibre"
    if not what and head[:4] == b"RIFF":
        what = "a sound or video file"
    if not what and head[4:8] == b"ftyp":
        what = "a sound or video file"
    if not what and head[:2] == b"MZ" and b"\0" in head:
        what = "a program"
    if what:
        raise Unreadable(what)
