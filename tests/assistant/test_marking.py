"""How the passages of a prompt are marked, and what goes of the marks in earlier answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chatui.assistant.ask import Ask
from chatui.assistant.marking import Marking
from chatui.assistant.memories import Remembered
from chatui.domain.conversation import Reply, Turn
from chatui.jobs.profiles import ReplySettings
from chatui.memory.records import Note, Recalled, StoredTurn, Summary
from chatui.text.citations.marks import MarkForm
from tests.widgets.turns import cited, passage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
THEIRS = "So it was said [2]."


def turn(answer: str, *numbers: int, prefix: str = "", asked: str = "And?") -> Turn:
    reply = Reply(text=answer, citations=cited(*numbers), mark_prefix=prefix)
    return Turn(asked, NOW, reply=reply, passages=tuple(map(passage, numbers)))


def stored(said: Turn, name: str = "t1") -> StoredTurn:
    return StoredTurn(name, None, f"{name}-q", f"{name}-r", said)


def summary(text: str) -> Summary:
    return Summary("s1", "c1", "t1", text, "rolling", "m", 1, NOW)


ASK = Ask(past=(), question="Why?", settings=ReplySettings(), passages=(passage(1), passage(2)))


def marked(ask: Ask, *summaries: Summary) -> Ask:
    return Marking().marked(ask, summaries)


def form(ask: Ask, *summaries: Summary) -> str:
    found = marked(ask, *summaries).form
    assert found is not None
    return found.prefix


@pytest.mark.parametrize(
    "ask",
    [
        replace(ASK, question=THEIRS),
        replace(ASK, settings=ReplySettings(system=THEIRS)),
        replace(ASK, passages=(passage(1), passage(2, text=THEIRS))),
        replace(ASK, passages=(passage(1, "a [1].md"),)),
        replace(ASK, passages=(), likely=(passage(1, text=THEIRS),)),
        replace(ASK, past=(stored(turn("Fine.", asked=THEIRS)),)),
        replace(ASK, past=(stored(turn(THEIRS)),)),
        replace(ASK, remembered=Remembered(standing=(Note(1, THEIRS, NOW, NOW),))),
        replace(ASK, remembered=Remembered(called=(Note(1, THEIRS, NOW, NOW),))),
        replace(ASK, remembered=Remembered(recalled=(Recalled(stored(turn(THEIRS)), 1.0),))),
    ],
)
def test_whatever_a_prompt_may_hold_decides_on_its_marks(ask: Ask) -> None:
    assert form(ASK) == ""
    assert form(ask) == "s"


def test_a_summary_decides_too() -> None:
    assert form(ASK, summary(THEIRS)) == "s"


def test_marks_of_earlier_passages_decide_nothing_and_are_not_sent() -> None:
    past = (stored(turn("So [1]. In s-1 [s1].", 1)), stored(turn("No [2]: [s1].", 1, prefix="s")))

    assert form(replace(ASK, past=past[:1])) == ""
    assert [one.turn.reply.text for one in marked(replace(ASK, past=past)).past] == [
        "So. In s-1 [s1].",
        "No [2]:.",
    ]


def test_recalled_answers_come_without_their_marks() -> None:
    remembered = Remembered(recalled=(Recalled(stored(turn("So [1].", 1)), 1.0),))
    (one,) = marked(replace(ASK, remembered=remembered)).remembered.recalled

    assert one.stored.turn.reply.text == "So."


def test_a_question_without_passages_leans_on_the_marks_of_the_last_answer_with_some() -> None:
    past = (
        stored(turn("One [1].", 1), "t1"),
        stored(turn("Two [1].", 1), "t2"),
        stored(turn("Three."), "t3"),
    )
    found = marked(replace(ASK, past=past, passages=()))

    assert [one.turn.reply.text for one in found.past] == ["One.", "Two [1].", "Three."]


def test_a_reply_that_is_gone_on_with_keeps_the_form_it_has() -> None:
    assert form(replace(ASK, form=MarkForm("q"))) == "q"


def test_turns_that_are_the_same_stay_the_same() -> None:
    ask, marking = replace(ASK, past=(stored(turn("So [1].", 1)),)), Marking()

    assert marking.marked(ask, ()).past[0] is marking.marked(ask, ()).past[0]
