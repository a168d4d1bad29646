"""What a comparison looks like. A picture that changes is looked at, and then accepted with
`pytest --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from chatui.app.themes import THEMES
from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Citation
from chatui.domain.usage import Cost, Timing, Usage
from chatui.widgets.compare_screen import CompareScreen
from tests.patience import until
from tests.widgets.turns import ASKED, passage

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 40)
QUESTION = "How do green tea and black tea differ, and how long do they steep?"
FOUND = passage(1, "tea.md", "Green tea steeps for two minutes.")
FIRST = """Both come from the **same plant**; what differs is the oxidation.

- **Green tea** is heated soon after picking and steeps for 2 minutes [1].
- **Black tea** is left to oxidise and steeps for 4.

| Tea | Water | Minutes |
|---|---|---|
| green | 75 °C | 2 |
| black | 95 °C | 4 |
"""
SECOND = """Both come from the same plant; what differs is how the leaves are treated.

1. **Green tea** is steamed soon after picking.
2. **Black tea** is left to oxidise completely.

Green tea steeps for 3 minutes and black tea for 4.
"""
MODELS = ("openai/gpt-5-mini", "deepseek/deepseek-chat", "mine/qwen3-8b")


def answer(text: str, cost: Cost, seconds: float, usage: Usage, **more: Any) -> Turn:
    reply = Reply(text, model="named above", usage=usage, cost=cost, timing=Timing(seconds, 0.42))
    return Turn(QUESTION, ASKED, TurnState.COMPLETE, replace(reply, **more), (FOUND,))


ANSWERS = (
    answer(
        FIRST,
        Cost(Decimal("0.0042")),
        3.0,
        Usage(input=210, cache_read=1_024, output=132),
        citations=(Citation(1, FOUND),),
    ),
    answer(
        SECOND,
        Cost(Decimal("0.0007"), estimated=True),
        5.0,
        Usage(input=1_190, output=98, estimated=True),
    ),
)
FAILED = Turn(
    QUESTION,
    ASKED,
    TurnState.FAILED,
    Reply(model=MODELS[2], error="mine could not be reached; is the server running?"),
)


class Comparing(App[None]):
    def __init__(self, models: int, theme: str = "chatui-dark") -> None:
        super().__init__()
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        self.panel = CompareScreen(
            MODELS[:models], again=False, ask=lambda question: None, stop=lambda: None
        )

    def on_mount(self) -> None:
        self.push_screen(self.panel)


async def answered(pilot: Pilot[Any], *turns: Turn) -> None:
    """The question is asked and these answers have come; others still stream."""
    app = pilot.app
    assert isinstance(app, Comparing)
    await app.panel.begin(QUESTION)
    for lane, turn in zip(app.panel.lanes, turns, strict=False):
        await lane.settle(turn)
    if len(turns) == len(app.panel.lanes):
        spent = (Cost(Decimal("0.0123"), estimated=True),)
        app.panel.show_totals(MeterReading(conversation=spent, today=spent))
        app.panel.ended()
    await pilot.pause()


@pytest.mark.parametrize("theme", ["chatui-dark", "chatui-light"])
def test_two_answers_at_80_columns(snap_compare: Compare, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await answered(pilot, *ANSWERS)

    assert snap_compare(Comparing(2, theme), terminal_size=SMALL, run_before=before)


@pytest.mark.parametrize("theme", ["chatui-dark", "chatui-light"])
def test_the_differences_of_two_answers(snap_compare: Compare, theme: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await answered(pilot, *ANSWERS)
        await pilot.press("2", "d")
        await pilot.app.workers.wait_for_complete()

    assert snap_compare(Comparing(2, theme), terminal_size=LARGE, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_one_of_three_has_failed(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await answered(pilot, *ANSWERS, FAILED)
        await pilot.press("3" if size == SMALL else "2")

    assert snap_compare(Comparing(3), terminal_size=size, run_before=before)


def test_an_answer_that_streams_beside_one_that_has_ended(snap_compare: Compare) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await answered(pilot, ANSWERS[0])
        app = pilot.app
        assert isinstance(app, Comparing)
        streaming = app.panel.lanes[1]
        streaming.append_text("Both come from")
        assert streaming.answer is not None
        await until(lambda: bool(streaming.answer and streaming.answer.words()))
        await pilot.pause()

    assert snap_compare(Comparing(2), terminal_size=SMALL, run_before=before)


def test_the_question_being_written(snap_compare: Compare) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, Comparing)
        app.panel.query_one("QuestionField").cursor_blink = False  # type: ignore[attr-defined]
        await pilot.press(*"What is tea?")

    assert snap_compare(Comparing(2), terminal_size=SMALL, run_before=before)
