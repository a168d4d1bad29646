"""Which turns a compact is of, and what of them is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chatui.assistant.summaries.compact import Material, material
from chatui.domain.conversation import Reply, Turn
from chatui.memory.records import StoredTurn, Summary, WindowMark
from chatui.memory.store.standing import Standing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def path(count: int, unanswered: tuple[int, ...] = ()) -> list[StoredTurn]:
    def turn(n: int) -> Turn:
        return Turn(f"q{n}", NOW, reply=Reply("" if n in unanswered else f"a{n}"))

    return [StoredTurn(f"t{n}", None, f"q{n}", f"r{n}", turn(n)) for n in range(count)]


def summary(upto: str, text: str = "before") -> Summary:
    return Summary(text, "c", upto, text, "rolling", "m", 1, NOW)


def made(
    turns: list[StoredTurn],
    *summaries: Summary,
    standing: Standing | None = None,
    focus: str = "",
) -> Material:
    found = material(turns, summaries, standing or Standing(), focus)
    assert found is not None
    return found


def read(found: Material) -> str:
    return " ".join(turn.question for turn in found.turns)


def test_the_newest_two_turns_stay() -> None:
    assert (read(made(path(5))), made(path(5)).end) == ("q0 q1 q2", 3)


def test_of_a_short_chat_only_the_newest_stays() -> None:
    assert (read(made(path(3))), read(made(path(2)))) == ("q0 q1", "q0")


def test_one_answered_question_is_too_little() -> None:
    assert material(path(3, unanswered=(0, 2)), (), Standing(), "") is None


def test_questions_without_an_answer_are_not_read() -> None:
    assert read(made(path(7, unanswered=(1, 6)))) == "q0 q2 q3"


def test_it_builds_on_the_summary_that_tells_of_most() -> None:
    found = made(path(6), summary("t0", "old"), summary("t1", "new"), summary("t5", "too far"))
    assert (found.previous, read(found)) == ("new", "q2 q3")


def test_a_summary_that_was_taken_back_counts_for_nothing() -> None:
    found = made(path(6), replace(summary("t1"), withdrawn=True))
    assert (found.previous, read(found)) == ("", "q0 q1 q2 q3")


def test_a_summary_that_tells_of_a_turn_that_was_left_out_since_counts_for_nothing() -> None:
    turns = path(6)
    turns[1] = replace(turns[1], turn=replace(turns[1].turn, left_out=NOW + timedelta(days=1)))
    found = made(turns, summary("t0", "without it"), summary("t2", "with it"))
    assert (found.previous, read(found)) == ("without it", "q2 q3")
    later = replace(summary("t2", "made anew"), created=NOW + timedelta(days=2))
    assert made(turns, later).previous == "made anew"


def test_with_a_focus_all_is_read_again() -> None:
    found = made(path(6), summary("t1"), focus="the prices")
    assert (found.previous, read(found)) == ("", "q0 q1 q2 q3")


def test_when_nothing_is_new_all_is_read_again() -> None:
    assert read(made(path(6), summary("t3"))) == "q0 q1 q2 q3"


def test_only_what_was_in_the_prompt_leaves_it() -> None:
    turns = path(7)
    turns[3] = replace(turns[3], turn=replace(turns[3].turn, pinned=True))
    found = made(turns, standing=Standing(WindowMark("t2", 100), summary("t1")))
    assert [turn.question for turn in found.leaving] == ["q2", "q4"]
    assert found.summary == summary("t1")


def test_after_a_compact_only_the_turns_since_leave() -> None:
    standing = Standing(WindowMark("t0", 100), None, summary("t2"))
    assert [turn.question for turn in made(path(7), standing=standing).leaving] == ["q3", "q4"]
