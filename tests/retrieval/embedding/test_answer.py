"""An endpoint's answer becomes vectors of our form, or a clause that says what is wrong."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.usage import Usage
from chatui.retrieval.embedding.answer import BadVectors, batches, usage_of, vectors_of


def answer(*embeddings: Any) -> dict[str, Any]:
    return {"data": [{"index": at, "embedding": item} for at, item in enumerate(embeddings)]}


def numbers(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(vector) // 4}f", vector)


def test_vectors_have_length_one() -> None:
    (vector,) = vectors_of(answer([3, 4]), 1)
    assert numbers(vector) == pytest.approx((0.6, 0.8))


def test_base64_and_lists_of_numbers_come_to_the_same() -> None:
    listed = [0.5, -1.5, 2.25]
    packed = base64.b64encode(struct.pack("<3f", *listed)).decode()
    assert vectors_of(answer(packed), 1) == vectors_of(answer(listed), 1)


def test_vectors_are_put_in_the_order_of_the_texts() -> None:
    data = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    first, second = vectors_of({"data": data}, 2)
    assert (numbers(first), numbers(second)) == ((1, 0), (0, 1))


def test_servers_that_number_nothing_answer_in_order() -> None:
    first, second = vectors_of({"data": [{"embedding": [1, 0]}, {"embedding": [0, 1]}]}, 2)
    assert (numbers(first), numbers(second)) == ((1, 0), (0, 1))


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, "no list of vectors"),
        ({"data": "x"}, "no list of vectors"),
        (answer([1.0]), "1 vectors for 2 texts"),
        (answer([1.0], [1.0], [1.0]), "3 vectors for 2 texts"),
        (answer([1.0, 2.0], [1.0]), "different sizes"),
        (answer([1.0], [float("nan")]), "without a direction"),
        (answer([1.0], [0.0]), "without a direction"),
        (answer([1.0], []), "without a direction"),
        (answer([1.0], [[1.0], [2.0]]), "no list of numbers"),
        (answer([1.0], None), "no list of numbers"),
        (answer([1.0], "???"), "no list of numbers"),
        ({"data": ["a", "b"]}, "something else"),
        ({"data": [{"index": 0, "embedding": [1]}] * 2}, "in no order"),
        ({"data": [{"index": 7, "embedding": [1]}] * 2}, "in no order"),
    ],
)
def test_what_is_wrong_is_said(sent: Any, reason: str) -> None:
    with pytest.raises(BadVectors, match=reason):
        vectors_of(sent, 2)


@pytest.mark.parametrize(
    ("sent", "usage"),
    [
        ({"usage": {"prompt_tokens": 12, "total_tokens": 12}}, Usage(input=12)),
        ({"usage": {"total_tokens": 9}}, Usage(input=9)),
        ({"usage": {"prompt_tokens": 0}}, None),
        ({"usage": None}, None),
        ({}, None),
        ([], None),
    ],
)
def test_the_tokens_are_those_that_the_endpoint_counted(sent: Any, usage: Usage | None) -> None:
    assert usage_of(sent) == usage


@given(st.lists(st.text("ab", max_size=30)), st.integers(1, 5), st.integers(1, 40))
def test_batches_hold_every_text_once_and_keep_the_limits(
    texts: list[str], most: int, characters: int
) -> None:
    parts = [list(part) for part in batches(texts, most, characters)]
    assert [text for part in parts for text in part] == texts
    assert all(0 < len(part) <= most for part in parts)
    assert all(sum(map(len, part)) <= characters for part in parts if len(part) > 1)
