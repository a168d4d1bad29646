"""Which passages are right ones, and the figures over many questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatui.domain.passage import Passage
from chatui.retrieval.evaluation import Ranked, figures, fits, ranked, refusals, within_bound
from chatui.retrieval.questions import Question

TEXT = "The notice period of the lease\nis six months."
PASSAGE = Passage(
    rank=1,
    score=1.0,
    source="deeds/lease.txt",
    path="/home/me/deeds/lease.txt",
    title="lease",
    heading="Terms › Notice",
    page=4,
    char_start=100,
    char_end=100 + len(TEXT),
    line_start=10,
    line_end=11,
    text=TEXT,
    collection="default",
    chunk_id="c1",
)


def question(**fields: Any) -> Question:
    return Question(1, "How long is the notice?", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "deeds/lease.txt"},
        {"source": "lease.txt"},
        {"source": "./lease.txt"},
        {"source": "/home/me/deeds/lease.txt"},
        {"answer": "NOTICE period of the  lease is six months"},
        {"answer": "ｓｉｘ months"},
        {"answer": f"Before that. {TEXT} And behind it."},
        {"source": "lease.txt", "page": 4},
        {"heading": "notice"},
        {"source": "lease.txt", "target_line": 11},
        {"source": "lease.txt", "spans": ((110, 120),)},
        {"source": "lease.txt", "spans": ((0, 5), (90, 112))},
        {"source": "lease.txt", "spans": ((0, 5000),)},
    ],
)
def test_a_passage_that_fits_all_that_is_given_is_right(fields: dict[str, Any]) -> None:
    assert fits(question(**fields), PASSAGE)


@pytest.mark.parametrize(
    "fields",
    [
        {"none": True},
        {"source": "ease.txt"},
        {"source": "other.txt", "answer": "six months"},
        {"answer": "seven months"},
        {"source": "lease.txt", "page": 5},
        {"heading": "Rent"},
        {"source": "lease.txt", "target_line": 12},
        {"source": "lease.txt", "spans": ((80, 105),)},
        {"source": "lease.txt", "spans": ((0, 99),)},
    ],
)
def test_a_passage_that_fails_in_one_of_them_is_not(fields: dict[str, Any]) -> None:
    assert not fits(question(**fields), PASSAGE)


def test_a_short_passage_is_no_part_of_an_answer_by_chance() -> None:
    assert not fits(question(answer="A long answer with the word lease."),
                    replace(PASSAGE, text="lease"))  # fmt: skip


def test_the_rank_is_that_of_the_first_right_passage() -> None:
    other = replace(PASSAGE, source="x", path="/x")
    asked = question(source="lease.txt")
    assert ranked(asked, [other, PASSAGE, PASSAGE]) == Ranked(2, bounded=True)
    assert ranked(asked, [other]) == Ranked(None, bounded=False)
    assert ranked(asked, [other] * 5 + [PASSAGE]) == Ranked(6, bounded=False)


def test_a_right_passage_beyond_the_bound_does_not_count_within_it() -> None:
    long = replace(PASSAGE, source="x", path="/x", text="x" * 2990, char_end=3090)
    asked = question(source="lease.txt", answer="six months")
    assert ranked(asked, [long, PASSAGE]) == Ranked(2, bounded=False)
    assert ranked(question(source="lease.txt", spans=((100, 108),)), [long, PASSAGE]).bounded


def test_the_bound_cuts_text_offsets_and_lines_alike() -> None:
    first, second = within_bound([PASSAGE, PASSAGE, PASSAGE], len(TEXT) + 10)
    assert first == PASSAGE
    assert (second.text, second.char_end, second.line_end) == (TEXT[:10], 110, 10)


def test_the_figures_are_shares_of_all_questions() -> None:
    found = figures([Ranked(1, True), Ranked(4, True), Ranked(8, False), Ranked(None, False)])
    assert found.hits == ((1, 0.25), (3, 0.25), (5, 0.5), (8, 0.75))
    assert found.mrr == pytest.approx((1 + 1 / 4 + 1 / 8) / 4)
    assert found.bounded == 0.5
    assert figures([]).mrr == 0


def test_right_and_wrong_refusals_are_counted_apart() -> None:
    asked = [question(none=True), question(none=True), question(source="a"), question(source="a")]
    counts = refusals(asked, [True, False, True, False])
    assert (counts.unanswerable, counts.refused) == (2, 1)
    assert (counts.answerable, counts.missed) == (2, 1)


@pytest.mark.parametrize(("characters", "line"), [(3, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_a_cut_passage_ends_in_the_line_of_its_last_character(characters: int, line: int) -> None:
    whole = replace(PASSAGE, text="one\ntwo\nthree", line_start=1, line_end=3)

    (cut,) = within_bound([whole], characters)

    assert cut.line_end == line
