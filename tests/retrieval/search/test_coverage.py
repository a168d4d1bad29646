"""How much of a question's words a passage holds."""

from __future__ import annotations

import pytest

from chatui.retrieval.search.coverage import (
    coverage,
    looked_for,
    of_both,
    share_of_index,
    weights,
)


def held(question: str, text: str, rows: dict[str, int] | None = None, size: int = 100) -> float:
    return coverage(weights(looked_for(question), rows or {}, size), text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does the ferry cost?", "The ferry costs nine euros."),
        ("Was kostet die Fähre?", "Die Fähre kostet neun Euro."),
        ("渡轮的票价是多少？", "渡轮票价九元。"),
        ("नौका का किराया कितना है?", "नौका का किराया नौ रुपये है।"),
        ("كم ثمن العبارة؟", "ثمن العبارة تسعة."),
    ],
)
def test_a_passage_with_all_words_has_about_one_and_another_little(
    question: str, text: str
) -> None:
    assert held(question, text) > 0.6
    assert held(question, "xyz") == 0


def test_a_word_that_few_passages_of_the_collection_have_counts_more() -> None:
    rows = {"ferry": 1, "price": 80}

    rare = held("ferry price", "the ferry", rows)
    common = held("ferry price", "the price", rows)

    assert rare > 0.8
    assert common < 0.2


def test_what_is_said_again_and_again_counts_a_little_more() -> None:
    once, often = held("ferry", "the ferry"), held("ferry", "ferry " * 50)

    assert once == 1
    assert 1 < often < 2.2


def test_a_question_without_a_subject_is_held_by_nothing() -> None:
    assert held("what is it?", "what is it") <= 1
    assert coverage({}, "text") == 0


def test_what_the_index_has_not_found_counts_by_its_words_alone() -> None:
    assert of_both(0.8, None, 120, same_script=True) == 0.8
    assert of_both(0.8, 0.4, 120, same_script=True) == pytest.approx(0.6)


@pytest.mark.parametrize("size", [0, 1, 5, 20])
def test_among_a_few_passages_the_index_tells_nothing(size: int) -> None:
    assert of_both(0.8, 0.4, size, same_script=True) == 0.8
    assert of_both(0.1, 0.6, size, same_script=True) == 0.1
    assert of_both(0.1, 0.6, size, same_script=True, same_words=False) == 0.1


def test_the_index_tells_more_the_more_passages_there_are() -> None:
    shares = [share_of_index(size) for size in (20, 21, 30, 39, 40, 100_000)]

    assert shares == sorted(shares)
    assert (shares[0], shares[-2], shares[-1]) == (0, 0.5, 0.5)


def test_names_heard_in_another_script_count_in_full() -> None:
    assert of_both(0.1, 0.6, 5, same_script=False) == 0.6
