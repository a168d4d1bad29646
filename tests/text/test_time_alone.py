from __future__ import annotations

from datetime import date

import pytest

from chatui.text.time_alone import is_time_alone

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    "question",
    [
        "last May",
        "yesterday",
        "12 July",
        "2026-05-12",
        "What did we talk about last week?",
        "what happened last Friday",
        "im Mai 2026",
        "Worüber haben wir letzte Woche gesprochen?",
        "Was haben wir gestern besprochen?",
        "hier",
        "la semaine dernière",
        "De quoi avons-nous parlé la semaine dernière ?",
        "la semana pasada",
        "¿De qué hablamos ayer?",
        "上周",
        "上周我们聊了什么？",
        "前天我问了什么",
    ],
)
def test_a_time_is_all_that_is_named(question: str) -> None:
    assert is_time_alone(question, TODAY)


@pytest.mark.parametrize(
    "question",
    [
        "the ferry last May",
        "yesterday's bug",
        "Was kostete der Umzug letzten Mai?",
        "Ist der Schlüssel hier?",
        "le prix d'hier",
        "上周的瓷砖",
        "may I",
        "what did we say",
        "",
    ],
)
def test_something_else_is_named_or_no_time(question: str) -> None:
    assert not is_time_alone(question, TODAY)
