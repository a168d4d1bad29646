"""How a question and what it leans on are weighed against each other."""

from __future__ import annotations

import math
import struct

import pytest

from chatui.retrieval.fusion import of_queries
from chatui.retrieval.query import CONTEXT_BM25, Query, filled_up, mixed_vectors, mixed_words


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def test_a_mixed_vector_leans_to_the_question_and_has_length_one() -> None:
    mixed = struct.unpack("<2f", mixed_vectors(vector(1, 0), vector(0, 1)))
    assert math.hypot(*mixed) == pytest.approx(1)
    assert mixed[0] > mixed[1] > 0


def test_words_of_the_context_count_for_less() -> None:
    assert mixed_words([("a", 2.0)], [("b", 2.0), ("a", 1.0)], 0.5) == [("a", 2.5), ("b", 1.0)]


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
