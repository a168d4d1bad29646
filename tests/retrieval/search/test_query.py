"""How a question and what it leans on are weighed against each other."""

from __future__ import annotations

import math
import struct

import pytest

from chatui.retrieval.search.fusion import of_queries
from chatui.retrieval.search.query import (
    CONTEXT_BM25,
    NEAR_SHARE,
    Query,
    drawn_near,
    filled_up,
    mixed_vectors,
    mixed_words,
)


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def test_a_mixed_vector_leans_to_the_question_and_has_length_one() -> None:
    mixed = struct.unpack("<2f", mixed_vectors(vector(1, 0), vector(0, 1)))
    assert math.hypot(*mixed) == pytest.approx(1)
    assert mixed[0] > mixed[1] > 0


def test_a_high_score_for_the_context_does_not_drown_the_question() -> None:
    """The answer before has all words of a long context, the next one a few of them."""
    old_answer, answer = ("old", 90.0), ("new", 20.0)
    rest = [(f"rest {number}", 15.0) for number in range(9)]
    (best, *_) = mixed_words([("new", 6.0), ("other", 5.9)], [old_answer, answer, *rest])
    assert best[0] == "new"


def test_of_chunks_that_fit_a_question_alike_the_context_chooses() -> None:
    mixed = mixed_words([("a", 2.0), ("b", 2.0)], [("b", 1.0)])
    assert [chunk_id for chunk_id, _ in mixed] == ["b", "a"]


def test_a_context_that_fits_many_chunks_alike_says_little() -> None:
    alike = [(f"chunk {number}", 9.0) for number in range(20)]
    assert mixed_words([("a", 2.0)], alike)[0] == ("a", 2.0)
    assert dict(mixed_words([("a", 2.0)], alike))["chunk 0"] == 0.0
    assert dict(mixed_words([("a", 2.0)], alike[:3]))["chunk 0"] == 2.0


def test_a_question_none_of_whose_words_are_found_is_searched_for_by_its_context() -> None:
    assert [one for one, _ in mixed_words([], [("b", 4.0), ("a", 2.0)])] == ["b", "a"]


def test_chunks_of_the_last_answers_documents_are_lifted_and_scores_stay_in_their_range() -> None:
    paths = {"a": "/other.md", "b": "/last.md", "c": "/also.md"}
    lifted = drawn_near([("a", 1.0), ("b", 0.95), ("c", 0.95)], paths, ["/last.md", "/also.md"])
    assert [chunk_id for chunk_id, _ in lifted] == ["b", "a", "c"]
    assert lifted[0][1] == pytest.approx((0.95 + NEAR_SHARE) / (1 + NEAR_SHARE))
    assert drawn_near([("a", 1.0)], {"a": "/last.md"}, ["/last.md"]) == [("a", 1.0)]


def test_a_chunk_that_fits_far_better_wins_over_one_of_the_last_answers_document() -> None:
    paths = {"a": "/other.md", "b": "/last.md"}
    assert drawn_near([("a", 1.0), ("b", 0.7)], paths, ["/last.md"])[0][0] == "a"


def test_nothing_is_lifted_without_a_last_answer() -> None:
    assert drawn_near([("a", 1.0), ("b", 0.9)], {"a": "/x"}, ()) == [("a", 1.0), ("b", 0.9)]


def test_a_long_context_does_not_drown_a_short_question() -> None:
    short = Query("battery capacity weight", "What about phones?").lexical_share
    long = Query("battery capacity weight", "word " * 40).lexical_share
    assert short == CONTEXT_BM25
    assert long < short / 4


def test_one_ranking_stays_as_it_is() -> None:
    assert of_queries([[("a", 0.7), ("b", 0.1)]], [1.0]) == [("a", 0.7), ("b", 0.1)]


def test_the_users_own_wording_counts_most() -> None:
    own, other = [("a", 1.0), ("b", 0.5)], [("b", 1.0), ("c", 0.5)]
    fused = of_queries([own, other], [1.0, 0.5])
    assert [chunk_id for chunk_id, _ in fused] == ["b", "a", "c"]
    assert all(0 < score <= 1 for _, score in fused)
    assert of_queries([own, [("c", 1.0)]], [1.0, 0.5])[0][0] == "a"


def test_what_only_a_later_query_found_stands_behind() -> None:
    assert list(filled_up([{"a": 1.0}, {"b": 2.0, "a": 3.0}]).items()) == [("a", 1.0), ("b", 2.0)]
