from __future__ import annotations

import pytest

from chatui.assistant.recall.ranking import without_speakers
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
