from __future__ import annotations

import pytest

from chatui.retrieval.search.duplicates import ScoredChunk, distinct

PAGE = (
    "The service keeps every upload for a while and then moves it to the archive. "
    "Owners are told by mail before that happens and can ask for a longer time. "
    "What is in the archive can be brought back within a day by the people of the help desk, "
    "who look after all requests in the order in which they come in. "
    "Files that nobody asked for are thrown away after the end of the year."
)


def taken_for_one(left: str, right: str) -> bool:
    return len(distinct([ScoredChunk("a", 0.9, left), ScoredChunk("b", 0.9, right)], 2)) == 1


@pytest.mark.parametrize(
    "other",
    [
        PAGE,
        PAGE.replace(" ", "\n  "),
        PAGE.upper(),
        PAGE.replace("told by mail", "informed by mail"),
        PAGE.replace("thrown away", "removed"),
    ],
)
def test_versions_of_a_page_say_the_same(other: str) -> None:
    assert taken_for_one(PAGE, other)


@pytest.mark.parametrize(
    "other",
    [
        PAGE.replace("within a day", "within 2 days"),
        PAGE.replace("can be brought back", "can not be brought back"),
        PAGE.replace("by the people of", "by Smith of"),
        PAGE.replace("the archive", "get_archive()"),
        PAGE[: len(PAGE) // 2],
        PAGE + " And more follows here about what to do when an upload is lost on its way.",
    ],
)
def test_a_text_with_another_fact_is_another_text(other: str) -> None:
    assert not taken_for_one(PAGE, other)


def rows(first: int, format_row: str) -> str:
    return "\n".join(format_row.format(n=n, name=f"Part{n}") for n in range(first, first + 20))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (rows(0, "| item | weight | {n} kg |"), rows(20, "| item | weight | {n} kg |")),
        (rows(0, "the price of {name} is known"), rows(20, "the price of {name} is known")),
        ("第三章的价格是五元。" + "请看说明书。" * 8, "第三章的价格是六元。" + "请看说明书。" * 8),
        ("short text", "short test"),
        ("E1234", "E1235"),
    ],
)
def test_rows_that_look_alike_stay_apart(left: str, right: str) -> None:
    assert not taken_for_one(left, right)


def test_one_of_each_is_given_in_order() -> None:
    found = distinct(
        [ScoredChunk("a", 0.9, PAGE), ScoredChunk("b", 0.8, "x"), ScoredChunk("c", 0.7, PAGE),
         ScoredChunk("d", 0.6, "y"), ScoredChunk("e", 0.5, "z")], 3)  # fmt: skip

    assert [one.chunk_id for one in found] == ["a", "b", "d"]


def test_the_newest_version_answers_when_it_is_nearly_as_good() -> None:
    old, new = ScoredChunk("old", 0.9, PAGE, 1), ScoredChunk("new", 0.88, PAGE, 2)

    assert distinct([old, new], 5) == [new]


def test_a_newer_version_that_fits_worse_does_not_answer() -> None:
    old, new = ScoredChunk("old", 0.9, PAGE, 1), ScoredChunk("new", 0.4, PAGE, 2)

    assert distinct([old, new], 5) == [old]
