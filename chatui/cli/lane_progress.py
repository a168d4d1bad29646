"""How far each of several models is, in one line on stderr that is drawn over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.cells import set_cell_size

from chatui.assistant.compare.compare import LaneFailed
from chatui.assistant.events import MeterChanged, TurnSettled, TurnStarted

if TYPE_CHECKING:
    from chatui.assistant.compare.compare import LaneEvent


class LaneProgress:
    """Draws on terminals only: elsewhere the answers come soon enough."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
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
            case _:
                return
        if self._terminal:
            self._draw()

    def clear(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        line = " · ".join(self._states[lane] for lane in sorted(self._states))
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r\x1b[K{set_cell_size(line, width).rstrip()}")
        self._stream.flush()


@contextmanager
def lane_progress(stream: TextIO) -> Iterator[LaneProgress]:
    """The line; it is wiped away at the end, however it ends."""
    progress = LaneProgress(stream)
    try:
        yield progress
    finally:
        progress.clear()
