"""What needs no documents; above all, which questions never lose them."""

from __future__ import annotations

import pytest

from chatui.text.small_talk import kind, needs_documents


@pytest.mark.parametrize(
    "said",
    """hi|Hello there!|Good morning, how are you?|thanks|Thank you so much!|Who are you?|你好|谢谢
    Hallo|Guten Tag|Danke|bonjour|merci beaucoup|hola|gracias|???""".replace("\n", "|").split("|"),
)
def test_talk_needs_no_documents(said: str) -> None:
    assert not needs_documents(said, after_reply=False)


REWORK = """make it shorter|Make it a bit shorter, please.|translate that to German|continue
    Rewrite your answer as a table|Can you rewrite that as a bullet list?|in German please
    summarize that in one sentence|Explain it more simply|be more concise|say it again|go on
    继续|请翻译成英文|简短一点|把它改写成表格|用中文回答|再说一遍|Mach es kürzer|als Tabelle bitte
    Übersetze das ins Englische|Fass das in einem Satz zusammen|Traduis ça en allemand|plus court
    tradúcelo al alemán|hazlo más corto""".replace("\n", "|").split("|")


@pytest.mark.parametrize("said", REWORK)
def test_a_wish_about_the_reply_needs_no_documents(said: str) -> None:
    assert kind(said, after_reply=True) == "rework"


@pytest.mark.parametrize("said", REWORK)
def test_without_a_reply_there_is_nothing_to_rework(said: str) -> None:
    assert needs_documents(said, after_reply=False)


@pytest.mark.parametrize(
    "question",
    """How do I make it shorter?|What is the table?|in 2020?|and in Germany?|and in German?|why?
    summarize the report|summarise this|make a table of prices|translate the contract|list the plans
    What does continue do?|How do I say hello in German?|hello world example|tell me more|help
    explain it in more detail|write a summary of the document|die Tabelle|more details|那价格呢？
    总结一下这份报告|Thanks for the lighthouse|ok, what is the price?|Hi, what is the price?
    """.strip()
    .replace("\n", "|")
    .split("|"),
)
def test_a_question_keeps_its_documents(question: str) -> None:
    assert needs_documents(question, after_reply=True)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Vielen Dank!", "thanks"),
        ("Merci pour votre aide !", "thanks"),
        ("Большое спасибо!", "thanks"),
        ("Grazie mille", "thanks"),
        ("太好了，谢谢", "thanks"),
        ("ありがとうございます", "thanks"),
        ("감사합니다", "thanks"),
        ("شكرا جزيلا", "thanks"),
        ("धन्यवाद", "thanks"),
        ("ขอบคุณครับ", "thanks"),
        ("Bonjour à tous", "greeting"),
        ("Добрый день!", "greeting"),
        ("Buongiorno", "greeting"),
        ("おはようございます", "greeting"),
        ("नमस्ते", "greeting"),
        ("Кто ты?", "about"),
        ("あなたは誰ですか", "about"),
    ],
)
def test_talk_is_known_in_the_languages_of_the_documents(said: str, expected: str) -> None:
    assert kind(said, after_reply=False) == expected


@pytest.mark.parametrize(
    "question",
    ["Dank welcher Klausel?", "Hilfe für die Antwort", "За помощь какой срок?", "谢谢法"],
)
def test_a_word_of_thanks_in_a_question_is_no_talk(question: str) -> None:
    assert kind(question, after_reply=True) is None


def test_praise_is_talk_only_behind_a_reply() -> None:
    assert kind("nice", after_reply=True) == "thanks"
    assert needs_documents("nice", after_reply=False)
