from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.domain.passage import Passage
from chatui.text.citations.code import without_code
from chatui.text.citations.marks import find_marks, settled


def passage(rank: int) -> Passage:
    return Passage(
        rank=rank,
        score=1.0,
        source="a.md",
        path="/a.md",
        title="A",
        heading="",
        page=None,
        char_start=0,
        char_end=4,
        line_start=1,
        line_end=1,
        text="text",
        collection="default",
        chunk_id=f"chunk-{rank}",
    )


PASSAGES = [passage(rank) for rank in range(1, 6)]


def numbers(answer: str) -> list[int]:
    return [number for mark in find_marks(answer) for number in mark.numbers]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("So it is [2].", [2]),
        ("So it is[1][3].", [1, 3]),
        ("So it is [1, 2; 4].", [1, 2, 4]),
        ("So it is [1-3].", [1, 2, 3]),
        ("So it is [2–3, 5].", [2, 3, 5]),
        ("So it is [ 4 ].", [4]),
        ("そうです【2】。", [2]),
        ("So it is 【3†source】.", [3]),
        ("See [1]: it says so.", [1]),
        ("- [1] at the start", [1]),
        ("So it is[^1], [^2].", [1, 2]),
        ("So it is [1 and 2], [3 & 4].", [1, 2, 3, 4]),
        ("So it is [passage 2] [Source 3].", [2, 3]),
        ("So it is [[4]].", [4]),
        ("[2]", [2]),
    ],
)
def test_marks_are_read_as_people_write_them(answer: str, found: list[int]) -> None:
    assert numbers(answer) == found


@pytest.mark.parametrize(
    "answer",
    [
        "No mark at all.",
        "A [link](http://x) and a [1](http://x) too.",
        "[1]: http://example.org",
        "A footnote[^1].\n\n[^1]: What it says.",
        "A value in [0, 1].",
        '{"rows": [1, 2]}',
        "See [the site][1].\n\n[1]: https://example.org",
        "- so:\n\n      ```\n      x[1]\n      ```\n",
        "In [2024] and [1999].",
        "A range [3-1] or [1-999].",
        "An empty [] and a word [one].",
        "Use `rows[1]` here.",
        "```python\nrows[1] = rows[2]\n```",
        "~~~\nx[1]\n",
        "Half a mark [1",
    ],
)
def test_what_is_no_mark_is_left_alone(answer: str) -> None:
    assert numbers(answer) == []


def test_a_mark_behind_code_is_found() -> None:
    assert numbers("Call `f(x)` first [1].\n\n```\ny[5]\n```\n\nThen stop [2].") == [1, 2]


def test_a_lone_backtick_hides_no_later_paragraph() -> None:
    assert numbers("A ` here.\n\nSo it is [1].\n\nAnother ` there.") == [1]


@pytest.mark.parametrize(
    ("answer", "prose"),
    [
        ("a `b [1]` [2]", "a         [2]"),
        ("``a ` [1]`` [2]", "            [2]"),
        ("```a``[1]", "```a``[1]"),
        ("`a\n\nb` [1]", "`a\n\nb` [1]"),
        ("```\n[1]\n```\n[2]", "   \n   \n   \n[2]"),
        ("> ~~~ py\n> [1]", "        \n     "),
        ("`a\n```\n` [1]\n```\n[2]", "`a\n   \n     \n   \n[2]"),
    ],
)
def test_code_is_blanked_and_the_rest_stays_in_its_place(answer: str, prose: str) -> None:
    assert without_code(answer) == prose


def test_citations_come_in_the_order_of_their_first_mark_and_once() -> None:
    resolved = settled("Later [3], first [1], again [3].", PASSAGES)

    assert [(c.n, c.passage.chunk_id) for c in resolved.citations] == [
        (3, "chunk-3"),
        (1, "chunk-1"),
    ]
    assert resolved.dangling == ()


def test_marks_of_no_passage_are_reported_once() -> None:
    resolved = settled("One [1], nine [9], nought [0], nine [9].", PASSAGES)

    assert [citation.n for citation in resolved.citations] == [1]
    assert resolved.dangling == (9, 0)


def test_an_answer_without_passages_has_dangling_marks_only() -> None:
    assert settled("So it is [1].", []).dangling == (1,)


@given(st.text(alphabet="[]1234567890,-`\n ~【】x(:", max_size=120))
def test_a_marks_place_holds_its_text(answer: str) -> None:
    for mark in find_marks(answer):
        assert answer[mark.start] in "[【"
        assert answer[mark.end - 1] in "]】"
        assert mark.numbers


@pytest.mark.parametrize(
    ("answer", "cleaned"),
    [
        ("So it is [9]. And on.", "So it is. And on."),
        ("So [9] and so.", "So and so."),
        ("So it is [2, 9].", "So it is [2]."),
        ("So it is [4-7].", "So it is [4, 5]."),
        ("So it is [1][9].", "So it is [1]."),
        ("So it is [9][1].", "So it is [1]."),
        ("So it is. [8][9]\n\nNext.", "So it is.\n\nNext."),
        ("So it is ([9]).", "So it is."),
        ("So it is[^9].", "So it is."),
        ("So it is[^2, ^9].", "So it is[2]."),
        ("そうです【9】。【2, 9】", "そうです。[2]"),
        ("- [9] An item", "- An item"),
        ("A table\n| a | b [9] |", "A table\n| a | b |"),
        ("In [2024], `rows[9]` held.", "In [2024], `rows[9]` held."),
        ("```\nrows[9]\n```", "```\nrows[9]\n```"),
        ("Nothing to do [1].", "Nothing to do [1]."),
    ],
)
def test_marks_of_no_passage_are_taken_out_with_their_space(answer: str, cleaned: str) -> None:
    assert settled(answer, PASSAGES).text == cleaned


@given(st.text(alphabet="[]^159,-`\n ~【】x(:.", max_size=120))
def test_a_cleaned_answer_keeps_its_good_marks_and_no_other(answer: str) -> None:
    good = [n for n in numbers(answer) if n in (1, 5)]
    cleaned = settled(answer, [PASSAGES[0], PASSAGES[4]]).text
    if not numbers(answer):
        assert cleaned == answer
    assert [n for n in numbers(cleaned) if n in (1, 5)] == good
    assert set(answer) >= set(cleaned) - set(", []")
