"""Words are compared by their stems, in any script."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatui.text.terms import calm, question_terms, rarity, telling_words, terms, words_in
from tests.properties import examples


def test_forms_of_a_word_have_one_stem() -> None:
    assert len(set(terms("operate operates operating operations"))) == 1
    assert len(set(terms("company companies Company"))) == 1
    assert len(set(terms("walk walked walking walks"))) == 1
    assert len(set(terms("run running stop stopped"))) == 2


@examples(200)
@given(st.text("abzAZ019.,'_ -\n", max_size=30))
def test_latin_words_are_cut_alike_beside_other_scripts_and_without(text: str) -> None:
    assert terms(f"{text} Ж") == [*terms(text), "ж"]


def test_numbers_stay_whole() -> None:
    assert terms("1,234 in 2019 at 3.5") == ["1234", "in", "2019", "at", "3.5"]


def test_unspaced_scripts_give_bigrams_beside_the_words_around_them() -> None:
    assert terms("用Python写") == ["用", "python", "写"]
    assert terms("中国首都") == ["中国", "国首", "首都"]


def test_vietnamese_syllables_are_told_by_those_beside_them() -> None:
    assert terms("Đại dịch, năm 1990") == ["dại", "dịch", "năm", "1990", "dại dịch"]
    assert question_terms("Đại học Harvard nằm ở thành phố nào?") == (
        "dại học", "harvar", "nằm", "thành phố",
    )  # fmt: skip


def test_the_telling_words_of_a_vietnamese_question_are_as_they_are_written() -> None:
    assert telling_words("Đại dịch là gì?") == ["Đại", "dịch"]


def test_combining_marks_stay_in_their_words() -> None:
    assert terms("हिन्दी") == terms("हिंद") == ["हिंद"]


def test_a_question_is_reduced_to_its_subject() -> None:
    assert question_terms("What is the name of the founder of Acme?") == ("found", "acm")
    assert question_terms("中国的首都是什么？") == question_terms("中国的首都是")
    assert question_terms("Summarise the document, please") == ()


def test_a_term_weighs_more_the_fewer_texts_hold_it() -> None:
    texts = [frozenset({"bank", "rate"}), frozenset({"bank"}), frozenset({"bank"})]
    weights = rarity(["bank", "rate", "moon"], texts)
    assert weights["bank"] < weights["rate"] < weights["moon"]


def test_two_unspaced_characters_count_as_a_word() -> None:
    assert words_in("今天天气 ok yes") == 4


def test_a_question_in_capitals_is_read_in_small_letters_and_a_name_as_it_stands() -> None:
    assert calm("WIE GROSS IST DER TANK?") == "Wie gross ist der tank?"
    assert calm("IBM PC") == "IBM PC"
    assert calm("What does IBM make?") == "What does IBM make?"
    assert calm("水箱多大？") == "水箱多大？"


def test_a_wish_is_about_its_subject_in_every_language() -> None:
    assert question_terms("Liste les articles du contrat") == question_terms("articles contrat")
    assert question_terms("Nenne mir alle Fristen und Preise der Bahn") == question_terms(
        "alle Fristen und Preise der Bahn"
    )
    assert question_terms("Перечислите условия") == question_terms("условия")
    assert question_terms("列出所有费用") == question_terms("费用")
    assert question_terms("resume upload") == ("resum", "upload")
