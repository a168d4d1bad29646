"""Words of a question beside the words of a text in another language."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from chatui.models.extractive.alignment import WordTable, alignment, asked_words, looked_at
from chatui.models.extractive.likeness import SentenceComparer
from tests.models.extractive_passages import passages, pieces_of

FERRY, TRAIN, BETWEEN = (1.0, 0.0), (0.0, 1.0), (0.6, 0.8)


def test_the_words_that_only_ask_are_left_out() -> None:
    assert asked_words("Wann fährt die Fähre zur Insel ab?") == ["fährt", "Fähre", "Insel"]


@pytest.mark.parametrize("question", ["渡轮几点开往 Borkum？", "フェリーは何時に出ますか。"])
def test_a_script_without_spaces_has_no_words_to_compare(question: str) -> None:
    assert asked_words(question) == []


def test_a_text_meets_a_question_by_the_nearest_word_for_each_of_its_own() -> None:
    vectors = {"Fähre": FERRY, "Zug": TRAIN, "boat": BETWEEN, "ferry": FERRY}

    assert WordTable(["Fähre"], vectors).met(["boat", "ferry"]) == pytest.approx(1.0)
    assert WordTable(["Fähre", "Zug"], vectors).met(["boat"]) == pytest.approx((0.6 + 0.8) / 2)


def test_a_name_that_is_written_alike_is_met() -> None:
    vectors = {"BORKUM": FERRY, "Borkum": TRAIN}

    assert WordTable(["BORKUM"], vectors).met(["Borkum"]) == 1.0


def test_a_place_that_meets_the_words_better_than_others_stands_beyond_them() -> None:
    found = alignment([0.9, 0.3], [0.4, 0.6])

    assert found.met == pytest.approx(0.9 + 0.4 / 2)
    assert found.beyond == pytest.approx(0.9 - 0.6)


def test_what_stands_beside_a_sentence_and_above_it_is_looked_at_with_it() -> None:
    pieces = pieces_of(passages("# Timetables\n\nThe ferry leaves. It is white. Nobody knows why."))

    windows = dict(looked_at(pieces, [0.9, 0.1, 0.1]))

    assert {"ferry", "Timetables", "white"} <= set(windows[0])
    assert "Nobody" not in windows[0]


async def test_a_word_is_embedded_once_for_all_questions() -> None:
    embedded: list[str] = []

    async def embed(texts: Sequence[str]) -> list[bytes]:
        embedded.extend(texts)
        return [array("f", FERRY).tobytes() for _ in texts]

    comparer = SentenceComparer(embed, embed)
    first = await comparer.aligned(["Fähre"], [["ferry", "boat"]])
    second = await comparer.aligned(["Fähre"], [["ferry", "ship"]])

    assert first == second == pytest.approx([1.0])
    assert embedded == ["Fähre", "ferry", "boat", "ship"]


async def test_nothing_is_told_of_words_where_only_one_model_is_there() -> None:
    async def embed(texts: Sequence[str]) -> list[bytes]:
        return [array("f", FERRY).tobytes() for _ in texts]

    assert await SentenceComparer(embed).aligned(["Fähre"], [["ferry"]]) is None
