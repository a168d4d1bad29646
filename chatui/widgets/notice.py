"""One calm line above the composer: what happened, what went wrong, how far a job is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from chatui.text.safety import SENTENCE_LIMIT, one_line
from chatui.widgets.quiet import MUTED

SECONDS_SHOWN = 6.0
KEPT = 500
"""Notices that can be looked at again."""
BAR_WIDTH = 20
Tone = Literal["info", "warning", "error"]
MARKS: dict[Tone, tuple[str, str]] = {
    "info": ("·", MUTED),
    "warning": ("!", "$text-warning"),
    "error": ("✗", "$text-error"),
}


@dataclass(frozen=True, slots=True)
class SaidNotice:
    text: str
    tone: Tone
    at: datetime


@runtime_checkable
class SaysItself(Protocol):
    """A screen that covers the notice, and shows what would be said there."""

    def pass_on(self, sentence: str) -> None: ...


class Notice(Static):
    """A message passes; an error stays until the next one or until the user goes on. A
    job's progress comes back when a message over it has passed."""

    DEFAULT_CSS = """
    Notice { display: none; height: auto; max-height: 50%; padding: 0 2; color: $text-muted; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.tone: Tone = "info"
        self.text = ""
        self.said: deque[SaidNotice] = deque(maxlen=KEPT)
        """What was said, the newest last."""
        self._progress: Content | None = None
        self._timer: Timer | None = None

    def say(self, text: str, tone: Tone = "info") -> None:
        self._stop_timer()
        self.text, self.tone = one_line(text, SENTENCE_LIMIT), tone
        self.said.append(SaidNotice(self.text, tone, datetime.now(UTC)))
        mark, color = MARKS[tone]
        self._draw(Content.assemble((f"{mark} ", color), (self.text, color)))
        if tone != "error":
            self._timer = self.set_timer(SECONDS_SHOWN, self.dismiss)

    def dismiss(self) -> None:
        """Takes the message away; a running job's progress shows again."""
        self._stop_timer()
        self.text = ""
        if self._progress is None:
            self.display = False
        else:
            self._draw(self._progress)

    def progress(self, what: str, done: int, total: int, detail: str = "") -> None:
        """`done` of `total` things; of 0 in total, which is not known yet, there is no bar."""
        bar: list[tuple[str, str] | str] = []
        if total:
            filled = min(BAR_WIDTH, BAR_WIDTH * done // total)
            bar = [
                ("━" * filled, "$primary"),
                ("─" * (BAR_WIDTH - filled), MUTED),
                f" {done:,}/{total:,} ",
            ]
        self._progress = Content.assemble(f"{what} ", *bar, (one_line(detail), MUTED))
        if not self.text:
            self._draw(self._progress)

    def end_progress(self) -> None:
        self._progress = None
        if not self.text:
            self.display = False

    def _draw(self, content: Content) -> None:
        self.update(content)
        self.display = True

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
