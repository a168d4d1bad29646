from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.chunking.chunker import SPECIAL_TOKENS, Chunker
from chatui.retrieval.chunking.document import (
    Chunk,
    Document,
    Section,
    SectionLayout,
)
from chatui.retrieval.chunking.sizes import CHARACTERS_PER_TOKEN
from chatui.retrieval.readers import markdown, plain, records
from tests.properties import examples
from tests.retrieval.tokenizer import MAX_TOKENS, tokenizer_file

SMALL = 40
SENTENCE = "The river rose for three days and then it fell again within a week. "
BLOCKS = st.sampled_from(
    [
        "# Title\n",
        "## Section\n\n",
        "### A rather long heading that goes on and on\n",
        "Heading\n===\n",
        SENTENCE,
        SENTENCE * 9 + "\n",
        "- one\n- two\n- three\n",
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 30,
        "```python\n\nprint(1)\n# no heading\n```\n",
        "```\nnever closed\n\n",
        "東京は日本の首都です。大阪は西にあります。" * 4 + "\n",
        "x" * 3000,
        "e\u0301" * 700,
        "\r\n\r\n",
        "\n\n\n",
        " \t ",
        "\U0001f600\U0001f680" * 100,
        "---\ntitle: T\n---\n",
    ]
)
TEXTS = st.lists(st.one_of(BLOCKS, st.text(max_size=30)), max_size=14).map("".join)


@pytest.fixture(scope="module")
def small_chunker() -> Chunker:
    return Chunker.by_tokens(tokenizer_file(), MAX_TOKENS, SMALL)


@pytest.fixture(scope="module")
def chunker() -> Chunker:
    return Chunker.by_tokens(tokenizer_file(), MAX_TOKENS, 200)


def check_offsets(document: Document, chunks: list[Chunk]) -> None:
    for chunk in chunks:
        assert chunk.text == document.text[chunk.char_start : chunk.char_end]
        assert chunk.text == chunk.text.rstrip()
        assert chunk.text.splitlines()[0].strip(), "a blank line comes first"
        assert chunk.line_start == document.text.count("\n", 0, chunk.char_start) + 1
        assert chunk.line_end == document.text.count("\n", 0, chunk.char_end) + 1


def check_coverage(document: Document, chunks: list[Chunk]) -> None:
    at = document.sections[0].start if document.sections else 0
    for chunk in chunks:
        assert at <= chunk.char_start, "chunks overlap"
        assert not document.text[at : chunk.char_start].strip(), "text is lost"
        at = chunk.char_end
    assert not document.text[at:].strip() or not document.sections


@examples(60)
@given(text=TEXTS)
def test_markdown_chunks_are_exact_slices_that_hold_everything(
    text: str, small_chunker: Chunker
) -> None:
    document = markdown.read(text, "stem")
    chunks = small_chunker.chunks(document)

    check_offsets(document, chunks)
    check_coverage(document, chunks)


@examples(30)
@given(text=TEXTS)
def test_plain_text_chunks_are_exact_slices_that_hold_everything(
    text: str, small_chunker: Chunker
) -> None:
    document = plain.read(text, "stem")
    chunks = small_chunker.chunks(document)

    check_offsets(document, chunks)
    check_coverage(document, chunks)


@examples(30)
@given(text=TEXTS)
def test_no_chunk_with_its_prefix_is_over_the_limit(text: str, small_chunker: Chunker) -> None:
    for chunk in small_chunker.chunks(markdown.read(text, "stem")):
        (size,) = small_chunker.measure([chunk.indexed_text])
        assert size <= SMALL


def test_a_limit_above_the_models_own_is_lowered() -> None:
    chunker = Chunker.by_tokens(tokenizer_file(), 64, 1000)
    chunks = chunker.chunks(plain.read(SENTENCE * 40, "stem"))

    assert max(chunker.measure([chunk.indexed_text for chunk in chunks])) <= 64 - SPECIAL_TOKENS


def test_chunks_of_a_long_text_are_filled_evenly(chunker: Chunker) -> None:
    chunks = chunker.chunks(plain.read(SENTENCE * 40, "stem"))
    sizes = chunker.measure([chunk.text for chunk in chunks])

    assert max(sizes) - min(sizes) <= 2 * chunker.measure([SENTENCE])[0]


def test_chunks_end_with_sentences(chunker: Chunker) -> None:
    chunks = chunker.chunks(plain.read(SENTENCE * 40, "stem"))

    assert len(chunks) > 1
    assert all(chunk.text.endswith("week.") for chunk in chunks)


