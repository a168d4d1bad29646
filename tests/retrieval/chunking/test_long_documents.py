"""Long documents are gone through by larger steps, and lose nothing by it."""

from __future__ import annotations

import pytest

from chatui.retrieval.chunking import structure
from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.chunking.document import Document, Section, TextLines
from chatui.retrieval.chunking.structure import find_units, split_blocks, split_records


def slides(count: int = 40) -> Document:
    """Pages of short paragraphs."""
    page = "".join(f"Point {at}.\n\n" for at in range(30))
    sections = tuple(
        Section(at * len(page), (at + 1) * len(page), at * len(page), page=at + 1)
        for at in range(count)
    )
    return Document("Talk", page * count, sections)


def units(document: Document) -> int:
    return sum(1 for _ in find_units(document, lambda texts: list(map(len, texts)), lambda _: 1000))


def test_short_paragraphs_of_a_long_document_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = units(slides())
    monkeypatch.setattr(structure, "LONG_DOCUMENT", 1000)
    assert units(slides()) < apart / 5


def test_every_word_of_a_long_document_is_in_a_chunk_of_its_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structure, "LONG_DOCUMENT", 1000)
    document = slides()
    chunks = Chunker(300).chunks(document)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(
        document.text.split()
    )
    assert {chunk.page for chunk in chunks} == set(range(1, 41))
    assert all(len(chunk.indexed_text) <= 300 for chunk in chunks)


def test_a_quoted_field_over_two_lines_stays_whole_in_a_long_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structure, "LONG", 1000)
    text = '1,"two\nlines"\n' * 500
    found = list(split_records(text, 0, len(text)))
    assert [text[a:b] for a, b in found] == [text[: b - a] for a, b in found]
    assert all(text[a:b].count('"') % 2 == 0 for a, b in found)
    assert found[-1][1] == len(text)


def test_a_quotation_that_never_ends_takes_no_more_than_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structure, "LONG", 1000)
    text = '5" pipe,1\n' + "another row,2\n" * 500
    begin, end = next(iter(split_records(text, 0, len(text))))
    assert (begin, text[:end]) == (0, '5" pipe,1\n')


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("a\n\n\n\n\nb", ["a\n\n\n\n\n", "b"]),
        ("\n\n\na\nb\n \t\n\n  c", ["\n\n\na\nb\n \t\n\n", "  c"]),
        ("a\nb\n```\n\nx\n```\n\nc", ["a\nb\n```\n\nx\n```\n\n", "c"]),
        ("a\n  ~~~\n\nx", ["a\n  ~~~\n\nx"]),
        ("a\nb\n   ", ["a\nb\n   "]),
    ],
)  # fmt: skip
def test_blank_lines_part_blocks_and_fences_hold_them(text: str, blocks: list[str]) -> None:
    assert [text[a:b] for a, b in split_blocks(text, 0, len(text))] == blocks


def test_lines_are_counted_forwards_and_backwards() -> None:
    text = "one\ntwo\n\nfour"
    lines = TextLines(text)
    asked = [0, 4, 3, 8, 9, 13, 4, 0]
    assert [lines.line(at) for at in asked] == [1 + text.count("\n", 0, at) for at in asked]


def test_a_file_of_keys_alone_has_no_more_definitions_than_are_worth_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from chatui.retrieval.readers import code

    monkeypatch.setattr(code, "MOST_DEFINITIONS", 10)
    text = "".join(f"key{at}:\n  value: {at}\n" for at in range(30))
    document = code.read(text, "a.yaml", "yaml")
    assert [section.path for section in document.sections][-1] == ("key9",)
    assert document.sections[-1].end == len(text)
