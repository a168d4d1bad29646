"""Where the transcript draws that the prompt begins."""

from __future__ import annotations

from datetime import UTC, datetime

from chatui.app.boundary import boundary_of
from chatui.domain.boundary import Boundary
from chatui.domain.conversation import Turn
from chatui.memory.records import Summary, WindowMark
from chatui.memory.store.standing import Standing

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def turns(count: int = 6, pinned: tuple[int, ...] = ()) -> list[tuple[str, Turn]]:
    return [(f"t{n}", Turn(f"q{n}", NOW, pinned=n in pinned)) for n in range(count)]


def summary(upto: str) -> Summary:
    return Summary("s", "c", upto, "text", "compact", "m", 3, NOW)


def mark(start: str, pinned: tuple[str, ...] = ()) -> WindowMark:
    return WindowMark(start, 100, pinned=pinned)


def test_there_is_none_before_the_first_prompt_or_while_all_is_sent() -> None:
    assert boundary_of(turns(), Standing()) is None
    assert boundary_of(turns(), Standing(mark("t0"))) is None


def test_it_stands_above_the_first_turn_that_was_sent() -> None:
    assert boundary_of(turns(), Standing(mark("t4"))) == Boundary("t4", 4)


def test_pinned_turns_above_it_are_still_sent() -> None:
    assert boundary_of(turns(), Standing(mark("t4", ("t1",)))) == Boundary("t4", 3, pinned=1)
    assert boundary_of(turns(), Standing(mark("t1", ("t0",)))) is None


def test_it_tells_how_many_turns_the_summary_stands_for() -> None:
    whole = boundary_of(turns(), Standing(mark("t4"), summary("t3")))
    gap = boundary_of(turns(), Standing(mark("t4"), summary("t1")))
    assert whole == Boundary("t4", 4, summarised=4)
    assert gap == Boundary("t4", 4, summarised=2)


def test_an_accepted_compact_wins_until_the_next_question() -> None:
    standing = Standing(mark("t1"), None, summary("t3"))
    assert boundary_of(turns(pinned=(2,)), standing) == Boundary(
        "t4", 3, pinned=1, summarised=4, coming=True
    )


def test_what_lies_on_another_branch_draws_nothing() -> None:
    assert boundary_of(turns(), Standing(mark("elsewhere"), summary("x"), summary("y"))) is None