def test_paragraphs_are_kept_whole_where_they_fit(chunker: Chunker) -> None:
    paragraphs = [(SENTENCE * count).strip() for count in (5, 6, 4, 7, 5, 6)]
    chunks = chunker.chunks(plain.read("\n\n".join(paragraphs), "stem"))

    found = [part for chunk in chunks for part in chunk.text.split("\n\n")]
    assert found == paragraphs


def test_a_heading_goes_with_its_text(chunker: Chunker) -> None:
    text = "# Book\n\n" + "".join(f"## Part {n}\n\n{SENTENCE * 12}\n\n" for n in range(9))
    chunks = chunker.chunks(markdown.read(text, "stem"))

    assert all(not chunk.text.splitlines()[-1].startswith("#") for chunk in chunks)
    assert [c.heading for c in chunks if c.text.startswith("#")] == [
        f"Book › Part {n}" for n in range(9)
    ]


def test_a_chunk_knows_its_heading_path_and_lines(chunker: Chunker) -> None:
    text = f"# Guide\n\n{SENTENCE * 9}\n\n## Install\n\n### Linux\n\n{SENTENCE * 9}\n"
    last = chunker.chunks(markdown.read(text, "stem"))[-1]

    assert last.heading == "Guide › Install › Linux"
    assert last.prefix == "Guide › Install › Linux"
    assert last.text.startswith("## Install\n\n### Linux\n\nThe river")
    assert (last.line_start, last.line_end, last.page) == (5, 9, None)


def test_the_prefix_begins_with_a_title_that_is_no_heading(chunker: Chunker) -> None:
    document = markdown.read("---\ntitle: Handbook\n---\n## Rules\n\nBe kind.\n", "stem")
    (chunk,) = chunker.chunks(document)

    assert (chunk.heading, chunk.prefix) == ("Rules", "Handbook › Rules")
    assert chunk.indexed_text == "Handbook › Rules\n## Rules\n\nBe kind."


def test_sections_of_a_word_share_a_chunk_under_their_common_heading(chunker: Chunker) -> None:
    text = "# FAQ\n\n" + "".join(f"## Question {n}?\n\nYes.\n\n" for n in range(4))
    (chunk,) = chunker.chunks(markdown.read(text, "stem"))

    assert chunk.heading == "FAQ"
    assert "Question 0" in chunk.text
    assert "Question 3" in chunk.text


def test_sections_of_a_sentence_or_two_are_not_mixed(chunker: Chunker) -> None:
    text = f"# A\n\n{SENTENCE * 2}\n\n# B\n\n{SENTENCE * 2}\n"
    chunks = chunker.chunks(markdown.read(text, "stem"))

    assert [chunk.heading for chunk in chunks] == ["A", "B"]


def test_a_long_heading_path_is_shortened_in_the_middle(chunker: Chunker) -> None:
    path = [f"A heading with quite a number of words, number {n}" for n in range(8)]

    assert chunker.prefix("Title", path) == f"Title › {path[-1]}"
    assert chunker.measure([chunker.prefix("t" * 900, ["h" * 900])])[0] <= 50


def test_a_code_block_is_kept_whole_where_it_fits(chunker: Chunker) -> None:
    code = "```python\n" + "def f():\n\n    return 1\n\n" * 6 + "```"
    text = f"{SENTENCE * 6}\n\n{code}\n\n{SENTENCE * 6}\n"
    chunks = chunker.chunks(markdown.read(text, "stem"))

    assert any(code in chunk.text for chunk in chunks)


def test_a_long_table_is_cut_between_its_rows(chunker: Chunker) -> None:
    row = "| The name of the thing | What it costs | Where it comes from |"
    chunks = chunker.chunks(markdown.read("\n".join([row] * 80), "stem"))

    assert len(chunks) > 1
    assert all(line == row for chunk in chunks for line in chunk.text.split("\n"))


def test_the_rows_of_a_long_table_know_its_columns(chunker: Chunker) -> None:
    table = "| Thing | Price |\n|---|---|\n" + "| A thing of some kind | 12 |\n" * 60
    chunks = chunker.chunks(markdown.read(f"# Prices\n\n{table}", "stem"))

    assert len(chunks) > 1
    assert all(chunk.prefix == "Prices\nThing | Price" for chunk in chunks[1:])
    assert all("Thing | Price" not in chunk.text for chunk in chunks[1:])


