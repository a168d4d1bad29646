"""Ways to write the same, in every script."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.text.folding import fold, with_plain_digits
from tests.properties import examples


def test_every_decimal_digit_is_the_one_of_ascii() -> None:
    digits = [mark for mark in map(chr, range(sys.maxunicode + 1)) if mark.isdecimal()]
    assert len(digits) > 600
    assert [fold(digit) for digit in digits] == [str(unicodedata.decimal(d)) for d in digits]


def test_numbers_keep_their_places_with_plain_digits() -> None:
    assert with_plain_digits("في ٢٠١٩: ١٬٢٣٤٫٥") == "في 2019: 1,234.5"
    assert with_plain_digits("पुल २०१९") == "पुल 2019"


def test_a_year_in_han_digits_is_a_number_and_a_count_is_not() -> None:
    assert fold("二〇一九年") == "2019年"
    assert fold("一九九八") == "一九九八"
    assert fold("十二年") == "十二年"


@pytest.mark.parametrize(
    ("language", "written", "elsewhere"),
    [
        ("Arabic hamza", "مؤسسة الإسكان", "موسسه الاسكان"),
        ("Arabic vowels", "كَتَبَ", "كتب"),
        ("Arabic stretched", "المـــدرســـة", "المدرسة"),
        ("Persian", "کتابخانه ملی", "كتابخانه ملي"),
        ("Urdu", "لاہور میں", "لاهور مين"),
        ("Persian numbers", "۱۲٫۵", "12.5"),
        ("Hebrew vowels", "שָׁלוֹם", "שלום"),
        ("German", "Straße", "Strasse"),
        ("French", "cœur", "coeur"),
        ("Polish", "łódź", "lódź"),
        ("Icelandic", "Þór", "Thór"),
        ("Turkish", "ısı", "isi"),
        ("Russian", "берёз за́мок", "берез замок"),
        ("Ukrainian", "сім'я сімʼя", "сім’я сімя"),
        ("Ukrainian g", "ґрунт", "грунт"),
        ("Belarusian", "воўк", "воук"),
        ("Greek", "Ο νόμος", "Ο νομοσ"),
        ("Greek of old", "ἄνθρωπος", "ανθρωποσ"),
        ("Hindi nasal", "हिन्दी गङ्गा", "हिंदी गंगा"),
        ("Hindi dots", "ज़मीन चाँद", "जमीन चांद"),
        ("Thai", "น้ำ", "นํ้า"),
        ("Chinese", "國家圖書館 臺灣", "国家图书馆 台湾"),
        ("Japanese", "國立圖書館", "国立図書館"),
        ("Japanese half", "ｶﾒﾗ", "カメラ"),
    ],
)
def test_two_ways_to_write_a_word_are_one(language: str, written: str, elsewhere: str) -> None:
    assert fold(written) == fold(elsewhere), language


def test_what_parts_persian_words_stays_and_joins_no_others() -> None:
    assert re.split("\u200c", fold("می\u200cروم")) == ["مي", "روم"]
    assert fold("क्\u200cष") == fold("क्ष")


def test_apostrophes_of_other_languages_stay() -> None:
    assert fold("l’eau d'été") == "l’eau d'été"


@given(st.text(max_size=60))
@examples(200)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    once = fold(text)
    assert fold(once) == fold(fold(once))
