"""Formats that are not read: the reason says what they are and what to do."""

from __future__ import annotations

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.readers.test_office import archive

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def streams(*names: str) -> bytes:
    """A file of named streams, as old office programs write it: its beginning and its directory."""
    entries = (
        name.encode("utf-16-le").ljust(64, b"\0")
        + (2 * len(name) + 2).to_bytes(2, "little")
        + bytes(62)
        for name in ("Root Entry", *names)
    )
    return OLE + b"".join(entries)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.doc", streams("WordDocument"), "an old Word document (doc); save it as docx"),
        ("a.ppt", streams("PowerPoint Document"), "an old presentation (ppt); save it as pptx"),
        ("a.wps", streams("MatOST"), "a document of Works (wps); save it as odt"),
        ("a.vsd", streams("VisioDocument"), "a Visio drawing; export it as PDF"),
        ("a.msg", streams("__properties_version1.0"), "a message of Outlook (msg); save it as eml"),
        ("a.pub", streams("Quill"), "a Publisher document; export it as PDF"),
        ("a.xyz", streams("Something"), "an old office document; save it in a newer format"),
        ("a.djvu", b"AT&TFORM\0\0", "a DjVu file; convert it to PDF"),
        ("a.ps", b"%!PS-Adobe", "a PostScript file; convert it to PDF"),
        ("a.chm", b"ITSF\3\0\0\0", "a Windows help file (chm); convert it to EPUB"),
        ("a.mobi", bytes(60) + b"BOOKMOBI", "a Kindle e-book (mobi, azw3); convert it to EPUB"),
        ("a.azw3", b"Name".ljust(60, b"\0") + b"BOOKMOBI", "a Kindle e-book"),
        ("a.lit", b"ITOLITLS", "a Microsoft Reader e-book; convert it to EPUB"),
        ("a.wpd", b"\xffWPC\0", "a WordPerfect document; save it as ODT"),
        (
            "a.one",
            bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"),
            "a OneNote section; export it as PDF or Word",
        ),
        ("a.pages", archive({"Index/Document.iwa": "x"}), "a document of Pages; export it as Word"),
        ("a.key", archive({"Index/Slide.iwa": "x"}), "a presentation of Keynote; export it as Pow"),
        ("a.numbers", archive({"Index.zip": "x"}), "a spreadsheet of Numbers; export it as Excel"),
        ("a", archive({"index.apxl": "x"}), "a document of Pages, Keynote or Numbers; export it"),
        ("a.xps", archive({"FixedDocSeq.fdseq": "x"}), "an XPS document; print it to PDF"),
        ("a.vsdx", archive({"visio/document.xml": "x"}), "a Visio drawing; export it as PDF"),
        (
            "a.sxw",
            archive({"mimetype": "application/vnd.sun.xml.writer"}),
            "a document of OpenOffice 1; save it in a newer format",
        ),
        (
            "a.odg",
            archive({"mimetype": "application/vnd.oasis.opendocument.graphics"}),
            "an OpenDocument drawing or formula; export it as PDF",
        ),
        ("a.zip", archive({"photo.jpg": "x"}), "an archive"),
    ],
)
def test_a_format_that_is_not_read_says_what_to_do(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(name, data)
    assert caught.value.reason.startswith(reason)
    assert not caught.value.empty


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.doc"])
def test_an_office_document_with_a_password_says_so(name: str) -> None:
    with pytest.raises(ReadFailed, match="protected by a password"):
        read(name, streams("EncryptionInfo", "EncryptedPackage"))


def test_words_in_an_old_document_do_not_make_it_another() -> None:
    said = "EncryptedPackage Workbook PowerPoint Document".encode("utf-16-le")
    with pytest.raises(Unreadable, match="an old Word document"):
        read("a.doc", streams("WordDocument") + said)
