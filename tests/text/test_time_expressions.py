from __future__ import annotations

from datetime import date

import pytest

from chatui.text.time_expressions import MOST_CHARACTERS, Period, asks_when, tells_when, times

TODAY = date(2026, 11, 29)  # a Sunday


def day(text: str) -> Period:
    return Period(date.fromisoformat(text), date.fromisoformat(text))


def days(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What did we decide last May?", days("2026-05-01", "2026-05-31")),
        ("What did we say last December?", days("2025-12-01", "2025-12-31")),
        ("What did I ask last week?", days("2026-11-16", "2026-11-22")),
        ("Where did we go two weeks ago?", days("2026-11-12", "2026-11-18")),
        ("What happened last Friday?", day("2026-11-27")),
        ("What did she paint on May 3, 2023?", day("2023-05-03")),
        ("Who came on 3rd of June 2023?", day("2023-06-03")),
        ("Which talk was in August 2023?", days("2023-08-01", "2023-08-31")),
        ("Where were we in summer 2021?", days("2021-06-01", "2021-08-31")),
        ("Was haben wir letzte Woche besprochen?", days("2026-11-16", "2026-11-22")),
        ("Was war vorgestern?", day("2026-11-27")),
        ("Was sagte ich vor drei Wochen?", days("2026-11-05", "2026-11-11")),
        ("Wer kam am 3. Mai 2024?", day("2024-05-03")),
        ("Was war im März 2024?", days("2024-03-01", "2024-03-31")),
        ("On a dit quoi en mai dernier ?", days("2026-05-01", "2026-05-31")),
        ("¿Qué dijimos en mayo pasado?", days("2026-05-01", "2026-05-31")),
        ("¿Qué comí ayer?", day("2026-11-28")),
        ("¿Dónde estuvimos la semana pasada?", days("2026-11-16", "2026-11-22")),
        ("¿Quién vino el mes pasado?", days("2026-10-01", "2026-10-31")),
        ("¿Quién vino hace dos meses?", days("2026-09-15", "2026-10-15")),
        ("¿Quién vino el 3 de mayo de 2024?", day("2024-05-03")),
        ("¿Qué pasó el viernes pasado?", day("2026-11-27")),
        ("Qu'est-ce que j'ai mangé hier ?", day("2026-11-28")),
        ("Où étions-nous la semaine dernière ?", days("2026-11-16", "2026-11-22")),
        ("Qui est venu il y a deux mois ?", days("2026-09-15", "2026-10-15")),
        ("\u4e0a\u5468\u6211\u4eec\u8bf4\u4e86\u4ec0\u4e48", days("2026-11-16", "2026-11-22")),
        ("\u4e0a\u4e2a\u6708\u7684\u9884\u7b97", days("2026-10-01", "2026-10-31")),
        ("2023\u5e745\u67083\u65e5\u5f00\u4f1a", day("2023-05-03")),
        ("\u53bb\u5e74\u4e94\u6708\u7684\u4f1a\u8bae", days("2025-05-01", "2025-05-31")),
        ("Notes of 2024-02-29", day("2024-02-29")),
    ],
)
def test_a_question_names_the_days_it_means(question: str, meant: Period) -> None:
    assert times(question, TODAY) == [meant]


@pytest.mark.parametrize(
    "question",
    ["May I march in?", "Was steht hier?", "Version 2023 of it", "on Monday", "31.02.2024", ""],
)
def test_what_may_be_no_time_is_none(question: str) -> None:
    assert times(question, TODAY) == []


def test_a_month_without_its_year_may_be_that_of_any() -> None:
    periods = times("When did we camp in June?", TODAY)

    assert {one.first.year for one in periods} >= {2020, 2023, 2026}
    assert {one.first.month for one in periods} == {6}


def test_a_date_in_figures_may_be_read_in_two_ways() -> None:
    assert set(times("the bill of 3/5/2024", TODAY)) == {day("2024-05-03"), day("2024-03-05")}


def test_a_pasted_page_names_no_time() -> None:
    assert times("yesterday " * MOST_CHARACTERS, TODAY) == []


@pytest.mark.parametrize(
    "question",
    [
        "When did Ana move?",
        "What year was that?",
        "Wann ist sie umgezogen?",
        "Quand est-ce arrivé ?",
        "¿Cuándo fue?",
        "她什么时候搬家的？",
        "いつ引っ越しましたか",
    ],
)
def test_a_question_asks_when(question: str) -> None:
    assert asks_when(question)
    assert not asks_when("Who moved, and where to?")


@pytest.mark.parametrize(
    "text",
    [
        "I went there yesterday.",
        "See you next month",
        "in May",
        "Ich war am Dienstag dort.",
        "C'était la semaine dernière.",
        "Fue el año pasado.",
        "我上周去了。",
        "12.3.2024",
    ],
)
def test_a_text_tells_when(text: str) -> None:
    assert tells_when(text)


@pytest.mark.parametrize("text", ["May I come in?", "Have a great day!", "谢谢你", "How are you?"])
def test_what_is_said_in_passing_tells_no_time(text: str) -> None:
    assert not tells_when(text)
