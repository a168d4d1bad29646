from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.widgets.triggers import Trigger, trigger_at


@pytest.mark.parametrize(
    ("line", "trigger"),
    [
        ("/", Trigger("command", "", 1)),
        ("/mo", Trigger("command", "mo", 1)),
        ("/model gp", Trigger("argument", "gp", 7, "model")),
        ("/model ", Trigger("argument", "", 7, "model")),
        ("/ingest my folder", Trigger("argument", "my folder", 8, "ingest")),
        ("/compare one tw", Trigger("argument", "tw", 13, "compare")),
        ("/compare ", Trigger("argument", "", 9, "compare")),
        ("/compare one ", None),
        ("/compare one two -- th", None),
        ("/compare one two -- see @fi", Trigger("file", "fi", 25)),
        ("@", Trigger("file", "", 1)),
        ("see @src/ma", Trigger("file", "src/ma", 5)),
        ('see @"my fi', Trigger("file", "my fi", 5)),
        ("in #man", Trigger("collection", "man", 4)),
        ("me@example.org", None),
        ("C#", None),
        ("# Heading", None),
        ("no /command", None),
        ("plain", None),
        ("", None),
    ],
)
def test_what_is_completed_at_the_end_of_a_line(line: str, trigger: Trigger | None) -> None:
    assert trigger_at(line, len(line)) == trigger


def test_commands_are_completed_in_the_first_row_only() -> None:
    assert trigger_at("/mo", 3, row=1) is None


def test_only_what_stands_before_the_cursor_counts() -> None:
    assert trigger_at("/model", 3) == Trigger("command", "mo", 1)


@given(st.text(max_size=40), st.integers(0, 40))
def test_a_trigger_names_what_lies_between_its_start_and_the_cursor(line: str, at: int) -> None:
    column = min(at, len(line))
    trigger = trigger_at(line, column)
    if trigger is not None:
        assert line[trigger.start : column].lstrip('"') == trigger.text
