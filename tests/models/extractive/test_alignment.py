"""Words of a question beside the words of a text in another language."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.domain.errors import EmbedderFailed
from chatui.models.extractive.alignment import (
    MOST_LETTERS,
    MOST_LOOKED_AT,
    WELL_MET,
    Alignment,
    alignment,
    looked_at,
)
from chatui.models.extractive.likeness import SentenceComparer
from tests.models.extractive_passages import passages, pieces_of


def test_a_piece_that_meets_the_words_is_met_with_half_of_its_own_nearness() -> None:
    found = alignment([[0.4, 0.2], [0.1, 0.1]], [0.2, 0.8], [1, 1])

    assert found is not None
    assert found.met == pytest.approx(max(0.3 + 0.1, 0.1 + 0.4))


def test_the_same_number_counts_no_more_than_a_word_that_means_the_same() -> None:
    same, alike = ([[one, 0.1]] for one in (1.0, WELL_MET))

    assert alignment(same, [0.0], [1]) == alignment(alike, [0.0], [1])


def test_two_words_that_are_met_say_more_than_one_that_stands_there_as_it_is() -> None:
    both, one = alignment([[0.5, 0.5]], [0.0], [1]), alignment([[1.0, 0.1]], [0.0], [1])

    assert both is not None
    assert one is not None
    assert both.met > one.met


def test_a_passage_leads_by_what_it_has_beyond_the_others() -> None:
    found = alignment([[0.9], [0.5], [0.3], [0.1]], [0.0] * 4, [1, 1, 2, 3])

    assert found is not None
    assert found.leads == pytest.approx(0.9 - (0.3 + 0.1) / 2)


def test_the_only_passage_leads_nobody() -> None:
    assert alignment([[0.9], [0.5]], [0.0, 0.0], [1, 1]) == Alignment(WELL_MET, leads=0.0)


@pytest.mark.parametrize("words", [[], [[], []]])
def test_a_question_without_words_is_not_compared(words: Sequence[Sequence[float]]) -> None:
    assert alignment(words, [0.5] * len(words), [1] * len(words)) is None


def test_what_stands_beside_a_sentence_and_above_it_is_looked_at_with_it() -> None:
    pieces = pieces_of(passages("# Timetables\n\nThe ferry leaves. It is white. Nobody knows why."))

    first = dict(looked_at(pieces, [0.9, 0.1, 0.1]))[0]

    assert all(part in first for part in ("The ferry leaves.", "Timetables", "It is white."))
    assert "Nobody" not in first


def test_the_nearest_rows_of_a_long_table_are_looked_at_and_no_more_of_one_than_tells() -> None:
    rows = "\n".join(f"| {n} | {'cargo ' * 300} |" for n in range(2 * MOST_LOOKED_AT))
    pieces = pieces_of(passages(f"| n | what |\n|---|---|\n{rows}"))
    cosines = [float(place) for place in range(len(pieces))]

    windows = looked_at(pieces, cosines)

    assert [at for at, _ in windows] == list(range(len(pieces)))[-MOST_LOOKED_AT:]
    assert max(len(text) for _, text in windows) <= MOST_LETTERS


async def no_vectors(texts: Sequence[str]) -> list[bytes]:
    return [b"" for _ in texts]


async def test_the_words_are_compared_by_what_tells_them() -> None:
    async def met(question: str, texts: Sequence[str]) -> list[list[float]]:
        return [[float(question in text)] for text in texts]

    comparer = SentenceComparer(no_vectors, no_vectors, met)

    assert await comparer.aligned("ferry", ["a ferry", "a train"]) == [[1.0], [0.0]]


async def test_nothing_is_told_of_words_where_only_one_model_is_there() -> None:
    assert await SentenceComparer(no_vectors).aligned("ferry", ["a ferry"]) is None


async def test_nothing_is_told_of_words_by_a_model_that_fails() -> None:
    async def failing(question: str, texts: Sequence[str]) -> list[list[float]]:
        raise EmbedderFailed("It is gone.")

    comparer = SentenceComparer(no_vectors, no_vectors, failing)

    assert await comparer.aligned("ferry", ["a ferry"]) is None


def test_the_passage_of_the_best_piece_is_told() -> None:
    found = alignment([[0.4, 0.2], [0.3, 0.5], [0.1, 0.1]], [0.2, 0.2, 0.2], [1, 3, 4])

    assert found is not None
    assert found.n == 3
