"""What is refused: a question that the passages have nothing to do with."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatui.domain.passage import MANUAL, Passage
from chatui.models.extractive.alignment import Alignment
from chatui.models.extractive.likeness import UNRELATED, Likeness, SentenceComparer, floor
from chatui.models.extractive.relevance import is_foreign, is_relevant, is_trusted
from tests.models.extractive_passages import passage, passages, pieces_of

QUIET = 0.1
"""The noise of a model that knows the language."""
LOUD = 0.55


def relevant(
    question: str, given: tuple[Passage, ...], cosine: float | None, noise: float = QUIET
) -> bool:
    pieces = pieces_of(given)
    likeness = None if cosine is None else Likeness([cosine] * len(pieces), noise)
    return is_relevant(question, given, pieces, likeness)


def test_passages_are_relevant_by_their_words_and_their_meaning_together() -> None:
    given = passages("The ferry to the island leaves at nine.")

    assert relevant("When does the island ferry leave?", given, 0.6)
    assert not relevant("Boat timetable?", given, 0.3)
    assert not relevant("Who won the chess final at Riga?", given, 0.1)


def test_words_alone_tell_it_where_no_model_has_compared() -> None:
    given = passages("The ferry to the island leaves at nine.")

    assert relevant("When does the island ferry leave?", given, None)
    assert not relevant("Who won the chess final at Riga?", given, None)


def test_one_common_word_does_not_make_a_passage_relevant() -> None:
    given = passages("The island has a school.")

    assert not relevant("What does the school menu cost in Lima?", given, 0.2)


def test_similarity_does_not_count_in_a_language_that_the_model_does_not_know() -> None:
    given = passages("渡轮每天早上九点开往岛上。")

    assert not relevant("谁赢得了国际象棋决赛？", given, 0.8, LOUD)
    assert relevant("渡轮几点开往岛上？", given, 0.3, LOUD)


def test_single_syllables_of_a_vietnamese_question_do_not_answer_it() -> None:
    text = "Một số dịch vụ của đại lý được giới thiệu lần đầu trong trường học."
    given = passages(text, "Trường học mới mở cửa trong năm nay.")

    assert relevant("Dịch vụ của đại lý là gì?", given, 0.7, LOUD)
    assert not relevant("Đại dịch lần đầu được giới hạn ở đâu?", given, 0.7, LOUD)


def test_less_is_asked_of_vietnamese_among_a_few_passages_whose_index_does_not_count() -> None:
    text = "Một số dịch vụ của đại lý được giới thiệu lần đầu trong trường học."

    def answered(among: int) -> bool:
        given = (passage(text, coverage=0.5, among=among),)
        return relevant("Dịch vụ nhà trường của tỉnh là gì?", given, 0.7, LOUD)

    assert answered(20)
    assert not answered(120)


def test_words_are_not_compared_by_a_model_that_half_knows_the_language() -> None:
    given = (passage("नौका सुबह नौ बजे द्वीप के लिए निकलती है।", coverage=0.1),)

    def answered(noise: float) -> bool:
        likeness = Likeness([0.8], noise, alignment=Alignment(1.3))
        return is_relevant("शतरंज का फाइनल किसने जीता?", given, pieces_of(given), likeness)

    assert answered(QUIET)
    assert not answered(0.36)


def test_what_the_index_knows_of_rare_words_counts() -> None:
    text, question = "Die Fähre legt um neun ab.", "Wie heißt der Kapitän der Fähre Frisia?"
    known = (passage(text, coverage=0.9),)
    unknown = (passage(text, coverage=0.1),)

    assert relevant(question, known, 0.25)
    assert not relevant(question, unknown, 0.25)


def test_a_heading_counts_for_relevance() -> None:
    given = (passage("Pull it.", heading="Emergency brake lever"),)

    assert relevant("Where is the emergency brake lever?", given, 0.3)


def test_a_question_without_a_subject_takes_what_there_is() -> None:
    assert relevant("Summarise this.", passages("Text."), 0.0)
    assert not relevant("Summarise this.", (), 0.0)


@pytest.mark.parametrize(
    "question",
    [
        "Wann fährt die Fähre zur Insel ab?",
        "渡轮什么时候开往岛上？",
        "متى تغادر العبارة إلى الجزيرة؟",
    ],
)
def test_a_question_in_another_language_is_judged_by_meaning(question: str) -> None:
    given = passages("The ferry to the island leaves at nine in the morning.")

    assert is_foreign(question, given)
    assert relevant(question, given, 0.6)
    assert not relevant(question, given, 0.15)


@pytest.mark.parametrize(
    ("question", "met", "missed"),
    [
        ("Wann fährt die Fähre zur Insel ab?", 0.5, 0.46),
        ("متى تغادر العبارة إلى الجزيرة؟", 0.47, 0.44),
        ("渡轮什么时候开往岛上？", 0.47, 0.44),
    ],
)
def test_a_question_in_another_language_is_answered_where_its_words_are_met(
    question: str, met: float, missed: float
) -> None:
    text = "The ferry to the island leaves at nine in the morning."
    given = (passage(text, coverage=0.0, among=200),)

    def answered(alignment: float) -> bool:
        likeness = Likeness([0.3], QUIET, by_both=True, alignment=Alignment(alignment))
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered(met)
    assert not answered(missed)


def test_what_is_hardly_nearer_than_anything_else_needs_its_words_met_better() -> None:
    question = "Wann fährt die Fähre zur Insel ab?"
    text = "The ferry to the island leaves at nine in the morning."

    def answered(met: float, usual: float) -> bool:
        given = (passage(text, coverage=0.0, among=200, usual=usual),)
        likeness = Likeness([0.3], QUIET, alignment=Alignment(met))
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered(0.5, usual=0.05)
    assert not answered(0.5, usual=0.15)
    assert answered(0.6, usual=0.15)


def test_less_is_asked_of_a_question_to_the_manual_in_another_language() -> None:
    def answered(collection: str) -> bool:
        text = "It is possible to choose the model with one of these keys, or by its name."
        given = (passage(text, coverage=0.0, among=200, collection=collection),)
        likeness = Likeness([0.3], QUIET, alignment=Alignment(0.44))
        return is_relevant("Wie wechsle ich das Modell?", given, pieces_of(given), likeness)

    assert answered(MANUAL)
    assert not answered("default")


COVERED_A_LITTLE = (
    passage("Die Wartung der Brühgruppe.", coverage=0.3, similarity=0.4, among=200),
)


def answered_by(alignment: Alignment) -> bool:
    likeness, pieces = Likeness([0.2], QUIET, alignment=alignment), pieces_of(COVERED_A_LITTLE)
    return is_relevant("Reinigt jemand das Sieb?", COVERED_A_LITTLE, pieces, likeness)


def test_the_words_of_a_question_tell_more_than_its_sentence() -> None:
    assert answered_by(Alignment(0.8))
    assert not answered_by(Alignment(0.65))


def test_a_passage_that_leads_the_others_is_more_likely_meant() -> None:
    assert answered_by(Alignment(0.65, leads=0.4))


def test_words_of_a_script_without_spaces_have_to_be_met_better() -> None:
    def answered(question: str, text: str, met: float) -> bool:
        given = (passage(text, coverage=0.3, among=200),)
        likeness = Likeness([0.2], QUIET, alignment=Alignment(met))
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered("Reinigt jemand das Sieb?", "Die Wartung der Brühgruppe.", 0.8)
    assert not answered("有人清洗滤网吗？", "冲煮组件的保养。", 0.8)
    assert answered("有人清洗滤网吗？", "冲煮组件的保养。", 0.95)


@pytest.mark.parametrize(
    ("question", "text", "is_answered"),
    [
        ("Wer reinigt das Sieb?", "Die Wartung der Brühgruppe ist im Mai und im Herbst.", False),
        ("Süzgeci hangi görevli temizliyor?", "Bu makinenin bakımı için yağ ve su gerekir.", True),
        ("Süzgeci temizleyen?", "Bu makinenin bakımı için yağ ve su gerekir.", True),
        ("Süzgeci temizleyen?", "Pompa basıncı: 9 bar.", False),
    ],
)
def test_less_is_asked_of_turkish_which_is_told_by_question_or_text(
    question: str, text: str, is_answered: bool
) -> None:
    given = (passage(text, coverage=0.3, among=200),)
    likeness = Likeness([0.2], QUIET, alignment=Alignment(0.66))

    assert is_relevant(question, given, pieces_of(given), likeness) == is_answered


@pytest.mark.parametrize(
    ("question", "text", "is_answered"),
    [
        ("有人清洗滤网吗？", "冲煮组件的保养。", False),
        ("フィルターを洗う人は?", "抽出部の手入れ。", False),
        ("ใครล้างตะแกรง?", "การดูแลหัวชง", True),
        ("누가 필터를 청소합니까?", "추출 장치의 관리.", False),
        ("ໃຜລ້າງຕະແກງ?", "ການດູແລຫົວຊົງ", True),
    ],
)
def test_triples_that_reach_over_the_end_of_a_word_are_not_asked_for(
    question: str, text: str, is_answered: bool
) -> None:
    given = (passage(text, coverage=0.5, among=200),)
    likeness = Likeness([0.2], QUIET, alignment=Alignment(0.7))

    assert is_relevant(question, given, pieces_of(given), likeness) == is_answered


def test_less_is_asked_of_korean_than_of_chinese() -> None:
    def answered(question: str, text: str) -> bool:
        given = (passage(text, coverage=0.5, among=200),)
        likeness = Likeness([0.2], QUIET, alignment=Alignment(0.74))
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered("누가 필터를 청소합니까?", "추출 장치의 관리.")
    assert not answered("有人清洗滤网吗？", "冲煮组件的保养。")


@pytest.mark.parametrize(
    ("question", "text", "is_answered"),
    [
        ("Σκάκι τελικός;", "Η γάτα κοιμάται.", True),
        ("शतरंज मुकाबला?", "बिल्ली सोती रही।", False),
        ("சதுரங்கம் போட்டி?", "பூனை தூங்கியது.", False),
    ],
)
def test_more_is_asked_of_a_language_whose_every_sentence_has_the_same_words(
    question: str, text: str, is_answered: bool
) -> None:
    given = (passage(text, coverage=0.9, among=120),)

    assert is_relevant(question, given, pieces_of(given), None) == is_answered


def test_other_forms_of_the_words_count_in_a_language_that_no_model_knows() -> None:
    def answered(text: str) -> bool:
        given = (passage(text, coverage=0.55, among=120),)
        return is_relevant("Πότε αναχωρεί το πλοίο;", given, pieces_of(given), None)

    assert answered("Τα πλοία αναχωρούν στις εννέα.")
    assert not answered("Η γάτα κοιμάται στον ήλιο.")


@pytest.mark.parametrize(
    ("question", "cosine", "alignment"),
    [
        ("Wann wird die Werkstatt renoviert?", 0.35, None),
        ("Wann wird die Werkstatt renoviert?", 0.12, Alignment(0.72)),
        ("Who is it that mends the apparatus?", 0.12, Alignment(0.45)),
    ],
)
def test_what_is_near_enough_in_a_small_library_is_near_by_chance_in_a_large_one(
    question: str, cosine: float, alignment: Alignment | None
) -> None:
    text = "Die Werkstatt ist in der Stadt und wird im Mai geschlossen."

    def answered(among: int) -> bool:
        given = (passage(text, coverage=0.1, similarity=0.3, among=among),)
        likeness = Likeness([cosine], QUIET, alignment=alignment)
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered(5)
    assert not answered(120)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("1964 में शतरंज का फाइनल किसने जीता?", "नौका सुबह नौ बजे निकलती है।"),
        ("Ai đã thắng trận chung kết cờ vua 1964?", "Chuyến phà rời bến lúc chín giờ sáng."),
    ],
)
def test_a_number_does_not_have_words_compared_in_a_language_that_the_model_has_not_learnt(
    question: str, text: str
) -> None:
    given = (passage(text, coverage=0.1, similarity=0.6),)

    def answered(by_both: bool) -> bool:
        likeness = Likeness([0.55], QUIET, by_both=by_both, alignment=Alignment(1.4))
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered(by_both=False)
    assert not answered(by_both=True)


def test_a_table_beside_a_text_does_not_hide_its_language() -> None:
    given = (passage("| 504 | 22,8 |"), *passages("Le vélo est assemblé à Lyon par la société."))

    assert is_foreign("How heavy is the bike in the shop?", given)


def test_a_short_question_in_english_is_not_taken_for_another_language() -> None:
    given = passages(
        "Pets other than small caged animals need the written consent of the landlord."
    )

    assert not is_foreign("Am I allowed to keep a dog?", given)


def test_a_question_that_is_not_english_is_foreign_to_english_text() -> None:
    given = passages("The ferry to the island leaves at nine, and it is the last one of the day.")

    assert is_foreign("Wann startete Sky Digital?", given)
    assert not is_foreign("Who is the Frisia captain?", given)


def test_words_that_are_in_every_passage_found_are_no_evidence() -> None:
    question, text = "Wie heißt der Kapitän der Fähre Frisia?", "Die Fähre legt um neun ab."

    def found(best: float, others: float) -> bool:
        rest = [passage("Die Fähre.", rank, coverage=others) for rank in range(2, 9)]
        return relevant(question, (passage(text, coverage=best), *rest), 0.25)

    assert found(0.5, 0.0)
    assert not found(0.5, 0.45)


def test_a_heading_that_asks_the_same_makes_what_stands_below_it_relevant() -> None:
    given = (passage("Press F9.", heading="How do I silence the horn?"),)
    question = "What turns off that noise?"

    def answered(heading: float) -> bool:
        likeness = Likeness([0.2], QUIET, headings=[heading])
        return is_relevant(question, given, pieces_of(given), likeness)

    assert answered(1.0)
    assert not answered(0.2)


def test_a_question_in_the_language_of_the_text_is_not_foreign() -> None:
    assert not is_foreign("When does the ferry leave?", passages("The ferry leaves at nine."))
    assert not is_foreign("Fähre?", passages("The ferry leaves at nine."))


def test_an_answer_in_another_language_is_found_beside_files_in_that_of_the_question() -> None:
    given = passages(
        "The tenant pays the rent to the landlord on the third day of each month.",
        "Die Bewohner des Hauses treffen sich am Dienstag in der Halle neben der Schule.",
    )
    pieces = pieces_of(given)

    def answered(n: int) -> bool:
        likeness = Likeness([0.2, 0.3], QUIET, by_both=True, alignment=Alignment(0.6, n=n))
        return is_relevant("When is the meeting of the residents?", given, pieces, likeness)

    assert answered(2)
    assert not answered(1)


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("如果屏幕上显示E4，说明尘盒没有安装好。", True),
        ("如果屏幕上显示E45，说明尘盒没有安装好。", False),
        ("如果屏幕上显示，说明尘盒没有安装好。", False),
    ],
)
def test_less_is_asked_of_a_question_by_a_code_that_stands_in_the_text(
    text: str, is_there: bool
) -> None:
    given = passages(text)
    likeness = Likeness([0.3], QUIET, by_both=True, alignment=Alignment(0.38))

    assert is_relevant("What does error e4 mean?", given, pieces_of(given), likeness) is is_there


def test_the_floor_is_that_of_the_nearest_language() -> None:
    similarities = [0.1] * sum(map(len, UNRELATED))
    similarities[3:6] = [0.4, 0.5, 0.6]

    assert floor(similarities) == pytest.approx(0.5)


def test_a_question_about_one_of_the_everyday_sentences_raises_no_floor() -> None:
    similarities = [0.1] * sum(map(len, UNRELATED))
    similarities[3] = 0.9

    assert floor(similarities) == pytest.approx(0.1)


ONE, OTHER = b"\0\0\x80?\0\0\0\0", b"\0\0\0\0\0\0\x80?"
"""Two vectors at a right angle."""


async def alike(texts: Sequence[str]) -> list[bytes]:
    return [ONE for _ in texts]


async def unlike(texts: Sequence[str]) -> list[bytes]:
    return [ONE, *(OTHER for _ in texts[1:])]


async def test_english_is_compared_by_both_models_and_all_else_by_the_universal_one() -> None:
    comparer = SentenceComparer(unlike, alike)
    texts = ["The ferry leaves at nine.", "Die Fähre fährt um neun.", "The fare is two crowns."]

    english = await comparer.compared("When does the ferry leave?", texts, [0, 1])
    german = await comparer.compared("Wann fährt die Fähre ab?", texts, [0, 1])

    assert english is not None
    assert german is not None
    assert english.pieces == pytest.approx([0.5, 1.0, 1.0])
    assert german.pieces == pytest.approx([1.0, 1.0, 1.0])


async def test_a_model_that_finds_all_pieces_alike_does_not_know_their_language() -> None:
    async def knows_none(texts: Sequence[str]) -> list[bytes]:
        """All of one language are as near to each other, and far from all else."""
        return [ONE if "ịch" in text else OTHER for text in texts]

    comparer = SentenceComparer(unlike, knows_none)
    pieces = ["Bản dịch mới.", "Dịch vụ tốt.", "Đại dịch.", "Dịch tả."]
    found = await comparer.compared("Đại dịch là gì?", pieces, [0])

    assert found is not None
    assert found.noise == pytest.approx(1.0)
    assert not is_trusted(found)


async def test_one_model_alone_compares_the_promising_pieces() -> None:
    found = await SentenceComparer(alike).compared("When?", ["One.", "Two.", "Three."], [2])

    assert found is not None
    assert found.pieces == pytest.approx([0.0, 0.0, 1.0])
