from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.domain.errors import ReadFailed
from chatui.retrieval.chunking.document import Document, Unreadable
from chatui.retrieval.readers.pdf_letters import Letter
from chatui.retrieval.readers.pdf_words import in_logical_order, plain
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
    assert read("x.pdf", make_pdf([["Text"]], title="0001018724-18-000005")).title == "x"


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


def columns(rows: Sequence[tuple[str, str]], heading: str = "") -> list[str]:
    """What `make_pdf` shows as one page: rows of two pieces each, written in turn."""
    return [
        f"{heading}",
        *(f"{left}) Tj 250 0 Td ({right}) Tj -250 0 Td (" for left, right in rows),
    ]


def test_columns_that_are_written_row_by_row_are_read_one_after_the_other() -> None:
    left = [f"On the left stand words number {n}" for n in range(8)]
    right = [f"On the right are others number {n}" for n in range(8)]
    page = columns(list(zip(left, right, strict=True)), "A heading over both of the columns")

    text = read("x.pdf", make_pdf([page])).text
    assert text.split("\n") == ["A heading over both of the columns", *left, *right]


def test_a_table_is_read_row_by_row() -> None:
    page = columns([(f"item {n}", f"{n} km") for n in range(8)])

    assert read("x.pdf", make_pdf([page])).text.split("\n") == [
        f"item {n} {n} km" for n in range(8)
    ]


def test_a_word_that_a_line_end_parts_is_joined() -> None:
    lines = ["We mea-", "sured well-", "known rivers of well-known lands, e-", "mail."]
    text = read("x.pdf", make_pdf([[*lines, "It was an e-mail."]])).text

    assert text == "We measured well-known rivers of well-known lands, e-mail.\nIt was an e-mail."


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [["Annual Report", f"Words of page {name}.", str(n)] for n, name in enumerate("abcd")]

    assert [text for _, _, text in texts(read("x.pdf", make_pdf(pages)))] == [
        f"Words of page {name}." for name in "abcd"
    ]


def test_lines_that_stand_on_two_pages_only_are_kept() -> None:
    pages = [["Same", "One."], ["Same", "Two."]]

    assert read("x.pdf", make_pdf(pages)).text == "Same\nOne.\n\f\nSame\nTwo."


def letters(text: str, *, step: float) -> list[Letter]:
    return [Letter(one, at * step, at * step + 4, 0, 9) for at, one in enumerate(text)]


def joined(found: Sequence[Letter]) -> str:
    return "".join(letter.text for letter in found)


def test_right_to_left_words_come_in_the_order_of_speech() -> None:
    word = "\u0634\u0645\u0633"

    assert joined(in_logical_order(letters(word, step=-5))) == word
    assert joined(in_logical_order(letters(word[::-1], step=5))) == word
    assert joined(in_logical_order(letters("see", step=5))) == "see"


def test_letters_of_one_box_are_turned_round() -> None:
    word = "\u062d\u064e\u0628\u064a"

    assert joined(in_logical_order(letters(word[::-1], step=0))) == word


def test_ligatures_and_presentation_forms_become_ordinary_letters() -> None:
    assert plain("e\ufb03cient \ufb01sh \ufe8e\ufefb \u2f08 it\x92s") == (
        "efficient fish \u0627\u0644\u0627 \u4eba it’s"
    )
