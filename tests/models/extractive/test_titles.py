"""Titles that a plain text doesn't mark are told by their form, and quoted with what they stand
above."""

from __future__ import annotations

import pytest

from chatui.models.extractive.quotation import quote
from chatui.models.extractive.scoring import neighbours, scores
from chatui.models.extractive.selection import BESIDE_CHOSEN, MARGIN, select
from chatui.models.extractive.titles import without_label
from tests.models.extractive_passages import passages, pieces_of

LEASE = (
    "Residential Lease Agreement\n\nThis lease is made between Harbour Homes and Anna Miller.\n\n"
    "3. RENT\nThe rent is 1,250 euros, due on the third day of each month.\n"
    "4. SECURITY DEPOSIT\nThe tenant pays 2,500 euros.\n"
    "5. PETS\nCats are allowed. Dogs need a written consent.\n"
)


def titles(text: str) -> list[str]:
    return [piece.text for piece in pieces_of(passages(text)) if piece.is_title]


def replies(text: str, question: str, words: float = 30) -> str:
    """The quotes when only words count."""
    given = passages(text)
    pieces = pieces_of(given)
    found = scores(question, pieces, [0.0] * len(pieces), given)
    return quote(given, pieces, select(pieces, found, words, MARGIN, BESIDE_CHOSEN))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LEASE, ["Residential Lease Agreement", "3. RENT", "4. SECURITY DEPOSIT", "5. PETS"]),
        ("Залог возвращается в течение десяти дней.\n4. СРОК ДЕЙСТВИЯ\nДоговор действует год.\n",
         ["4. СРОК ДЕЙСТВИЯ"]),
        ("Das Mietverhältnis beginnt am 1. April und läuft auf unbestimmte Zeit.\n§ 3 Miete\n"
         "Die Miete beträgt 890 Euro.\n", ["§ 3 Miete"]),
        ("The tenant may leave after the first year of the term.\nSecurity Deposit\n"
         "It is returned within 30 days.\n", ["Security Deposit"]),
        ("CAFETERA AURORA 300\n\nCaracterísticas\nPeso: 4,2 kg\n\nLIMPIEZA\nLave la bandeja.\n",
         ["CAFETERA AURORA 300", "Características", "LIMPIEZA"]),
        ("产品说明\n\n滤网每两周清洗一次。\n", ["产品说明"]),
        ("Ingredients\n- two eggs\n- milk\n", ["Ingredients"]),
    ],
)  # fmt: skip
def test_a_short_line_above_a_text_is_its_title(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Anna Miller\n12 Quay Street\nLondon\n\nThe rent is due.\n",
        "1. Preheat the oven\n2. Add the salt\n3. Stir\n",
        "MILK\nEGGS\nBREAD\nBuy them today.\n",
        "The meeting is on Friday at six.\nAnna\n\nBring the cake.\n",
        "Dear Paul,\n\nThe meeting is on Friday.\n",
        "Weight: 4 kg\nIt is light.\n",
        "Code E04\nThere is no water.\n",
        "The key lies under the stone beside the door\nand the door is green.\n",
        "Anna brings the salad\n\nTom brings the wine\n",
        "The rent is due.\n\nTHE END\n",
    ],
)
def test_lines_of_a_list_an_address_or_a_letter_are_no_titles(text: str) -> None:
    assert titles(text) == []


def test_a_quote_does_not_end_with_the_title_of_the_next_section() -> None:
    assert replies(LEASE, "What does the tenant pay as a security deposit?", 16) == (
        "4. SECURITY DEPOSIT  \nThe tenant pays 2,500 euros. [1]"
    )


def test_a_title_is_not_quoted_without_what_stands_below_it() -> None:
    quoted = replies(LEASE, "Which residential lease agreement is it?", 15)
    assert quoted.startswith(
        "Residential Lease Agreement\n\nThis lease is made between Harbour Homes and Anna Miller."
    )


def test_a_title_that_has_no_room_for_its_text_is_left_out() -> None:
    pieces = pieces_of(passages("RENT AND DEPOSIT\n\n" + "word " * 20 + ".\n\nThe rent is due.\n"))
    assert [one.is_title for one in pieces] == [True, False, False]
    assert select(pieces, [2.0, 0.0, 3.0], 10) == [2]


def test_a_title_parts_the_text_above_it_from_its_own() -> None:
    pieces = pieces_of(passages("The rent is due.\n4. DEPOSIT\nIt is returned.\n"))
    assert [neighbours(pieces, at) for at in range(3)] == [[0], [1, 2], [1, 2]]


def test_what_stands_below_a_title_is_known_to_be_under_it() -> None:
    under = {one.text: one.under for one in pieces_of(passages(LEASE))}
    assert under["Cats are allowed."] == under["Dogs need a written consent."] == "PETS"
    assert without_label("§ 3 Miete") == "Miete"
    assert without_label("IV. Term") == "Term"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("**Q: How do I back up my data?**\nA: Stop the server. Copy the folder.\n\n"
         "**Q: Is there a cloud?**\nA: No.\n", "How do I make a backup of my data?",
         "A: Stop the server. Copy the folder."),
        ("Q: What is the licence of the program that you publish here?\nA: MIT.\n\nQ: And why?\n"
         "A: It is short.\n", "What is the licence?", "A: MIT."),
        ("**Combien coûte l'entrée ?**\n4,20 € pour les adultes.\n\n**Le bonnet est-il utile ?**\n"
         "Oui.\n", "Combien coûte l'entrée pour un enfant ?", "4,20 €"),
        ("Start the server:\n\n```\ntidelog serve\n```\n\nThen wait.\n",
         "How do I start the server?", "tidelog serve"),
        ("Documents required:\n- passport\n- photograph\n", "Which documents are required?",
         "passport"),
    ],
)  # fmt: skip
def test_what_leads_on_comes_with_what_it_leads_to(text: str, question: str, answer: str) -> None:
    assert answer in replies(text, question, 14)


@pytest.mark.parametrize(
    "text", ["Who is there? Nobody.", "Who?\n\n\n\nIt rains.", "Who?\nWhere?\n"]
)
def test_a_question_that_nothing_answers_is_no_title(text: str) -> None:
    assert not titles(text)
