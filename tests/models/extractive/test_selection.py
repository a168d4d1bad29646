"""The pieces that answer are scored highest, and chosen within the budget."""

from __future__ import annotations

from array import array

import pytest

from chatui.models.extractive.likeness import cosines
from chatui.models.extractive.scoring import scores
from chatui.models.extractive.selection import (
    MARGIN,
    MARGIN_ACROSS,
    MARGIN_OF_ENTRIES,
    margin_below,
    select,
)
from tests.models.extractive_passages import passage, passages, pieces_of


def best(question: str, *texts: str) -> str:
    """The piece with the highest score when only words count."""
    pieces = pieces_of(passages(*texts))
    found = scores(question, pieces, [0.0] * len(pieces))
    return pieces[found.index(max(found))].text


def chosen(budget: float, *texts: str, ranking: list[float]) -> list[str]:
    pieces = pieces_of(passages(*texts))
    return [pieces[i].text for i in select(pieces, ranking, budget)]


def test_cosines_of_unit_vectors() -> None:
    query, other = array("f", [1, 0]).tobytes(), array("f", [0.6, 0.8]).tobytes()
    assert cosines(query, [query, other]) == pytest.approx([1, 0.6])


def test_the_piece_that_holds_the_rare_word_wins() -> None:
    text = "The bridge is long. The bridge is old. The bridge was opened by a queen."
    assert best("Who opened the bridge?", text) == "The bridge was opened by a queen."


def test_similarity_counts_where_the_words_differ() -> None:
    pieces = pieces_of(passages("Cats sleep a lot. Felines rest for hours."))
    found = scores("How long is a kitty's nap?", pieces, [0.1, 0.7])
    assert found[1] > found[0]


def test_a_better_ranked_passage_wins_between_equals() -> None:
    pieces = pieces_of(passages("The tower is tall.", "The tower is tall."))
    found = scores("How tall is the tower?", pieces, [0.5, 0.5])
    assert found[0] > found[1]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How many rooms has it?", "The rooms are nice. The rooms are 12.", "The rooms are 12."),
        ("When was the park laid out?", "The park is laid out well. The park was laid out in 1907.",
         "The park was laid out in 1907."),
        ("Who built the mill?", "The mill is built well. The mill was built by Ada Stone.",
         "The mill was built by Ada Stone."),
        ("How do I start the engine?", "The engine can start.\n\n- start the engine",
         "- start the engine"),
    ],
)  # fmt: skip
def test_the_form_that_is_asked_for_is_preferred(question: str, text: str, expected: str) -> None:
    assert best(question, text) == expected


def test_a_question_in_the_documents_is_no_answer() -> None:
    assert best("What does the fee cover?", "What does the fee cover? The fee covers meals.") == (
        "The fee covers meals."
    )


def test_a_heading_tells_what_its_passage_is_about() -> None:
    told = passage("Use the red lever.", 2, heading="Emergency brake")
    pieces = pieces_of((passage("Use the blue lever."), told))
    found = scores("How does the emergency brake work?", pieces, [0.0, 0.0])
    assert found[1] > found[0]


def test_chinese_is_compared_by_its_characters() -> None:
    text = "公司位于北京。公司成立于1998年。公司有三百名员工。"
    assert best("公司成立于哪一年？", text) == "公司成立于1998年。"


def test_headings_and_pieces_without_a_word_are_never_quoted() -> None:
    assert [c.text for c in pieces_of(passages("# Title\n\n*** . ***\n\nText."))] == ["Text."]


def test_the_best_pieces_are_chosen_in_reading_order_within_the_budget() -> None:
    text = "alpha one two three. beta one two five. gamma one six seven."
    assert chosen(11, text, ranking=[1, 0, 2]) == ["alpha one two three.", "gamma one six seven."]


def test_what_lies_far_below_the_best_is_left_out() -> None:
    assert chosen(100, "alpha one two three. beta four five six.", ranking=[9, 1]) == [
        "alpha one two three."
    ]


def test_what_repeats_a_chosen_piece_is_left_out() -> None:
    text = "The tall tower stands in town."
    assert chosen(100, text, text, ranking=[2, 1]) == [text]


def test_the_best_piece_is_chosen_even_above_the_budget() -> None:
    assert chosen(1, "alpha one two three. beta.", ranking=[2, 1]) == ["alpha one two three."]


