"""What only asks, in the language of the question."""

from __future__ import annotations

import pytest

from chatui.text.fts.lexical import query_terms
from chatui.text.languages import asks_in_english, language_of, may_be_english


def looked_up(question: str) -> str:
    return " ".join(term.phrase for term in query_terms(question))


@pytest.mark.parametrize(
    ("question", "subject", "asking"),
    [
        ("Wie heißt der Fluss?", '"fluss"', ['"wie"', '"der"']),
        ("Qu'est-ce que l'eau potable ?", '"potable"', ["qu", "est", '"que"', '"l"']),
        ("¿Cuándo se fundó la ciudad?", '"ciudad"', ["cuándo", '"se"', '"la"']),
        ("Kiedy zbudowano most w mieście?", '"most"', ["kiedy", '"w"']),
        ("Сколько мостов есть в городе?", "мост", ["сколько", '"в"']),
        ("Ποιος έγραψε τον νόμο;", "νομο", ["ποιος", '"τον"']),
        ("متى تأسست المدينة؟", "المدينه", ['"متي"']),
        ("长江有多长？", "长江", ["有多", "多长"]),
        ("ทำไมน้ำจึงเค็ม", "เค็", ["ทำไ", "ทํา"]),
        ("서울은 어디에 있습니까?", "서울", ["어디", "울은"]),
    ],
)
def test_words_that_only_ask_are_not_looked_for(
    question: str, subject: str, asking: list[str]
) -> None:
    found = looked_up(question)
    assert subject in found
    assert [word for word in asking if word in found] == []


@pytest.mark.parametrize("question", ["Was?", "who is that", "什么", "Qu'est-ce que c'est ?"])
def test_a_question_of_nothing_else_is_looked_up_as_it_is(question: str) -> None:
    assert looked_up(question)


def test_words_of_another_language_are_looked_for() -> None:
    assert '"die"' in looked_up("Which films are called die hard?")


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Was bedeutet Kernfusion?", "German"),
        ("Was kostet ein Müsli?", "German"),
        ("Wer gewann 1998?", "German"),
        ("¿Quién ganó?", "Spanish"),
        ("Quién ganó el torneo", "Spanish"),
        ("Kto wygrał turniej?", "Polish"),
        ("Qui gagna la bataille ?", "French"),
        ("Chi vinse la battaglia?", "Italian"),
    ],
)
def test_a_short_question_tells_its_language(question: str, language: str) -> None:
    assert language_of(question) == language
    assert not asks_in_english(question)


@pytest.mark.parametrize(
    "question",
    ["Was Einstein married?", "Who is Erdoğan?", "Die Hard", "Łódź", "What is Größe?", "GPU 4090"],
)
def test_names_of_elsewhere_leave_a_question_english(question: str) -> None:
    assert asks_in_english(question) == may_be_english(question)
