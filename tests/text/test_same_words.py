from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.same_words import same_words

words = st.lists(st.sampled_from("abcdef"), max_size=40)


def kept(one: str, other: str) -> str:
    left = one.split()
    return " ".join(left[at] for at, _ in same_words(left, other.split()))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "", ""),
        ("a b", "", ""),
        ("tea is hot", "tea is cold now", "tea is"),
        ("a b c", "a c", "a c"),
        ("a b a b a", "b a b a b", "b a b a"),
        ("the cat and the dog", "the bird and the fish", "the and the"),
        ("one two three", "three one two", "one two"),
    ],
)
def test_what_two_texts_share_is_kept_in_its_order(one: str, other: str, same: str) -> None:
    assert kept(one, other) == same


@given(words, words)
def test_pairs_are_of_like_words_and_grow_in_both_texts(one: list[str], other: list[str]) -> None:
    pairs = same_words(one, other)

    assert all(one[at] == other[to] for at, to in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


@given(words, words, st.integers(0, 40))
def test_a_text_with_something_put_in_keeps_all_else(
    one: list[str], more: list[str], place: int
) -> None:
    longer = [*one[:place], *(f"new {word}" for word in more), *one[place:]]

    assert len(same_words(one, longer)) == len(one)


@pytest.mark.parametrize("different", [1, 2, 97, 5_000, 20_000])
def test_long_texts_of_few_words_take_no_long_time(different: int) -> None:
    one = [f"w{number * number % different}" for number in range(20_000)]
    other = [*one[10_000:], "x", *one[:10_000]]

    started = time.process_time()
    same_words(one, other)
    assert time.process_time() - started < 3.0
