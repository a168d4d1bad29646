from __future__ import annotations

from math import sqrt

import numpy
import pytest

from chatui.assistant.recall.ranking import Sought, ranked, without_speakers
from chatui.memory.store.message_scan import MessageRows


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What did Ida's aunt buy?", "What did aunt buy?"),
        ("Did Ida Lund see IDA?", "Did see ?"),
        ("Who bought  it?", "Who bought it?"),
    ],
)
def test_the_subject_of_a_question_is_what_it_says_beside_the_speakers(
    question: str, subject: str
) -> None:
    assert without_speakers(MessageRows(speakers=["ida", "ida lund", ""]), question) == subject


def test_what_only_the_second_model_read_stands_beside_what_both_read() -> None:
    # Each vector has two numbers of the first model and two of the second.
    vectors = [
        [0.4, sqrt(1 - 0.4**2), 0.4, sqrt(1 - 0.4**2)],
        [0.1, sqrt(1 - 0.1**2), 0.1, sqrt(1 - 0.1**2)],
        # Said in a language that the first model doesn't know.
        [0.0, 0.0, 0.8, sqrt(1 - 0.8**2)],
        [0.0, 0.0, 0.1, sqrt(1 - 0.1**2)],
    ]
    rows = apart(len(vectors))
    rows.matrix = sqrt(0.5) * numpy.array(vectors, numpy.float32)
    question = numpy.array([1.0, 0.0, 1.0, 0.0], numpy.float32) * sqrt(0.5)

    found = ranked(rows, Sought("x", question, 2, ()), 4)

    assert [number for number, *_ in found][:2] == [2, 0]


def apart(count: int) -> MessageRows:
    """Messages of one person, each in a session of its own and of one piece."""
    rows = MessageRows(
        ids=[str(one) for one in range(count)],
        turns=[str(one) for one in range(count)],
        speakers=[""] * count,
    )
    rows.numbers = rows.sessions = rows.pieces = rows.days = numpy.arange(count)
    rows.asking, rows.by_people = numpy.zeros(count, bool), numpy.ones(count, bool)
    rows.sizes = numpy.full(count, 100.0)
    rows.around = numpy.full((count, 3), count)
    rows.spans = numpy.zeros((count, 2), int)
    return rows
