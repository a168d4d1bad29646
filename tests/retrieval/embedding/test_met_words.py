"""How well texts meet the words of a question."""

from __future__ import annotations

import struct

import pytest

from chatui.retrieval.embedding import met_words
from chatui.retrieval.embedding.met_words import MetWords, asked_words, held_words

MEANINGS = {"Hund": 0, "dog": 0, "Brot": 1, "bread": 1, "oven": 2, "小狗": 0, "面包": 1}


def vector(place: int) -> bytes:
    return struct.pack("<4f", *(float(at == place) for at in range(4)))


class Model:
    """Knows a few words, and parts Chinese at its own borders."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def pieces(self, text: str) -> list[str]:
        return [word for word in ("小狗", "面包") if word in text]

    def embed(self, words: list[str]) -> tuple[list[str], list[bytes]]:
        self.embedded += words
        found = [word for word in words if word in MEANINGS]
        return found, [vector(MEANINGS[word]) for word in found]


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def words(model: Model) -> MetWords:
    return MetWords(model.pieces, model.embed)


def test_each_word_of_a_question_is_met_by_what_means_the_same(words: MetWords) -> None:
    assert words.met("Hund Brot", ["The dog eats bread", "A dog", "The oven"]) == [1.0, 0.5, 0.0]


def test_words_are_told_where_no_spaces_part_them(words: MetWords) -> None:
    assert words.met("小狗吃面包吗？", ["The dog eats bread", "A dog"]) == [1.0, 0.5]
    assert words.met("Hund Brot", ["小狗吃面包。"]) == [1.0]


def test_a_text_without_words_meets_nothing(words: MetWords) -> None:
    assert words.met("Hund", ["", "…", "dog"]) == [0.0, 0.0, 1.0]
    assert words.met("?", ["dog"]) == [0.0]


def test_each_word_is_told_by_itself(words: MetWords) -> None:
    assert words.met_each("Hund Brot", ["The dog", "bread", "…"]) == [[1, 0], [0, 1], [0, 0]]
    assert words.met_each("小狗吃面包吗？", ["The dog"]) == [[1, 0]]


def test_a_name_in_capitals_is_the_same_name(words: MetWords) -> None:
    assert words.met_each("oven", ["OVEN dog"]) == [[1.0]]


def test_a_question_without_words_is_told_nothing(words: MetWords) -> None:
    assert words.met_each("?", ["dog", "bread"]) == [[], []]


def test_a_word_is_embedded_once(model: Model, words: MetWords) -> None:
    words.met("Hund", ["dog bread"])
    words.met("Brot", ["bread dog"])
    assert sorted(model.embedded) == ["Brot", "Hund", "bread", "dog"]


def test_more_words_than_are_kept_change_no_figure(
    model: Model, words: MetWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(met_words, "MOST_KEPT", 3)
    for _ in range(2):
        assert words.met("Hund", ["dog bread oven"]) == [1.0]
        assert words.met("Brot", ["oven bread", "dog"]) == [1.0, 0.0]
    assert model.embedded.count("oven") > 1


def test_words_that_only_ask_or_link_are_left_out(model: Model) -> None:
    assert asked_words("Wie viele Hunde hat der Mann?", model.pieces) == ["Hunde", "Mann"]
    assert held_words("The dog of the house", model.pieces) == ["dog", "house"]


def test_a_pasted_page_has_a_bounded_number_of_words(model: Model) -> None:
    page = " ".join(f"Wort{at}" for at in range(5000)) + " " + "x" * 5000
    assert len(asked_words(page, model.pieces)) == met_words.MOST_ASKED
    assert len(held_words(page, model.pieces)) == met_words.MOST_HELD
