"""Progress on stderr: one line that is drawn over on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from chatui.cli.output import draw_over, warn, wipe
from chatui.text.figures import time_left

if TYPE_CHECKING:
    from chatui.retrieval.ingest.report import IngestProgress

BAR_WIDTH = 24
PLAIN_SECONDS = 5.0
"""Between two plain lines: a log is read later, and by people."""


class ProgressDisplay:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._plain_at = time.monotonic() + PLAIN_SECONDS

    def show(self, progress: IngestProgress) -> None:
        share = progress.files_done / progress.files_total if progress.files_total else 0.0
        self.draw(share, figures(progress), f"  {progress.doing}")

    def draw(self, share: float, words: str, behind: str = "") -> None:
        """How far it has come (0..1), in words; what is `behind` only a bar has room for."""
        if self._terminal:
            draw_over(self._stream, f"{bar(share)} {words}{behind}")
        elif time.monotonic() >= self._plain_at:
            self._plain_at = time.monotonic() + PLAIN_SECONDS
            warn(words, stream=self._stream)

    def clear(self) -> None:
        wipe(self._stream)


def warn_above(sentence: str) -> None:
    """A warning that may come while a bar is drawn: in its line, and the bar goes on below."""
    wipe(sys.stderr)
    warn(sentence)


@contextmanager
def progress_display(stream: TextIO) -> Iterator[ProgressDisplay]:
    """The display; a bar is wiped away at the end, however it ends."""
    display = ProgressDisplay(stream)
    try:
        yield display
    finally:
        display.clear()


def bar(share: float) -> str:
    full = int(share * BAR_WIDTH)
    return f"{'━' * full}{'─' * (BAR_WIDTH - full)}"


def figures(progress: IngestProgress) -> str:
    parts = [
        f"{progress.files_done}/{progress.files_total} files",
        f"{progress.chunks_done} chunks",
        f"{progress.chunks_per_second:.0f} chunks/s",
    ]
    if progress.pages is not None:
        parts.append(f"page {progress.pages.done} of {progress.pages.total}")
    if progress.time_left is not None:
        parts.append(f"{time_left(progress.time_left)} left")
    return " · ".join(parts)
