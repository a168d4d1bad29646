"""Abbreviations and what they stand for are one name."""

from __future__ import annotations

import pytest

from chatui.text.abbreviations import LONGEST_QUESTION, spelt_out, worded_as


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("What was the capex in 2018?", "What was the capex capital expenditures in 2018?"),
        ("net PPNE", "net PPNE property, plant and equipment"),
        ("Who is the CEO?", "Who is the CEO chief executive officer?"),
        ("who is the ceo", "who is the ceo chief executive officer"),
        ("How many NDAs are there?", "How many NDAs non-disclosure agreement are there?"),
        ("Qui est le PDG ?", "Qui est le PDG président-directeur général ?"),
        ("Wie hoch ist die MwSt?", "Wie hoch ist die MwSt Mehrwertsteuer?"),
        ("¿Cuánto es el IVA?", "¿Cuánto es el IVA impuesto sobre el valor añadido?"),
        ("CEO是谁？", "CEO 首席执行官是谁？"),
        ("社保怎么交？", "社保 社会保险怎么交？"),
        ("国内生产总值是多少？", "国内生产总值 GDP是多少？"),
        ("Who is chief executive officer?", "Who is chief executive officer CEO?"),
        ("the capital expenditure of the year", "the capital expenditure capex of the year"),
        ("TVA ?", "TVA taxe sur la valeur ajoutée ?"),
    ],
)
def test_both_forms_of_a_name_are_searched_for(question: str, written: str) -> None:
    assert spelt_out(question) == written


@pytest.mark.parametrize(
    "question",
    [
        "What is the free cash flow (FCF)?",
        "Où ça se trouve ?",
        "Who lives in the vatican?",
        "What is R & D?",
        "What was spent on research and development?",
        "Which parts are in cardboard?",
        "Qu'est-ce que le vat ?",
        "",
        "capex " * LONGEST_QUESTION,
    ],
)
def test_what_has_both_or_neither_stays_as_it_is(question: str) -> None:
    assert spelt_out(question) == question


@pytest.mark.parametrize(
    ("question", "text", "worded"),
    [
        (
            "What was the capex?",
            "Capital expenditures were 5.",
            "What was the capital expenditures?",
        ),
        ("net PPNE?", "Property, plant and equipment 9", "net property, plant and equipment?"),
        ("net PPNE?", "Property tax and plants 9", None),
        ("Who is chief executive officer?", "CEO: Ann Lee", "Who is CEO?"),
        ("Who is chief executive officer?", "Its Chief\nExecutive Officer", None),
        ("Who is the CEO?", "The CEO is the chief executive officer.", None),
        ("Who is the CEO?", "A text about trees.", None),
        ("CEO是谁？", "首席执行官：李安", "首席执行官是谁？"),
    ],
)
def test_a_question_is_put_into_the_form_of_the_texts(
    question: str, text: str, worded: str | None
) -> None:
    assert worded_as(question, [text, "Something else."]) == (worded or question)
