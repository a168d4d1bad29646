from __future__ import annotations

import pytest

from chatui.text.language_names import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long is the notice period of the lease?", "en"),
        ("Wie lange ist die Kündigungsfrist des Vertrags?", "de"),
        ("Quelle est la durée du préavis dans le bail ?", "fr"),
        ("¿Cuánto dura el plazo de preaviso del contrato?", "es"),
        ("Quanto dura il periodo di preavviso nella locazione?", "it"),
        ("Qual é o prazo de aviso prévio do contrato?", "pt"),
        ("Hoe lang is de opzegtermijn van het contract?", "nl"),
        ("Каков срок уведомления?", "ru"),
        ("通知期是多久？", "zh"),
        ("解約予告期間はどのくらいですか", "ja"),
        ("계약 해지 통보 기간은 얼마입니까?", "ko"),
        ("ما هي مدة الإشعار؟", "ar"),
        ("नोटिस की अवधि क्या है?", "hi"),
        ("ระยะเวลาแจ้งล่วงหน้าคือเท่าไร", "th"),
        ("E42", "other"),
        ("12 + 3", "other"),
        ("", "other"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text) == language
