"""Questions that name a place by its number are answered with what stands there."""

from __future__ import annotations

import pytest

from chatui.models.extractive.likeness import SentenceComparer
from chatui.models.extractive.model import ExtractiveModel
from chatui.models.extractive.place import at_place, of_the_one_named
from tests.models.extractive.test_model import answer, asking, no_embedder
from tests.models.extractive_passages import passage, passages, pieces_of

LEASE = "2.1 The rent is 940 euros.\n\n2.2 It is due monthly,\n\n2.2(b) except in May.\n\n3. End"


@pytest.fixture
def by_words() -> ExtractiveModel:
    return ExtractiveModel(SentenceComparer(no_embedder))


@pytest.mark.parametrize(
    ("question", "text", "quoted"),
    [
        ("What does clause 2.2(b) say?", LEASE, "2.2(b) except in May. [1]"),
        ("What does 2.2(b) say?", LEASE, "2.2(b) except in May. [1]"),
        ("Was steht in § 2?", "§ 1 Haus\n\nDer Keller.\n\n§ 2 Miete\n\n900 Euro.\n\n§ 3 Ende",
         "§ 2 Miete\n\n900 Euro. [1]"),
        ("第七条说什么？", "第六条 无。\n\n第七条 押金。\n\n第八条 无。", "第七条 押金。 [1]"),
        ("annexe B", "Annexe A\n\nUn.\n\nAnnexe B — Tarifs\n\n12 centimes.",
         "Annexe B — Tarifs\n\n12 centimes. [1]"),
        ("What is step 4?", "Step 3: Wait.\n\nStep 4: Lift.\n\nStep 5: Go.", "Step 4: Lift. [1]"),
    ],
)  # fmt: skip
async def test_the_place_is_quoted_and_nothing_beside_it(
    by_words: ExtractiveModel, question: str, text: str, quoted: str
) -> None:
    reply = await answer(by_words, asking(question, passages(text)))
    assert reply.partition("\n\n")[2] == quoted


async def test_a_table_is_quoted_once_under_its_caption(by_words: ExtractiveModel) -> None:
    table = "| Bolt | Torque |\n|---|---|\n| M6 | 9 Nm |"
    text = f"Table 2: Sizes\n\n| a |\n|---|\n| b |\n\nTable 3: Torques\n\n{table}"
    reply = await answer(by_words, asking("What is in Table 3?", passages(text)))

    assert reply.count("| Bolt | Torque |") == 1
    assert "M6" in reply
    assert "Sizes" not in reply


async def test_a_place_that_no_passage_has_is_not_made_up(by_words: ExtractiveModel) -> None:
    reply = await answer(by_words, asking("What does clause 99 say?", passages(LEASE)))
    assert "[1]" not in reply


async def test_a_place_that_says_nothing_of_the_matter_is_no_answer(
    by_words: ExtractiveModel,
) -> None:
    question = "What does clause 2.2(b) say about penguins and polar bears?"
    assert "[1]" not in await answer(by_words, asking(question, passages(LEASE)))


async def test_what_is_asked_about_a_place_is_answered_from_it(by_words: ExtractiveModel) -> None:
    given = passages("1. The rent is 800 euros.", LEASE)
    reply = await answer(by_words, asking("How much is the rent under clause 2.1?", given))

    assert reply.partition("\n\n")[2].startswith("2.1 The rent is 940 euros.")


def test_the_text_that_calls_a_place_by_its_own_name_is_meant() -> None:
    given = (passage("2. Rent is due."), passage("Words.", 2, heading="Lease › Article 2 Rent"))

    assert at_place("What does Article 2 say?", given, pieces_of(given)) == [1]
    assert at_place("What does clause 2 say?", given, pieces_of(given)) == [0]
    assert at_place("What does Article 2 say?", given[:1], pieces_of(given[:1])) == [0]


async def test_a_thing_called_by_its_number_is_answered_from_its_own_page(
    by_words: ExtractiveModel,
) -> None:
    given = tuple(
        passage(text, rank, page=page, source="a.pdf")
        for rank, (text, page) in enumerate(
            [
                ("Invoice 2024-102\n\nBill to Ann.", 2),
                ("Invoice 2024-101\n\nBill to Bob.", 1),
                ("Invoice 2024-103\n\nBill to Cy.", 3),
                ("Total due: 5 EUR", 1),
                ("Total due: 6 EUR", 3),
                ("Total due: 7 EUR", 2),
            ],
            start=1,
        )
    )
    for number, total in (("2024-101", "5"), ("2024-102", "7"), ("2024-103", "6")):
        reply = await answer(by_words, asking(f"What is the total due of invoice {number}?", given))
        assert f"Total due: {total} EUR" in reply
        assert reply.count("Total due") == 1


@pytest.mark.parametrize(
    "question", ["What is the total due in 2024-05?", "What is due of 5 EUR?", "And 2024-999?"]
)
def test_a_month_a_sum_and_a_number_of_nothing_tell_no_page_apart(question: str) -> None:
    given = tuple(passage(f"In 2024-05 item {at}", at, page=at) for at in range(1, 7))
    assert of_the_one_named(question, given, pieces_of(given)) == []


def test_a_number_that_most_passages_have_tells_nothing_apart() -> None:
    given = tuple(passage(f"COVID-19 wave {at}", at, page=at) for at in range(1, 4))
    assert of_the_one_named("When did COVID-19 begin?", given, pieces_of(given)) == []


def test_a_page_is_a_page_and_a_slide_a_slide_where_there_are_both() -> None:
    given = (
        passage("Of the report.", page=3, source="a.pdf"),
        passage("Of the talk.", 2, page=3, source="a.pptx"),
        passage("Elsewhere.", 3, page=4, source="a.pdf"),
    )
    assert at_place("What is on page 3?", given, pieces_of(given)) == [0]
    assert at_place("What is on slide 3?", given, pieces_of(given)) == [1]
    assert at_place("What is on slide 4?", given, pieces_of(given)) == [2]
