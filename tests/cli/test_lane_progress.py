"""The line that tells how far each of several models is."""

from __future__ import annotations

import io

from chatui.assistant.compare.compare import LaneEvent, LaneFailed
from chatui.assistant.events import AssistantEvent, MeterChanged, TurnStarted
from chatui.cli.lane_progress import LaneProgress
from chatui.cost.reading import MeterReading
from chatui.domain.usage import Usage
from chatui.models.base import TextDelta


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def reading(output: int) -> MeterReading:
    usage = Usage(input=10, output=output, estimated=True)
    return MeterReading(model="a/b", context_used=10, turn=usage)


def drawn(*told: tuple[int, AssistantEvent | LaneFailed], stream: io.StringIO) -> str:
    progress = LaneProgress(stream)
    for lane, event in told:
        progress.follow(LaneEvent(lane, f"m/{lane}", event))
    return stream.getvalue().rpartition("\x1b[K")[2]


def test_each_model_waits_until_its_tokens_come() -> None:
    started = TurnStarted("c", "t", "q")

    line = drawn(
        (0, started), (1, started), (1, MeterChanged(reading(1234))), (1, TextDelta("x")),
        stream=Terminal(),
    )  # fmt: skip

    assert line == "m/0: waiting · m/1: 1,234 tokens"


def test_a_model_that_has_ended_leaves_the_line() -> None:
    started = TurnStarted("c", "t", "q")

    line = drawn((0, started), (1, started), (0, LaneFailed("Broken.")), stream=Terminal())

    assert line == "m/1: waiting"


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    stream = io.StringIO()

    assert drawn((0, TurnStarted("c", "t", "q")), stream=stream) == ""