def test_nothing_is_chosen_from_nothing() -> None:
    assert select([], [], 100) == []


def test_the_row_whose_label_is_asked_for_is_far_ahead_of_its_neighbours() -> None:
    table = "Year | 2018 | 2019\nNet sales | 10 | 11\nCost of sales | 4 | 5\nFulfillment | 2 | 3"
    pieces = pieces_of(passages(table))
    found = scores("What were net sales in 2018?", pieces, [0.0] * len(pieces))

    assert [pieces[at].text for at in select(pieces, found, 100, margin=1.0)] == [
        "Net sales | 10 | 11"
    ]


def test_a_row_is_found_by_the_title_of_its_part_and_the_names_of_its_columns() -> None:
    table = "Year | 2018 | 2019\nStores\nNet sales | 10 | 11\nCloud\nNet sales | 17 | 25"
    pieces = pieces_of(passages(table))
    found = scores("What were net sales of cloud in 2019?", pieces, [0.0] * len(pieces))

    assert pieces[found.index(max(found))].text == "Net sales | 17 | 25"


def test_a_heading_that_asks_the_same_lifts_what_stands_below_it() -> None:
    pieces = pieces_of(passages("## Horn\n\nPress F9.\n\n## Lamp\n\nPress F8."))
    question = "Wie schalte ich die Hupe aus?"

    below_horn = scores(question, pieces, [0.2, 0.3], headings=[0.9, 0.1])
    alone = scores(question, pieces, [0.2, 0.3])

    assert below_horn[0] > below_horn[1]
    assert alone[0] < alone[1]


def test_a_line_that_only_leads_elsewhere_is_passed_over() -> None:
    text = "Press Ctrl+L to change the model. See [models and change](models.md)."

    assert best("How do I change models?", text) == "Press Ctrl+L to change the model."


def test_the_sentence_beside_a_chosen_one_comes_before_one_that_is_hardly_better() -> None:
    text = "The ferry leaves at nine. It is blue. The school opens late. The bridge was closed."
    pieces = pieces_of(passages(text))
    scores = [9.0, 5.0, 1.0, 5.3]

    assert select(pieces, scores, budget=11) == [0, 3]
    assert select(pieces, scores, budget=11, beside=0.6) == [0, 1]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What is the spin speed?", "Spin speed: 1,400 rpm", MARGIN_OF_ENTRIES),
        ("Wie ist das Gewicht?", "Gewicht: 138 kg", MARGIN_OF_ENTRIES),
        ("How much was the VAT?", "VAT (20%): 51.80", MARGIN_OF_ENTRIES),
        ("Who was at the meeting?", "Next meeting: 28 October", MARGIN),
        ("When must the invoice be paid?", "Invoice number: 7", MARGIN),
        ("What is the spin speed?", "The spin speed is 1,400 rpm.", MARGIN),
    ],
)
def test_an_entry_for_what_is_asked_answers_by_itself(
    question: str, text: str, expected: float
) -> None:
    (piece,) = pieces_of(passages(text))
    assert margin_below(piece, question, across=False) == expected
    assert margin_below(piece, question, across=True) == min(expected, MARGIN_ACROSS)


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Wer hat den Bau geleitet?", "Der Bau war teuer. Den Bau hat Karl Lenz geleitet.",
         "Den Bau hat Karl Lenz geleitet."),
        ("Wann wurde der Turm gebaut?", "Der Turm wurde neu gebaut. Der Turm wurde 1874 gebaut.",
         "Der Turm wurde 1874 gebaut."),
        ("Combien de tours a le château ?", "Le château a ses tours. Le château a quatre tours.",
         "Le château a quatre tours."),
        ("¿Cuándo se abrió el puente?", "El puente se abrió por fin. El puente se abrió en abril.",
         "El puente se abrió en abril."),
    ],
)  # fmt: skip
def test_the_form_that_is_asked_for_counts_in_other_languages(
    question: str, text: str, expected: str
) -> None:
    assert best(question, text) == expected


def test_a_title_answers_less_than_what_stands_below_it() -> None:
    text = "Washing machine guide\n\nThis washing machine is quiet and has a guide on its door.\n"
    assert best("Is there a washing machine guide?", text).startswith("This washing machine")
