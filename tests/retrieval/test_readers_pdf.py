from __future__ import annotations

import pytest

from chatui.errors import ReadFailed
from chatui.retrieval.document import Document, Unreadable
from chatui.retrieval.readers.reader import read
from tests.retrieval.tiny_pdf import make_pdf


def texts(document: Document) -> list[tuple[int | None, tuple[str, ...], str]]:
    return [
        (section.page, section.path, document.text[section.start : section.end].strip())
        for section in document.sections
    ]


def test_each_page_is_a_section_with_its_number() -> None:
    document = read("report.pdf", make_pdf([["First page."], [], ["Third page."]]))

    assert texts(document) == [(1, (), "First page."), (3, (), "Third page.")]


def test_lines_of_a_page_are_parted_by_plain_line_ends() -> None:
    document = read("report.pdf", make_pdf([["One line.", "Another line."]]))

    assert document.text == "One line.\nAnother line."


def test_the_title_comes_from_the_properties_or_else_from_the_name() -> None:
    assert read("x.pdf", make_pdf([["Text"]], title="Annual Report")).title == "Annual Report"
    assert read("x.pdf", make_pdf([["Text"]])).title == "x"
    assert read("x.pdf", make_pdf([["Text"]], title="untitled")).title == "x"


def test_outline_entries_cut_a_page_where_their_titles_stand() -> None:
    pages = [["Preface words.", "Methods", "We measured.", "Results", "It grew."], ["More."]]
    document = read("x.pdf", make_pdf(pages, outline=[("Methods", 0), ("Results", 0)]))

    assert texts(document) == [
        (1, (), "Preface words."),
        (1, ("Methods",), "Methods\nWe measured."),
        (1, ("Results",), "Results\nIt grew."),
        (2, ("Results",), "More."),
    ]


def test_an_outline_title_that_stands_nowhere_begins_its_page() -> None:
    document = read("x.pdf", make_pdf([["One."], ["Two."]], outline=[("Elsewhere", 1)]))

    assert texts(document) == [(1, (), "One."), (2, ("Elsewhere",), "Two.")]


def test_a_protected_file_fails_with_that_reason() -> None:
    with pytest.raises(ReadFailed, match="protected by a password"):
        read("secret.pdf", make_pdf([["Text"]], protected=True))


def test_pages_of_pictures_are_set_aside_with_that_reason() -> None:
    with pytest.raises(Unreadable, match="pictures without any text") as caught:
        read("scan.pdf", make_pdf([[], []]))
    assert not caught.value.empty


def test_a_damaged_file_fails_with_that_reason() -> None:
    with pytest.raises(ReadFailed, match="damaged PDF"):
        read("broken.pdf", b"%PDF-1.7\nand then nothing of the kind")


def test_content_tells_a_pdf_whatever_its_suffix() -> None:
    assert read("download.txt", make_pdf([["Text"]])).sections[0].page == 1


def test_a_text_about_pdf_files_is_no_pdf() -> None:
    assert read("notes.txt", b"A file that starts with %PDF- is one.").sections[0].page is None
