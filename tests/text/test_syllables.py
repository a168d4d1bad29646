"""Vietnamese is told from its letters, and its words are put together from syllables."""

from __future__ import annotations

import pytest

from chatui.text.syllables import is_syllabic, syllable_pairs


@pytest.mark.parametrize(
    "text", ["đại dịch là gì?", "Trường đại học Harvard ở Boston", "Hợp đồng thuê nhà số 12"]
)
def test_vietnamese_is_told_by_its_letters(text: str) -> None:
    assert is_syllabic(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What is a pandemic?",
        "Où se trouve la pharmacie la plus proche ?",
        "Đorđe Đoković živi u Beogradu",
        "La soupe phở est servie dans un restaurant du vieux quartier de la ville de Lyon",
        "大学在哪里？",
    ],
)
def test_other_languages_with_accents_or_one_vietnamese_word_are_not(text: str) -> None:
    assert not is_syllabic(text)


def test_a_name_and_a_number_stay_by_themselves() -> None:
    run = ["Trường", "đại", "học", "Harvard", "thành", "phố", "1990", "năm"]
    assert list(syllable_pairs([run])) == [
        ("Trường", "đại"),
        ("đại", "học"),
        ("thành", "phố"),
    ]


def test_what_a_mark_parts_is_no_pair() -> None:
    assert list(syllable_pairs([["bệnh"], ["dịch", "tả"]])) == [("dịch", "tả")]
