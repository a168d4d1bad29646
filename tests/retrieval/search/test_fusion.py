from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.retrieval.embedding.similarity import cosine
from chatui.retrieval.search.fusion import convex, nearness, sureness, trust

SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 50), max_size=8)
COSINES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1, 1), max_size=8)


def order(ranking: list[tuple[str, float]]) -> list[str]:
    return [chunk_id for chunk_id, _ in ranking]


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def test_a_chunk_that_both_legs_find_comes_before_one_that_a_single_leg_finds() -> None:
    assert order(convex({"a": 0.6, "b": 0.55, "c": 0.1}, {"b": 9.0, "c": 10.0}, 0.5)) == [
        "b",
        "c",
        "a",
    ]


def test_the_weight_decides_between_the_legs() -> None:
    similarity, bm25 = {"a": 0.9, "b": 0.1}, {"b": 7.0}

    assert order(convex(similarity, bm25, 0.9)) == ["a", "b"]
    assert order(convex(similarity, bm25, 0.1)) == ["b", "a"]


@given(COSINES, SCORES, st.floats(0, 1))
def test_a_convex_score_is_between_nought_and_one(
    similarity: dict[str, float], bm25: dict[str, float], weight: float
) -> None:
    ranking = convex(similarity, bm25, weight)

    assert {chunk_id for chunk_id, _ in ranking} == similarity.keys() | bm25.keys()
    assert all(0 <= score <= 1 + 1e-9 for _, score in ranking)
    assert [score for _, score in ranking] == sorted((s for _, s in ranking), reverse=True)


@given(COSINES, SCORES)
def test_a_weight_of_one_leaves_the_order_to_a_single_leg(
    similarity: dict[str, float], bm25: dict[str, float]
) -> None:
    top = max(bm25, key=lambda key: (bm25[key], -ord(key)), default=None)

    assert not bm25 or order(convex(similarity, bm25, 0.0))[0] == top


def test_nothing_fuses_to_nothing() -> None:
    assert convex({}, {}, 0.5) == []


def test_equal_scores_are_ordered_by_id() -> None:
    assert order(convex({"b": 0.5, "a": 0.5}, {}, 0.5)) == ["a", "b"]


def test_the_cosine_of_stored_vectors() -> None:
    assert cosine(vector(0.6, 0.8), vector(0.6, 0.8)) == pytest.approx(1)
    assert cosine(vector(1, 0), vector(0, 1)) == pytest.approx(0)
    assert cosine(vector(1, 0), vector(-1, 0)) == pytest.approx(-1)


def test_vectors_of_different_models_do_not_compare() -> None:
    with pytest.raises(ValueError, match="do not compare"):
        cosine(vector(1, 0), vector(1, 0, 0))


def test_what_is_hardly_nearer_than_anything_is_no_sign() -> None:
    assert nearness([("one", 0.09), ("other", 0.02)]) == 0.0
    assert nearness([("one", 0.15)]) == pytest.approx(0.5)
    assert nearness([("one", 0.6)]) == nearness([]) == 1.0


def test_vectors_that_tell_chunks_apart_are_trusted() -> None:
    assert trust([(str(n), 0.8 - n / 100) for n in range(50)]) == 1.0


def test_vectors_that_find_all_chunks_alike_count_less() -> None:
    assert trust([(str(n), 0.8 - n / 1000) for n in range(50)]) < 0.25


def test_a_few_chunks_say_nothing_against_the_vectors() -> None:
    assert trust([(str(n), 0.8) for n in range(5)]) == 1.0
    assert trust([]) == 1.0


def test_words_that_found_little_of_the_question_count_less() -> None:
    similarity, bm25 = {"near": 0.6, "named": 0.3}, {"named": 2.0}

    assert convex(similarity, bm25, 0.4, 1.0)[0][0] == "named"
    assert convex(similarity, bm25, 0.4, 0.2)[0][0] == "near"
    assert convex({}, bm25, 0.0, 0.2) == [("named", 1.0)]


def test_how_sure_words_are_follows_from_their_share_of_the_best_score() -> None:
    assert sureness([("one", 8.0)], 10.0) == 1.0
    assert sureness([("one", 1.0)], 10.0) == pytest.approx(0.25)
    assert sureness([], 10.0) == sureness([("one", 1.0)], 0.0) == 1.0
