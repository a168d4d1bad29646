"""Words that are met in another form of theirs."""

from __future__ import annotations

import pytest

from chatui.models.extractive.spelling import spelled
from tests.models.extractive_passages import passages, pieces_of


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("Πότε αναχωρεί το πλοίο;", "Τα πλοία αναχωρούν στις εννέα.", "Η γάτα κοιμάται στον ήλιο."),
        ("नौकाएँ कब निकलती हैं?", "नौका सुबह नौ बजे निकली।", "बिल्ली पत्थर पर सोती रही।"),
        ("როდის იხსნება ბიბლიოთეკა?", "ბიბლიოთეკები იხსნება ცხრაზე.", "კატას თბილ ქვაზე ეძინა."),
        ("Khi nào chuyến phà rời bến?", "Chuyến phà rời bến lúc chín giờ.", "Con mèo ngủ trên đá."),
    ],
)
def test_other_forms_of_the_words_are_spelled_and_other_words_not(
    question: str, text: str, other: str
) -> None:
    assert spelled(question, pieces_of(passages(text))) > 0.5
    assert spelled(question, pieces_of(passages(other))) < 0.2


def test_what_stands_far_apart_is_not_spelled_together() -> None:
    between = "Η γάτα κοιμάται. Ο ήλιος λάμπει. Βρέχει πολύ. Κανείς δεν ξέρει."
    together = passages("Το πλοίο αναχωρεί νωρίς. Βρέχει πολύ.")
    apart = passages(f"Το πλοίο είναι λευκό. {between} Το τρένο αναχωρεί νωρίς.")
    question = "Αναχωρεί το πλοίο νωρίς;"

    assert spelled(question, pieces_of(together)) > spelled(question, pieces_of(apart))


def test_a_script_without_spaces_is_spelled_by_its_pairs_of_characters() -> None:
    assert spelled("ເຮືອອອກເວລາໃດ?", pieces_of(passages("ເຮືອອອກເວລາເກົ້າໂມງ."))) > 0.5
    assert spelled("ເຮືອອອກເວລາໃດ?", pieces_of(passages("ແມວນອນຢູ່ເທິງຫີນ."))) < 0.5


def test_a_syllable_that_stands_in_no_pair_spells_no_question_of_vietnamese() -> None:
    question = "Tên của phòng trưng bày nghệ thuật Trung Quốc là gì?"
    only_one = "Tên là Nam. Con mèo ngủ trên đá."
    answer = "Phòng trưng bày nghệ thuật Trung Quốc là T. T. Tsui."

    assert spelled(question, pieces_of(passages(answer))) > 0.7
    assert spelled(question, pieces_of(passages(only_one))) < 0.3


def test_a_word_that_few_of_the_sentences_have_counts_more() -> None:
    common = ". ".join(["Το πλοίο είναι εδώ"] * 6)
    text = passages(f"{common}. Ο καπετάνιος κοιμάται.")

    assert spelled("πλοίο καπετάνιος", pieces_of(passages(f"{common}."))) < 0.5
    assert spelled("πλοίο καπετάνιος", pieces_of(text)) > 0.5
