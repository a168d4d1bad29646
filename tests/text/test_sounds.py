"""Names that are written in another script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.fts.sounds import (
    MARK,
    MOST_LETTERS,
    OTHER_MARK,
    index_sounds,
    other_sounds_of,
    sound,
    sounds_of,
)
from tests.properties import examples


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Norman", ["Норман", "Нормана", "نورمان", "नॉर्मन", "נורמן", "Νόρμαν"]),
        ("Broncos", ["Бронкос", "البرونكوس", "ब्रोंकोस", "ברונקוס"]),
        ("Harvard", ["Гарвард", "Гарварде", "هارفارد", "हार्वर्ड", "הרווארד"]),
        ("Washington", ["Вашингтон", "Вашингтоном"]),
        ("Westminster", ["وستمنستر", "Вестминстер", "वेस्टमिंस्टर"]),
        ("Newton", ["Ньютон", "Ньютона", "نيوتن", "न्यूटन"]),
        ("Darwin", ["Дарвин", "Дарвина", "داروين", "डार्विन"]),
        ("Piketty", ["Пикетти", "بيكيتي", "ピケティ"]),
        ("Brady", ["Брэди", "ブレイディ"]),
        ("Tesla", ["Тесла", "Теслы", "تسلا", "टेस्ला", "טסלה"]),
        ("Kennedy", ["Кеннеди", "كينيدي", "कैनेडी", "ケネディ"]),
        ("Shakespeare", ["Шекспир", "Шекспира"]),
        ("Chicago", ["Чикаго", "شيكاغو", "शिकागो"]),
        ("McKinsey", ["Маккинси", "ماكينزي", "मैकिन्से"]),
    ],
)
def test_a_name_sounds_alike_in_other_scripts(name: str, written: list[str]) -> None:
    unheard = [word for word in written if f"{MARK}{sound(name)}" not in sounds_of(word)]
    assert not unheard, {word: sounds_of(word) for word in unheard} | {name: (sound(name),)}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Norman", ["Норман", "Нормана", "نورمان", "नॉर्मन", "נורמן", "Νόρμαν"]),
        ("Watson", ["Ватсон", "Уотсон", "واتسون"]),
        ("Hamilton", ["Гамильтон", "Хамильтон", "هاميلتون", "हैमिल्टन", "המילטון"]),
        ("Churchill", ["Черчилль", "تشرشل"]),
        ("Victoria", ["Виктория", "فيكتوريا", "ויקטוריה", "विक्टोरिया"]),
        ("Mozart", ["Моцарт", "موتسارت", "モーツァルト"]),
        ("Broncos", ["Бронкос", "البرونكوس", "ब्रोंकोस", "ברונקוס"]),
        ("Tbilisi", ["თბილისი"]),
        ("Beograd", ["Београд"]),
        ("Tolstoï", ["Толстой"]),
    ],
)
def test_a_name_in_latin_letters_finds_it_in_other_scripts(name: str, written: list[str]) -> None:
    asked = set(other_sounds_of(name))
    unheard = [word for word in written if asked.isdisjoint(index_sounds(word).split())]
    assert not unheard, {word: index_sounds(word) for word in unheard} | {name: asked}


def test_a_text_with_capitals_has_the_sounds_of_these_words_alone() -> None:
    assert index_sounds("Старый мост построил Норман").split() == [
        f"{OTHER_MARK}nrmn",
        f"{OTHER_MARK}str",
    ]


@pytest.mark.parametrize("word", ["Norman", "Müller", "42", "", "中国", "서울", "กรุงเทพ", "か"])
def test_words_in_latin_letters_and_in_syllables_are_not_read_by_sound(word: str) -> None:
    assert sounds_of(word) == ()


def test_what_few_consonants_tell_is_not_looked_for() -> None:
    assert sounds_of("Ли") == ()
    assert index_sounds("Lee and Ay met Joe.") == ""


def test_only_names_are_indexed_and_each_once() -> None:
    text = "The corner was kept by Josh Norman, and Norman kept the ball."
    assert index_sounds(text) == f"{MARK}{sound('Norman')}"


def test_doubled_letters_are_one_and_different_ones_are_not() -> None:
    assert sound("Piketty") == "bkt"
    assert sound("Kuechly") == "ksl"


@given(st.text(max_size=60))
@examples(200)
def test_any_word_has_few_readings(word: str) -> None:
    found = sounds_of(word)
    assert len(found) == len(set(found)) <= 40
    assert all(one.startswith(MARK) and one[1:].isascii() for one in found)


def test_a_long_word_is_not_read() -> None:
    assert sounds_of("в" * (MOST_LETTERS + 1)) == ()
