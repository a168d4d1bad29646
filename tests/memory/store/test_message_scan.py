from __future__ import annotations

import pytest

from chatui.memory.store.message_scan import telling_terms


@pytest.mark.parametrize(
    ("question", "looked_for"),
    [
        ("How many people is the dinner for?", ["people", "dinner"]),
        ("Bei welchem Verein spielen wir?", ["verein", "spielen"]),
        ("Combien d'élèves y a-t-il dans la classe ?", ["élèves", "classe"]),
        ("Qu'offre-t-on à Claire ?", ["offre", "claire"]),
        ("¿Cuándo es la cita con el dentista?", ["cita", "dentista"]),
        ("航班几点起飞？", ["航班", "起飞"]),
    ],
)
def test_the_words_that_only_ask_are_not_looked_for(question: str, looked_for: list[str]) -> None:
    assert [term.phrase.strip('"') for term in telling_terms(question)] == looked_for


@pytest.mark.parametrize("question", ["是谁？", "what is it", "où ?"])
def test_a_question_of_nothing_else_is_looked_for_as_it_is(question: str) -> None:
    assert telling_terms(question)
