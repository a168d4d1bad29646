"""How far each of several models is, in one line on stderr that is drawn over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from chatui.assistant.compare.compare import LaneFailed
from chatui.assistant.events import MeterChanged, TurnSettled, TurnStarted
from chatui.cli.output import draw_over, wipe
from chatui.models.base import Retrying

if TYPE_CHECKING:
    from chatui.assistant.compare.compare import LaneEvent


class LaneProgress:
    """Draws on terminals only: elsewhere the answers come soon enough."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._states: dict[int, str] = {}

    def follow(self, told: LaneEvent) -> None:
        from chatui.text.figures import tokens

        match told.event:
            case TurnStarted():
                self._states[told.lane] = f"{told.model}: waiting"
            case MeterChanged(reading):
                output = tokens(reading.turn.output)
                self._states[told.lane] = f"{told.model}: {output} tokens"
            case TurnSettled() | LaneFailed():
                self._states.pop(told.lane, None)
            case Retrying():
                self.clear()  # What is said of it stands in its place.
                return
            case _:
                return
        line = " · ".join(self._states[lane] for lane in sorted(self._states))
        draw_over(self._stream, line)

    def clear(self) -> None:
        wipe(self._stream)


@contextmanager
def lane_progress(stream: TextIO) -> Iterator[LaneProgress]:
    """The line; it is wiped away at the end, however it ends."""
    progress = LaneProgress(stream)
    try:
        yield progress
    finally:
        progress.clear()
