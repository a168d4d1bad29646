from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.passage import Citation, Passage
from chatui.text.citations.support import supported
from tests.widgets.turns import passage

KETTLE = (
    "The kettle holds two litres of water. It switches itself off after 90 seconds.\n\n"
    "The warranty covers the heating element for five years."
)
GARDEN = (
    "Roses need at least six hours of sunlight every day. "
    "The gardener Amelia Hart prunes them in February."
)
PASSAGES = (passage(1, "kettle.md", KETTLE), passage(2, "garden.md", GARDEN))


def added(answer: str, passages: tuple[Passage, ...] = PASSAGES) -> list[tuple[str, int]]:
    """What stands before each added mark, and its number."""
    return [
        (answer[:place], citation.n)
        for citation in supported(answer, (), passages)
        for place in citation.added
    ]


def supporting(citation: Citation) -> list[str]:
    return [citation.passage.text[start:end] for start, end in citation.support]


@pytest.mark.parametrize(
    ("sentence", "n"),
    [
        ("The kettle holds two litres of water.", 1),
        ("Two litres of water is what the kettle holds.", 1),
        ("- The warranty covers the heating element for five years.", 1),
        ("> Roses need at least six hours of sunlight every day.", 2),
        ("**Roses need six hours of sunlight every day.**", 2),
        ("They are pruned in February by the gardener Amelia Hart.", 2),
    ],
)
def test_a_sentence_that_a_passage_holds_is_cited_behind_its_end(sentence: str, n: int) -> None:
    assert added(f"Well.\n\n{sentence}\n\nSo it goes.") == [(f"Well.\n\n{sentence}", n)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The kettle switches itself off after 95 seconds.",
        "The kettle does not hold two litres of water.",
        "The gardener Sylvia Hart prunes roses in February.",
        "Roses need at most six hours of sunlight a day, and much cold water besides.",
        "The kettle was designed in Denmark by two brothers.",
        "Does the kettle hold two litres of water?",
        "# The kettle holds two litres of water",
        "```\nThe kettle holds two litres of water.\n```",
        "The kettle holds two litres of water:",
        "The passages don't say that the kettle holds two litres of water.",
        "The kettle holds water.",
        "",
    ],
)
def test_nothing_else_is_cited(sentence: str) -> None:
    assert added(sentence) == []


def test_a_contrary_word_is_no_support() -> None:
    held = passage(1, text="The price of the basic plan will increase in the next quarter.")
    assert added("The price of the basic plan will increase in the next quarter.", (held,))
    assert not added("The price of the basic plan will decrease in the next quarter.", (held,))


def test_a_sentence_with_a_mark_gets_no_other_one() -> None:
    assert added("The kettle holds two litres of water [2].") == []
    assert added("The kettle holds two litres of water. [2] It is good.") == []


def test_a_mark_at_the_end_of_a_paragraph_stands_for_what_is_before_it() -> None:
    said = "The kettle holds two litres of water. It switches itself off after 90 seconds"
    assert added(f"{said} [1].") == []
    assert added(f"{said} [2].") == [("The kettle holds two litres of water.", 1)]


def test_chinese_and_japanese_are_compared_by_pairs_of_characters() -> None:
    held = (passage(1, text="水壶可以装两升水。九十秒后自动关闭电源。"), PASSAGES[1])
    assert added("水壶可以装两升水。玫瑰需要阳光。", held) == [("水壶可以装两升水。", 1)]
    assert added("水壶不可以装两升水。", held) == []


def test_the_model_s_own_citation_keeps_its_mark_and_learns_what_bears_it() -> None:
    answer = "After a minute and a half, or 90 seconds, it switches off [1]."
    (citation,) = supported(answer, (Citation(1, PASSAGES[0]),), PASSAGES)
    assert citation.marked
    assert citation.added == ()
    assert supporting(citation) == ["It switches itself off after 90 seconds."]


def test_a_passage_can_be_cited_by_the_model_and_again_by_matching() -> None:
    answer = "It holds two litres [1].\n\nThe warranty covers the heating element for five years."
    (citation,) = supported(answer, (Citation(1, PASSAGES[0]),), PASSAGES)
    assert citation.marked
    assert citation.added == (len(answer),)
    assert set(supporting(citation)) == {
        "The kettle holds two litres of water.",
        "The warranty covers the heating element for five years.",
    }


def test_the_line_of_a_citation_is_that_of_its_best_sentence() -> None:
    (citation,) = supported("The warranty covers the heating element for five years.", (), PASSAGES)
    assert not citation.marked
    assert citation.line == PASSAGES[0].line_start + 2


def test_nothing_is_added_to_what_is_cited_already_or_has_no_passages() -> None:
    answer = "The kettle holds two litres of water."
    assert supported(answer, (), PASSAGES, add=False) == ()
    assert supported(answer, (), ()) == ()


def test_of_two_passages_with_the_same_sentence_the_better_one_is_cited() -> None:
    twice = (passage(1, "a.md", GARDEN), passage(2, "b.md", GARDEN))
    assert [n for _, n in added("Roses need at least six hours of sunlight every day.", twice)] == [
        1
    ]


@pytest.mark.parametrize("text", ["", "Warranty", "1234", "```\ncode\n```", "| a | b |"])
def test_a_passage_without_a_sentence_supports_nothing(text: str) -> None:
    assert added("The kettle holds two litres of water.", (passage(1, "a.md", text),)) == []


@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=3))
def test_any_answer_and_any_passages_are_taken(answer: str, texts: list[str]) -> None:
    passages = tuple(passage(n, "a.md", text) for n, text in enumerate(texts, start=1))
    for citation in supported(answer, (), passages):
        assert all(0 < place <= len(answer) for place in citation.added)


def test_the_line_of_a_sentence_is_never_below_its_passage() -> None:
    page = replace(PASSAGES[0], line_start=1, line_end=1)
    (citation,) = supported("The warranty covers the heating element for five years.", (), (page,))
    assert citation.line == 1


@pytest.mark.parametrize(
    ("sentence", "held"),
    [
        ("The bridge opened for traffic in 2019.", "The bridge opened for traffic in ٢٠١٩."),
        ("पुल यातायात के लिए २०१९ में खुला था।", "पुल यातायात के लिए 2019 में खुला था।"),
    ],
)
def test_a_number_is_the_same_in_the_digits_of_every_script(sentence: str, held: str) -> None:
    other = held.replace("2019", "2018").replace("٢٠١٩", "٢٠١٨")
    assert added(sentence, (passage(1, "bridge.md", held),)) == [(sentence, 1)]
    assert added(sentence, (passage(1, "bridge.md", other),)) == []