def test_a_word_too_long_for_the_tokenizer_is_measured_by_its_length(chunker: Chunker) -> None:
    chunks = chunker.chunks(plain.read("A" * 100_000, "stem"))

    assert max(len(chunk.text) for chunk in chunks) <= 200 * CHARACTERS_PER_TOKEN


def test_an_accent_is_not_parted_from_its_letter(chunker: Chunker) -> None:
    chunks = chunker.chunks(plain.read("e\u0301" * 5000, "stem"))

    assert len(chunks) > 1
    assert all(chunk.text[0] == "e" for chunk in chunks)


def test_a_chunk_stays_on_its_page(chunker: Chunker) -> None:
    pages = ["Short page one.", "Short page two.", SENTENCE * 20]
    text = "\n\f\n".join(pages)
    starts = [text.index(page) for page in pages]
    sections = tuple(
        Section(start, start + len(page), start, (), number)
        for number, (start, page) in enumerate(zip(starts, pages, strict=True), start=1)
    )
    chunks = chunker.chunks(Document("Title", text, sections))

    assert [chunk.text for chunk in chunks[:2]] == pages[:2]
    assert [chunk.page for chunk in chunks] == [1, 2] + [3] * (len(chunks) - 2)


@pytest.mark.parametrize("unit", ["The river rose. ", "- a\n", "a,b\n", "# Head\n\nbody\n\n"])
def test_a_document_of_many_small_units_is_cut_stretch_by_stretch(
    unit: str, chunker: Chunker
) -> None:
    document = markdown.read(unit * 12_000, "stem")
    chunks = chunker.chunks(document)

    check_coverage(document, chunks)
    assert all(chunk.text == document.text[chunk.char_start : chunk.char_end] for chunk in chunks)
    assert max(chunker.measure([chunk.indexed_text for chunk in chunks])) <= 200


def test_rows_of_a_very_wide_table_are_cut_into_chunks_of_the_usual_size(chunker: Chunker) -> None:
    head = ",".join(f"column{at}" for at in range(20_000))
    row = ",".join(str(at % 100) for at in range(20_000))
    document = records.read_table(f"{head}\n{row}\n{row}\n", "stem")
    chunks = chunker.chunks(document)

    check_coverage(document, chunks)
    assert len(chunks) < len(document.text) / 60


def test_the_names_of_thousands_of_columns_are_cut_in_a_chunks_header(chunker: Chunker) -> None:
    names = ", ".join(f"column {number}" for number in range(3000))
    section = Section(0, 8, 0, layout=SectionLayout.RECORDS, columns=names, headless=True)

    (chunk,) = chunker.chunks(Document("stem", "York, 5\n", (section,)))
    assert len(chunk.header) == 1000
    assert chunk.header.startswith("column 0, column 1, ")
    assert chunk.header.endswith("…")


def test_each_part_of_a_wide_row_has_the_row_and_its_own_columns(chunker: Chunker) -> None:
    names = ",".join(["Depot", *(f"measure {number}" for number in range(1, 300))])
    row = ",".join(["York", *(f"{number}7" for number in range(1, 300))])
    document = records.read_table(f"{names}\n{row}\n", "stem")

    chunks = [chunk for chunk in chunker.chunks(document) if "measure" not in chunk.text]
    assert "".join(chunk.text for chunk in chunks).replace("\n", "") == row
    assert chunks[0].header.startswith("Depot, measure 1, ")
    assert len(chunks) > 3
    for chunk in chunks[1:]:
        key, own = chunk.header.split("; ")
        assert key == "Depot: York"
        assert [f"measure {field[:-1]}" for field in chunk.text.strip(",\n").split(",")] == (
            own.split(", ")
        )


def test_wide_rows_without_names_are_told_by_their_first_field_and_numbers(
    chunker: Chunker,
) -> None:
    rows = "\n".join(",".join(f"{row}{at:03}" for at in range(300)) for row in range(1, 4))
    chunks = chunker.chunks(records.read_table(rows, "stem"))

    assert chunks[1].header.startswith("column 1: 1000; column ")


def test_a_long_field_of_a_row_keeps_the_name_of_its_column(chunker: Chunker) -> None:
    long = "long remark, with commas; " * 100
    document = records.read_table(f'name,notes,sum\nRye,"{long}",7\nBath,short,8\n', "stem")

    chunks = [chunk for chunk in chunker.chunks(document) if "remark" in chunk.text]
    assert {chunk.header for chunk in chunks} == {"name: Rye; notes"}
