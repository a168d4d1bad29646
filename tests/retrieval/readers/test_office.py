"""Word documents and e-books, made by hand as the zip archives that they are."""

from __future__ import annotations

import io
import zipfile

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Unreadable
from chatui.retrieval.readers import archives, docx
from chatui.retrieval.readers.reader import read

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'


def archive(members: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()


def paragraph(text: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def word(body: str, **parts: str) -> bytes:
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return archive(
        {
            "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/"
            "2006/content-types'/>",
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relationship}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>",
            **parts,
        }
    )


def book(chapters: dict[str, str], *, spine: str, listed: str = "", **parts: str) -> bytes:
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in listed.split() or chapters
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in spine.split())
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": "<package><metadata><dc:title>The Book</dc:title></metadata>"
            f"<manifest>{items}</manifest><spine>{order}</spine></package>",
            **{
                f"OPS/{name}.xhtml": f"<html><head><title>x</title></head><body>{text}</body>"
                for name, text in chapters.items()
            },
            **parts,
        }
    )


def test_a_word_document_is_read_with_its_headings_and_tables() -> None:
    row = "<w:tr>" + "".join(f"<w:tc>{paragraph(x)}</w:tc>" for x in ("Elbe", "1094")) + "</w:tr>"
    body = (
        paragraph("Rivers", "Heading1")
        + paragraph("The river rose.")
        + paragraph("Lengths", "Heading2")
        + f"<w:tbl>{row}</w:tbl>"
    )
    document = read("report.docx", word(body))

    assert document.title == "Rivers"
    assert "The river rose." in document.text
    assert "| Elbe | 1094 |" in document.text
    assert [section.path for section in document.sections] == [("Rivers",), ("Rivers", "Lengths")]


def test_a_word_documents_own_title_comes_first_and_content_tells_its_kind() -> None:
    core = "<cp:coreProperties><dc:title>Annual Report</dc:title></cp:coreProperties>"
    data = word(paragraph("Words."), **{"docProps/core.xml": core})

    document = read("data.zip", data)
    assert (document.title, document.text) == ("Annual Report", "Words.")


def test_an_entity_bomb_is_refused_before_it_is_read() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with pytest.raises(ReadFailed, match="document type"):
        read("bomb.docx", word("", **{"word/styles.xml": bomb}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "UNPACKED_MB", 1)
    monkeypatch.setattr(docx, "UNPACKED_MB", 1)
    spaces = " " * (2 << 20)

    with pytest.raises(ReadFailed, match="unpacks to more than 1 MB"):
        read("bomb.docx", word("", **{"word/styles.xml": spaces}))
    with pytest.raises(ReadFailed, match="unpacks to more than 1 MB"):
        read("bomb.epub", book({"a": spaces}, spine="a"))


@pytest.mark.parametrize("name", ["letter.docx", "book.epub", "data.zip"])
def test_a_cut_off_archive_is_damaged(name: str) -> None:
    with pytest.raises(ReadFailed, match="damaged archive"):
        read(name, word(paragraph("Words."))[:200])


def test_a_broken_word_document_is_damaged() -> None:
    with pytest.raises(ReadFailed, match="damaged Word document"):
        read("letter.docx", word("<w:p>"))


def test_an_empty_word_document_is_empty() -> None:
    with pytest.raises(Unreadable, match="holds no text") as caught:
        read("letter.docx", word(""))
    assert caught.value.empty


def test_a_books_chapters_come_in_the_order_of_its_spine() -> None:
    chapters = {"b": "<h1>Two</h1><p>Second.", "a": "<h1>One</h1><p>First.", "c": "<p>Third."}
    document = read("book.epub", book(chapters, spine="a b c"))

    assert document.title == "The Book"
    assert document.text == "One\n\nFirst.\n\nTwo\n\nSecond.\n\nThird."
    assert [section.path for section in document.sections] == [("One",), ("Two",)]


def test_a_chapter_that_is_missing_in_the_book_is_told() -> None:
    document = read("book.epub", book({"a": "<p>First."}, spine="a b", listed="a b"))

    assert document.text == "First."
    assert [lack.reason for lack in document.lacks] == ["the chapter b.xhtml is missing"]


def test_a_locked_book_fails_with_that_reason() -> None:
    locked = '<encryption><enc:CipherReference URI="OPS/a.xhtml"/></encryption>'
    data = book({"a": "<p>x"}, spine="a", **{"META-INF/encryption.xml": locked})

    with pytest.raises(ReadFailed, match="copy protection"):
        read("book.epub", data)


def test_a_book_of_pictures_is_set_aside_with_that_reason() -> None:
    with pytest.raises(Unreadable, match="pictures without any text"):
        read("comic.epub", book({"a": "<img src='1.png'>"}, spine="a"))
