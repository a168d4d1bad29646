"""Files that programs of this kind get wrong, from bytes to the answer of the built-in model.

They were made for this, and lie in `tests/data/cases`; each stands for a kind of fault, whose
siblings are tested beside its reader.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chatui.assistant.prompt import body
from chatui.domain.passage import Passage
from chatui.models.base import Finished, ModelRequest, TextDelta
from chatui.models.extractive.likeness import SentenceComparer
from chatui.models.extractive.model import ExtractiveModel
from chatui.retrieval.ingest.report import IngestReport
from chatui.retrieval.search.retriever import SearchMode
from tests.retrieval.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = Path(__file__).parents[1] / "data" / "cases"
K = 8
"""Passages that an answer is made from, as by default."""


async def ingested(shelf: Shelf, *names: str) -> IngestReport:
    for name in names:
        shelf.write(name, (CASES / name).read_bytes())
    return await shelf.ingest()


async def found(shelf: Shelf, question: str, mode: SearchMode = "hybrid") -> tuple[Passage, ...]:
    return await shelf.retriever.search(question, collection=shelf.collection, k=K, mode=mode)


async def answer(shelf: Shelf, question: str) -> tuple[str, tuple[Passage, ...]]:
    """What the built-in model says, and the passages that it cites."""
    passages = await found(shelf, question)
    model = ExtractiveModel(SentenceComparer(shelf.embedder.embed_documents))
    said = ""
    cited: tuple[Passage, ...] = ()
    async for event in model.stream(ModelRequest((), question, passages)):
        if isinstance(event, TextDelta):
            said += event.text
        elif isinstance(event, Finished):
            cited = tuple(passages[n - 1] for n in event.cited or ())
    return said, cited


async def texts(shelf: Shelf) -> str:
    """All chunks, as they are stored."""
    passages = await shelf.retriever.search("the", collection=shelf.collection, k=500, mode="dense")
    return "\n".join(passage.text for passage in passages)


async def test_every_invoice_of_a_pdf_keeps_its_number_and_its_total(shelf: Shelf) -> None:
    await ingested(shelf, "pdf/invoices_long.pdf")
    whole = await texts(shelf)

    numbers = [line for line in whole.split("\n") if line.startswith("Invoice 2024-")]
    totals = [line for line in whole.split("\n") if line.startswith("Total")]
    assert len(set(numbers)) == len(set(totals)) >= 4


@pytest.mark.parametrize(
    ("number", "total"), [("2024-101", "118.40"), ("2024-102", "2,930.00"), ("2024-104", "640.00")]
)
async def test_the_total_of_an_invoice_is_its_own(shelf: Shelf, number: str, total: str) -> None:
    await ingested(shelf, "pdf/invoices_long.pdf")
    said, cited = await answer(shelf, f"What is the total due of invoice {number}?")

    assert f"Total due: {total} EUR" in said
    assert cited[0].text.startswith(f"Invoice {number}")
    (page,) = {one.page for one in cited if f"Total due: {total} EUR" in one.text}
    assert page == cited[0].page


async def test_a_wide_page_keeps_every_column_and_a_row_a_line(shelf: Shelf) -> None:
    await ingested(shelf, "pdf/lscape.pdf")

    assert (await texts(shelf)).split("\n") == [
        "Region Units sold Manager Outlook for the next year",
        "North 1,204 A. Baker strong, two new shops in Leeds",
        "South 998 B. Cooper weak, the Dover shop closes",
        "West 1,410 C. Dyer steady, no change at Bath",
    ]


async def test_what_is_filled_in_in_a_form_is_found_behind_its_label(shelf: Shelf) -> None:
    await ingested(shelf, "pdf/form.pdf")
    (passage, *_) = await found(shelf, "What is the surname?")

    assert "Surname: Winterbottom" in passage.text
    assert "Date of birth: 7 March 1984" in passage.text
    said, _ = await answer(shelf, "What is the date of birth?")
    assert "7 March 1984" in said


async def test_pages_that_are_scans_are_told_or_recognised(shelf: Shelf) -> None:
    report = await ingested(shelf, "pdf/mixed.pdf")
    whole = await found(shelf, "signed annex")

    recognised = any(passage.ocr for passage in whole)
    told = any(passage.incomplete for passage in whole) and bool(report.partial)
    assert recognised or told


async def test_a_row_of_a_long_table_comes_with_the_names_of_its_columns(shelf: Shelf) -> None:
    await ingested(shelf, "md/table.md")
    question = "How many claims did Depot 57 have?"
    passage = next(one for one in await found(shelf, question) if "Depot 57" in one.text)

    assert "Claims" in body(passage)
    said, _ = await answer(shelf, question)
    row = next(line for line in said.split("\n") if "Depot 57" in line)
    assert "Claims" in said
    assert row in passage.text


async def test_text_between_two_rules_is_indexed(shelf: Shelf) -> None:
    await ingested(shelf, "md/hr.md")
    said, _ = await answer(shelf, "What did the board approve?")

    assert "12,500 euros" in said


async def test_the_columns_of_a_table_are_found_behind_what_stands_before_it(
    shelf: Shelf,
) -> None:
    await ingested(shelf, "csv/sep.csv", "csv/bank.csv")
    (valve, *_) = await found(shelf, "price of the valve", "lexical")
    station = next(one for one in await found(shelf, "ST0200", "lexical") if "ST0200" in one.text)

    assert "Part" in body(valve)
    assert "Price" in body(valve)
    assert all(name in station.header for name in ("Station", "Date", "Value"))


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("2.1", "2.1 The rent is 940 euros a month."),
        ("2.2(a)", "2.2(a) except in January, when it is the tenth;"),
        ("2.2(b)", "2.2(b) except where the bank is closed."),
        ("3.1", "3.1 Either party may end the lease with three months of notice."),
    ],
)
@pytest.mark.parametrize("question", ["What does clause {} say?", "What does {} say?", "clause {}"])
async def test_a_clause_has_the_number_that_word_shows_and_is_found_by_it(
    shelf: Shelf, clause: str, says: str, question: str
) -> None:
    await ingested(shelf, "docx/contract.docx")
    if question == "What does {} say?" and "(" not in clause:
        question = "What does section {} say?"
    said, _ = await answer(shelf, question.format(clause))

    assert said.partition("\n\n")[2].startswith(says)


async def test_lists_keep_their_numbers_and_bullets_whatever_their_style(shelf: Shelf) -> None:
    await ingested(shelf, "docx/listpara.docx")
    whole = await texts(shelf)

    for item in ("1. Open the green valve.", "3. Press the starter.", "- a torch", "- two gaskets"):
        assert item in whole


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("How long is the warranty?", "five years"),
        ("Can I return it?", "thirty days"),
        ("Who pays postage?", "The buyer pays postage."),
    ],
)
async def test_what_is_folded_away_answers_its_question(
    shelf: Shelf, question: str, says: str
) -> None:
    await ingested(shelf, "html/faq.html")
    said, _ = await answer(shelf, question)

    assert says in said


async def test_a_few_bad_bytes_cost_a_character_each_and_are_told(shelf: Shelf) -> None:
    report = await ingested(shelf, "txt/fr_mixed.txt")
    source = (CASES / "txt/fr_mixed.txt").read_bytes().decode("utf-8", "replace")
    whole = await texts(shelf)

    assert "Le café est fermé" in whole
    assert source.count("\ufffd") == whole.count("\ufffd")
    assert "broken character" in str(report.partial)


async def test_soft_hyphens_do_not_hide_a_word(shelf: Shelf) -> None:
    await ingested(shelf, "uni/shy.html")
    (passage, *_) = await found(shelf, "Unternehmen", "lexical")

    assert "Unternehmen" in passage.text


async def test_a_chapter_that_is_missing_is_told(shelf: Shelf) -> None:
    report = await ingested(shelf, "epub/missing.epub")
    (passage, *_) = await found(shelf, "geese")

    assert "two.xhtml is missing" in passage.incomplete
    assert "two.xhtml is missing" in str(report.partial)
