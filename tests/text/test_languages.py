from __future__ import annotations

import pytest

from chatui.text.function_words import cyrillic, latin
from chatui.text.languages import (
    CODES,
    SCRIPTS,
    in_known_script,
    language_code,
    language_of,
    language_of_prose,
    may_be_english,
)

ENGLISH = [
    "Who wrote the first draft of the treaty?",
    "The river rose for three days, and then it fell again.",
    "Is the château of Nîmes open?",
    "how to reset my password",
]
UNTOLD = [
    "",
    "ZX-81",
    "max_file_size",
    "def area(radius): return 3.14 * radius ** 2",
    "2019 | 4,231",
]
OTHERS = [
    "Wer schrieb den ersten Entwurf des Vertrags?",
    "Was ist die Hauptstadt von Frankreich?",
    "Qui a écrit le premier traité ?",
    "¿Cuándo se firmó el tratado?",
    "Quem escreveu o primeiro tratado em Portugal?",
    "Chi ha scritto il primo trattato?",
    "Kto napisał pierwszy traktat?",
    "Kdo napsal první smlouvu a kdy?",
    "Bu anlaşmayı kim yazdı ve ne zaman?",
    "Wie schreef het eerste verdrag?",
    "Vem skrev det första fördraget?",
    "Siapa yang menulis perjanjian itu dan kapan?",
    "Ai là người viết hiệp ước đầu tiên?",
    "Кто написал первый договор?",
    "Ποιος έγραψε τη συνθήκη;",
    "من كتب المعاهدة الأولى؟",
    "מי כתב את האמנה?",
    "पहली संधि किसने लिखी?",
    "ใครเป็นคนเขียนสนธิสัญญาฉบับแรก",
    "谁写了条约的第一稿？",
    "最初の条約を書いたのは誰ですか。",
    "첫 조약은 누가 썼습니까?",
    "IBM 在 2019 年的收入是多少",
]


@pytest.mark.parametrize("text", [*ENGLISH, *UNTOLD])
def test_english_and_what_tells_no_language_may_be_english(text: str) -> None:
    assert may_be_english(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_languages_are_told_from_english(text: str) -> None:
    assert not may_be_english(text)
    assert not may_be_english(f"{text} " * 20)


def test_a_page_of_english_with_a_quotation_stays_english() -> None:
    assert may_be_english(f"{ENGLISH[1] * 4} He said: „{OTHERS[0]}“ {ENGLISH[0]}")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wann wurde der Vertrag unterschrieben?", "German"),
        ("When was the treaty signed?", "English"),
        ("Quand le traité a-t-il été signé ?", "French"),
        ("В каком году был подписан договор?", "Russian"),
        ("Коли було підписано цей договір і хто його підписав?", "Ukrainian"),
        ("متى تم توقيع المعاهدة؟", "Arabic"),
        ("条约是什么时候签署的？", "Chinese"),
        ("条約はいつ結ばれましたか。", "Japanese"),
        ("조약은 언제 체결되었습니까?", "Korean"),
        ("สนธิสัญญาลงนามเมื่อใด", "Thai"),
        ("संधि पर कब हस्ताक्षर हुए?", "Hindi"),
        ("ZX-81", ""),
        ("2019 | 4,231", ""),
        ("", ""),
    ],
)
def test_a_language_is_named_where_something_tells_it(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How long is the notice period of the lease?", "en"),
        ("Wie lange ist die Kündigungsfrist des Vertrags?", "de"),
        ("Quelle est la durée du préavis dans le bail ?", "fr"),
        ("¿Cuánto dura el plazo de preaviso del contrato?", "es"),
        ("Quanto dura il periodo di preavviso nella locazione?", "it"),
        ("Qual é o prazo de aviso prévio do contrato?", "pt"),
        ("Hoe lang is de opzegtermijn van het contract?", "nl"),
        ("Каков срок уведомления по договору?", "ru"),
        ("通知期是多久？", "zh"),
        ("解約予告期間はどのくらいですか", "ja"),
        ("계약 해지 통보 기간은 얼마입니까?", "ko"),
        ("ما هي مدة الإشعار؟", "ar"),
        ("नोटिस की अवधि क्या है?", "hi"),
        ("ระยะเวลาแจ้งล่วงหน้าคือเท่าไร", "th"),
        ("নোটিশের মেয়াদ কত?", "bn"),
        ("რამდენია ვადა?", "ka"),
        ("E42", ""),
        ("12 + 3", ""),
        ("", ""),
    ],
)
def test_a_language_has_the_code_of_its_standard(text: str, code: str) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize("name", [*latin(), *cyrillic(), *(name for name, _ in SCRIPTS)])
def test_every_language_that_can_be_told_has_a_code(name: str) -> None:
    assert len(CODES[name]) == 2


def test_scripts_are_told_that_the_multilingual_model_has_learnt() -> None:
    known = ["Where?", "Где?", "أين؟", "どこですか", "在哪里？", "어디?", "ที่ไหน", "42"]
    assert all(map(in_known_script, known))
    assert not any(map(in_known_script, ["NHL टीम कहाँ है?", "Πού είναι;", "איפה זה?"]))


@pytest.mark.parametrize(
    "rows",
    [
        "name,street\nSmith,12 Rue de la Paix,Paris\nJones,Avenue du Maine 3,Paris",
        "name;street\nMeier;Straße am See;Ulm\nHuber;Am Markt bei der Post;Bonn",
        "| Name | Calle |\n|---|---|\n| Ana | Calle de los Reyes |\n| Luis | Plaza de la Villa |",
        "id\tvia\n1\tVia della Pace\n2\tPiazza del Popolo",
    ],
)
def test_rows_of_a_table_tell_no_language_by_their_names(rows: str) -> None:
    assert language_of_prose(rows) == ""


def test_the_sentences_beside_a_table_tell_its_language() -> None:
    text = "Die Preise gelten für das ganze Jahr und für alle Kunden.\n\n| A | B |\n| 1 | Le prix |"
    assert language_of_prose(text) == "German"
    assert language_of_prose("Le chat, la souris et le chien sont dans la cour.") == "French"
