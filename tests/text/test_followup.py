"""Which questions lean on the turns before them, and what they become."""

from __future__ import annotations

import pytest

from chatui.domain.conversation import Exchange
from chatui.text.followup import TURNS_BACK, leans_back, resolve, standalone

PLANS = Exchange(
    "Which plans does Harbour offer?",
    "There are three [1]:\n1. **Basic**: for one person\n2. **Pro** for teams\n3. Max: all of it",
)


@pytest.mark.parametrize(
    "question",
    [
        "and its price?",
        "What about the second one?",
        "why?",
        "And in 2020?",
        "how expensive?",
        "How much does it weigh?",
        "When was she born?",
        "tell me more",
        "option 2",
        "What are the key themes of its anime adaptation?",
        "Und der Preis?",
        "Was kostet das?",
        "Wie hoch ist der Preis dafür?",
        "Wie sieht es mit Österreich aus?",
        "Et son prix ?",
        "Combien ça coûte ?",
        "¿Y el precio?",
        "¿Cuándo se construyó?",
        "那价格呢？",
        "它多少钱？",
        "为什么战斗机不需要安装它？",
        "在生物药学研究中，它常被用来做什么？",
        "第二个呢？",
        "为什么？",
        "2019?",
        "im Jahr 2019?",
        "Quand est-elle née ?",
        "Combien coûte-t-il ?",
    ],
)
def test_a_follow_up_is_noticed(question: str) -> None:
    assert leans_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "and in 2019?",
        "und 2019?",
        "et en 2020 ?",
        "¿y en 2019?",
        "e nel 2019?",
        "e em 2019?",
        "en in 2019?",
        "och 2019?",
        "og i 2019?",
        "hvad med 2019?",
        "entä 2019?",
        "a w 2019 roku?",
        "a v roce 2019?",
        "și în 2019?",
        "és 2019-ben?",
        "peki 2019'da?",
        "ya 2019?",
        "dan pada 2019?",
        "còn năm 2019 thì sao?",
        "vipi kuhusu 2019?",
        "а в 2019?",
        "а у 2019?",
        "ами през 2019?",
        "και το 2019;",
        "და 2019 წელს?",
        "իսկ 2019?",
        "وفي 2019؟",
        "ماذا عن السعر؟",
        "ובשנת 2019?",
        "سال ۲۰۱۹ چطور؟",
        "और 2019 में?",
        "আর ২০১৯ সালে?",
        "ஆனால் 2019?",
        "మరి 2019లో?",
        "그럼 2019년은?",
        "แล้วปี 2019 ล่ะ",
        "では2019年は？",
        "那2019年呢？",
    ],
)
def test_what_begins_with_and_goes_on_in_every_language(question: str) -> None:
    assert leans_back(question)


@pytest.mark.parametrize(
    "question",
    ["почему?", "perché?", "dlaczego?", "neden?", "لماذا؟", "क्यों?", "왜?", "なぜですか？"],
)
def test_a_word_that_only_asks_is_searched_for_as_the_question_before(question: str) -> None:
    resolved = resolve(question, [Exchange("Warum war die Brücke gesperrt?", "Sie war alt.")])
    assert resolved.text.startswith("Warum war die Brücke gesperrt?")


@pytest.mark.parametrize(
    "question",
    [
        "What is photosynthesis?",
        "How do I change the theme?",
        "Is it possible to export chats to JSON?",
        "How many files are there?",
        "Who is Vladimir Putin?",
        "What alterations did the Blue Jackets make to their season?",
        "What is the third law of thermodynamics?",
        "Was ist Photosynthese?",
        "Wie hoch ist die Steuer in Österreich?",
        "Quelle est la capitale de la France ?",
        "¿Cuál es la capital de España?",
        "什么是棱柱？",
        "当马来穿山甲感到威胁时，它们会如何做？",
        "其他国家的人口是多少？",
        "首钢是什么的简称？",
        "1992年4月，罗保铭担任什么职务？",
        "What is 42?",
        "Où se trouve la tour Eiffel ?",
        "Quand la caution est-elle rendue au locataire ?",
        "O que é um prisma triangular?",
        "É possível cancelar o contrato?",
        "Come si rinnova il passaporto?",
        "En quelle année est né Mozart ?",
        "Сколько стоит аренда гаража?",
        "किराया कब देना होगा?",
        "월세는 얼마인가요?",
        "駐車場の料金は？",
        "じゃがいもは何個使いますか。",
    ],
)
def test_a_whole_question_is_left_alone(question: str) -> None:
    assert standalone(question, [PLANS]) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("and its price?", []) == "and its price?"


def test_the_question_before_is_the_context_of_a_follow_up() -> None:
    resolved = resolve("and its price?", [Exchange("What is the Nexus phone?", "A phone.")])
    assert (resolved.context, resolved.text) == ("What is the Nexus phone?", "and its price?")


def test_a_question_without_words_of_its_own_is_searched_for_as_the_one_before() -> None:
    resolved = resolve("why?", [Exchange("Why did the bridge close?", "It was old.")])
    assert (resolved.context, resolved.text) == ("", "Why did the bridge close? why?")


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("What about the second one?", "Pro"),
        ("the last one?", "Max"),
        ("第二个呢？", "Pro"),
        ("und der erste?", "Basic"),
        ("option 2", "Pro"),
    ],
)
def test_an_ordinal_means_the_item_of_the_replys_list(question: str, item: str) -> None:
    assert resolve(question, [PLANS]).text.startswith(item)


def test_an_ordinal_beyond_the_list_means_nothing() -> None:
    assert resolve("option 9", [PLANS]).text == "option 9"


def test_a_person_is_found_in_the_reply() -> None:
    past = [Exchange("Who founded it?", "It was founded by Jane Miller in 1990.")]
    assert "Jane Miller" in resolve("When was she born?", past).context


def test_a_new_year_takes_the_place_of_the_old_one() -> None:
    whole = standalone("And in 2020?", [Exchange("What was the revenue in 2019?", "Ten.")])
    assert "2019" not in whole
    assert "revenue" in whole


def test_a_year_gives_way_in_texts_without_spaces() -> None:
    assert "2018" not in standalone("那2019年呢？", [Exchange("公司2018年的收入是多少？", "十。")])


def test_a_follow_up_of_a_follow_up_reaches_back_to_the_subject() -> None:
    past = [Exchange("What is the Nexus phone?"), Exchange("and its price?")]
    assert standalone("and in Germany?", past).startswith("What is the Nexus phone? and its price?")


def test_a_long_chain_of_follow_ups_ends() -> None:
    past = [Exchange("What is the Nexus phone?"), *[Exchange("and why?")] * 500]
    assert standalone("why?", past).count("why") <= TURNS_BACK + 1


def test_pasted_text_behind_an_earlier_question_is_not_carried() -> None:
    past = [Exchange("What is wrong here?\n\n" + "x = 1\n" * 1000)]
    assert len(standalone("and why?", past)) < 100
