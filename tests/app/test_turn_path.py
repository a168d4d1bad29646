from __future__ import annotations

from datetime import UTC, datetime

from chatui.app.turn_path import TurnPath
from chatui.domain.conversation import Turn


def turn(question: str) -> Turn:
    return Turn(question, asked=datetime(2026, 1, 1, tzinfo=UTC))


PATH = TurnPath.of((name, turn(name)) for name in "abc")


def test_the_head_is_the_newest() -> None:
    assert (PATH.head, TurnPath().head) == ("c", None)


def test_the_path_up_to_a_turn_ends_with_it() -> None:
    assert [key for key, _ in PATH.up_to("b").turns] == ["a", "b"]
    assert PATH.up_to(None) == PATH.up_to("nosuch") == TurnPath()


def test_the_parent_is_the_turn_before() -> None:
    assert [PATH.parent_of(key) for key in "abc"] == [None, "a", "b"]


def test_a_turn_is_replaced_in_its_place_or_added_at_the_end() -> None:
    assert [t.question for _, t in PATH.with_turn("b", turn("B")).turns] == ["a", "B", "c"]
    assert PATH.with_turn("d", turn("d")).head == "d"
