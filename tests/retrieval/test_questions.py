"""The lines of a file of questions, and what is said of a wrong one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatui.retrieval.questions import BadQuestion, Question, questions_in, read_questions


def read_one(**fields: Any) -> Question:
    (question,) = read_questions([json.dumps(fields)])
    return question


def test_a_question_may_be_called_a_query_and_its_answer_a_text() -> None:
    assert read_one(query=" Why? ", text="because") == Question(1, "Why?", answer="because")


def test_everything_that_can_be_known_of_an_answer_is_read() -> None:
    question = read_one(
        id=7, question="q", source="a.md", page=2, heading="H", line=3,
        spans=[{"start": 0, "end": 5}, {"start": 9, "end": 12}],
    )  # fmt: skip
    assert question.spans == ((0, 5), (9, 12))
    assert (question.page, question.heading, question.target_line) == (2, "H", 3)


def test_one_span_may_stand_in_the_line_itself() -> None:
    assert read_one(question="q", source="a", char_start=4, char_end=9).spans == ((4, 9),)


def test_blank_lines_count_but_are_no_questions() -> None:
    lines = ["", '{"question": "q", "none": true}', "  "]
    assert read_questions(lines) == [Question(2, "q", none=True)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON"),
        ('["question"]', "no JSON object"),
        ('{"source": "a"}', 'no "question"'),
        ('{"question": " ", "source": "a"}', 'no "question"'),
        ('{"question": 5, "source": "a"}', '"question" is no text'),
        ('{"question": "q"}', "nowhere where the answer stands"),
        ('{"question": "q", "source": ""}', "nowhere where the answer stands"),
        ('{"question": "q", "none": 1}', "neither true nor false"),
        ('{"question": "q", "none": true, "source": "a"}', 'says "none", and "source"'),
        ('{"question": "q", "page": 0, "source": "a"}', '"page" is no number'),
        ('{"question": "q", "page": true, "source": "a"}', '"page" is no number'),
        ('{"question": "q", "page": 3}', 'no "source"'),
        ('{"question": "q", "source": "a", "spans": []}', '"spans" is no list'),
        ('{"question": "q", "source": "a", "spans": [{"start": 5, "end": 5}]}', "is no list"),
        ('{"question": "q", "source": "a", "spans": [{"start": "0", "end": "5"}]}', "is no list"),
        ('{"question": "q", "source": "a", "char_start": 3}', "is no list"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(line: str, reason: str) -> None:
    with pytest.raises(BadQuestion, match=reason) as caught:
        read_questions(["", line])
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text",
    [
        'question,source,page,none\r\n"Why, then?",a.md,3,\r\n\r\nWho?,,,yes\r\n',
        "Question;Source;Page;None\nWhy, then?;a.md;3;\n;;;\nWho?;;;TRUE\n",
        "id\tquery\tsource\tpage\tnone\n1\tWhy, then?\ta.md\t3\tno\n\n2\tWho?\t\t\t1\n",
    ],
)
def test_a_table_is_read_by_its_columns(text: str) -> None:
    why, who = questions_in(text)
    assert (why.text, why.source, why.page, why.none) == ("Why, then?", "a.md", 3, False)
    assert (who.text, who.line, who.none) == ("Who?", 4, True)


def test_an_answer_in_a_table_may_have_several_lines() -> None:
    (question,) = questions_in('question,answer\nWhy?,"because\nof it"\n')
    assert question.answer == "because\nof it"


def test_a_list_of_questions_is_read_with_their_places() -> None:
    first, second = questions_in(
        '[{"question": "q", "none": true},\n {"query": "r", "answer": "a"}]'
    )
    assert (first.line, second.line, second.answer) == (1, 2, "a")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("question,source\nq,\n", 2, "nowhere where the answer stands"),
        ("question,page,source\nq,three,a.md\n", 2, '"page" is no number'),
        ("question,none\nq,maybe\n", 2, "neither true nor false"),
        ("question,source\nWhy, then?,a.md\n", 2, "more cells than there are columns"),
        ("prompt,source\nq,a.md\n", 1, "names no column"),
        ('[{"question": "q", "none": true}, 5]', 2, "no JSON object"),
        ('["question"\n', 1, "no JSON"),
    ],
)
def test_a_wrong_row_is_named_with_what_is_wrong(text: str, line: int, reason: str) -> None:
    with pytest.raises(BadQuestion, match=reason) as failed:
        questions_in(text)
    assert failed.value.line == line
