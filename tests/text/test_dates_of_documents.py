from __future__ import annotations

from datetime import date

import pytest

from chatui.text.dates_of_documents import asked_times, fit, told_times
from chatui.text.time_expressions import Period

TODAY = date(2026, 11, 30)


def days(*found: Period) -> list[tuple[str, str]]:
    return [(str(one.first), str(one.last)) for one in found]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("capital expenditure of FY2018", "2018-01-01", "2018-12-31"),
        ("sales of FY18", "2018-01-01", "2018-12-31"),
        ("revenue in 2021 Q1?", "2021-01-01", "2021-03-31"),
        ("as of Q2 of FY2023", "2023-04-01", "2023-06-30"),
        ("the filing of 1st July 2022", "2022-07-01", "2022-07-01"),
        ("the lease 2021", "2021-01-01", "2021-12-31"),
        ("Umsatz im 3. Quartal 2020", "2020-07-01", "2020-09-30"),
        ("Umsatz im GJ 19", "2019-01-01", "2019-12-31"),
        ("Was beschloss der Vorstand im April 2022?", "2022-04-01", "2022-04-30"),
        ("Qu'a décidé le conseil en février 2021 ?", "2021-02-01", "2021-02-28"),
        ("2021年9月董事会批准了什么？", "2021-09-01", "2021-09-30"),
        ("2019年第二季度的收入", "2019-04-01", "2019-06-30"),
    ],
)
def test_a_question_names_a_time(question: str, first: str, last: str) -> None:
    assert days(*asked_times(question, TODAY)) == [(first, last)]


def test_the_latest_of_several_times_stands_first() -> None:
    assert [one.first.year for one in asked_times("growth FY2019 - FY2020", TODAY)] == [2020, 2019]


@pytest.mark.parametrize("question", ["", "May I ask for the rent?", "the rent of 1,200 euros"])
def test_a_question_without_a_time_names_none(question: str) -> None:
    assert asked_times(question, TODAY) == ()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("3M_2018_10K", "2018-01-01", "2018-12-31"),
        ("AMCOR_2023Q2_10Q", "2023-04-01", "2023-06-30"),
        ("AMCOR_2022_8K_dated-2022-07-01", "2022-07-01", "2022-07-01"),
        ("scan_20220701", "2022-07-01", "2022-07-01"),
        ("Nordwerk_Geschaeftsbericht_2019", "2019-01-01", "2019-12-31"),
        ("FORM 10-K\nFor the fiscal year ended December 31, 2019", "2019-12-31", "2019-12-31"),
        ("Exercice clos le 31 décembre 2019", "2019-12-31", "2019-12-31"),
        ("海川电子2019年年报", "2019-01-01", "2019-12-31"),
    ],
)
def test_a_document_tells_its_time(text: str, first: str, last: str) -> None:
    assert days(*told_times(text)) == [(first, last)]


def test_figures_of_a_day_that_may_be_two_are_both() -> None:
    assert set(days(*told_times("Sitzung vom 12.04.2022."))) == {
        ("2022-04-12", "2022-04-12"),
        ("2022-12-04", "2022-12-04"),
    }


def test_only_the_first_times_of_a_text_are_its_own() -> None:
    assert len(told_times("2011, 2012, 2013, 2014")) == 2


def how(question: str, document: str) -> float | None:
    return fit(asked_times(question, TODAY), told_times(document))


def test_a_document_of_that_time_fits_one_of_that_year_somewhat_one_of_another_year_not() -> None:
    question = "the meeting of March 2021"

    assert how(question, "minutes 2021-03-16") == 1.0
    assert how(question, "minutes 2021") == 1.0
    assert 0.0 < (how(question, "minutes 2021-06-15") or 0.0) < 1.0
    assert how(question, "minutes 2020-03-16") == 0.0


def test_of_two_years_that_are_compared_the_later_report_fits_best() -> None:
    question = "growth FY2019 - FY2020"

    assert (how(question, "report 2020") or 0) > (how(question, "report 2019") or 0) > 0.5


def test_a_month_without_its_year_is_that_of_any_year() -> None:
    assert (how("the board meeting of March", "minutes 2021-03-16") or 0) > 0.8
    assert (how("the board meeting of March", "minutes 2021-06-15") or 0) < 0.5


def test_where_one_of_them_tells_no_time_nothing_is_known() -> None:
    assert how("the rent", "lease 2021") is None
    assert how("the rent of 2021", "lease") is None
