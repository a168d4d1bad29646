"""What a reranker reads of a passage, and what becomes of its scores."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.search.reranking import closest_part, dealt, weighed

FILLER = "the weather was fair and nothing at all happened on that day "
ANSWER = "The redwood Hyperion, at 116 m, is the tallest of trees."


def test_the_part_with_the_most_words_of_the_question_is_read() -> None:
    text = FILLER * 20 + ANSWER + FILLER * 20

    assert ANSWER in closest_part("Which redwood is the tallest tree?", text, 40)


def test_of_parts_that_are_as_close_the_first_is_read() -> None:
    assert closest_part("Which redwood?", FILLER * 20, 12) == FILLER.strip()


def test_the_end_of_a_text_is_read_where_the_answer_stands_there() -> None:
    part = closest_part("Which redwood is the tallest tree?", FILLER * 9 + ANSWER, 10)

    assert part.endswith("tallest of trees")


@given(st.text(), st.text(), st.integers(1, 9))
def test_a_part_is_of_the_text_and_no_longer_than_asked_for(
    question: str, text: str, words: int
) -> None:
    part = closest_part(question, text, words)

    assert part in text
    assert part == text or len(re.findall(r"\w+", part)) == words


def test_a_short_text_is_read_whole() -> None:
    assert closest_part("Which redwood?", f" {ANSWER}\n", 40) == f" {ANSWER}\n"


def test_new_scores_deal_the_places_of_those_that_have_them() -> None:
    ranking = [("first", 0.9), ("unread", 0.8), ("second", 0.7), ("third", 0.6)]

    found = dealt(ranking, {"first": -4.0, "second": 7.0, "third": 1.0})

    assert found == [("second", 0.9), ("unread", 0.8), ("third", 0.7), ("first", 0.6)]


def test_without_new_scores_a_ranking_stays() -> None:
    assert dealt([("one", 0.9), ("other", 0.1)], {}) == [("one", 0.9), ("other", 0.1)]


RANKING = [("first", 0.8), ("second", 0.4), ("third", 0.2)]


def test_a_reranker_that_is_sure_of_itself_moves_what_the_search_ranked() -> None:
    found = weighed(RANKING, {"first": -9.0, "second": 9.0}, 0.7)

    assert found == pytest.approx({"first": 0.3, "second": 0.85}, abs=0.001)


def test_of_texts_that_it_likes_alike_the_search_decides() -> None:
    found = weighed(RANKING, dict.fromkeys(("third", "second"), 3.0), 0.7)

    assert found["second"] > found["third"]


def test_a_reranker_that_counts_alone_keeps_its_own_scale() -> None:
    assert weighed(RANKING, {"first": 900.0, "third": 901.0}, 1.0) == {
        "first": 900.0,
        "third": 901.0,
    }


@pytest.mark.parametrize("score", [-1e9, 1e9])
def test_no_score_is_too_large(score: float) -> None:
    assert 0 <= weighed(RANKING, {"first": score}, 0.7)["first"] <= 1
