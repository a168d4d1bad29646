"""/why: nothing of it is longer than its line, and an answer without citations is explained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from chatui.app.commands.why import columns_within, facts
from chatui.domain.passage import Citation, Ranks
from tests.widgets.turns import answered, passage

FOUND = (
    replace(
        passage(1, "manuals/kitchen/kettle-and-teapot.md"),
        ranks=Ranks(dense=1, lexical=2),
        similarity=0.712,
        coverage=0.25,
    ),
    replace(passage(2, "report.pdf", page=12), ranks=Ranks(lexical=1), coverage=0.4),
)


def told(room: int, *, model: str = "builtin/extract", cited: bool = True) -> list[str]:
    turn = answered("And of water?", citations=(Citation(1, FOUND[0]),) if cited else ())
    turn = replace(turn, passages=FOUND, reply=replace(turn.reply, model=model))
    return [text for _, text in facts(turn, room)]


@pytest.mark.parametrize("room", [100, 63, 45, 27])
def test_each_passage_is_one_line_with_the_figures_that_there_is_room_for(room: int) -> None:
    rows = [line for line in told(room) if line[3:4] in {"1", "2"}]
    assert len(rows) == 2
    assert all(cell_len(line) <= room for line in rows)


def test_on_a_narrow_screen_the_score_is_the_first_to_go() -> None:
    assert columns_within(63) == ["score", "dense", "words", "like"]
    assert columns_within(50) == ["dense", "words", "like"]
    assert columns_within(20) == []


def test_a_path_is_cut_at_a_slash() -> None:
    assert any("…/kettle-and-teapot.md:10" in line for line in told(63))


def test_why_nothing_was_quoted_is_told() -> None:
    text = " ".join(told(63, cited=False))
    assert "Nothing was quoted" in text
    assert "at most 40%" in text


def test_that_a_model_cited_nothing_is_told() -> None:
    assert "cited none of them" in " ".join(told(63, model="lab/x", cited=False))


def test_of_an_answer_with_citations_neither_is_told() -> None:
    text = " ".join(told(63))
    assert "Nothing was quoted" not in text
    assert "cited none" not in text
