"""A summary to be read, changed and accepted before it stands for a part of the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from textual.worker import Worker

from chatui.text import figures
from chatui.text.safety import strip_controls

PAUSE_SECONDS = 0.15
"""The tokens are counted anew when nothing was typed for so long."""
SHARE = 80
"""Percent of the screen's height that the box may take."""
LEAST_LINES = 5
EDGES = 3
"""Lines of the box beside what stands in it: its border, and a blank one above the text."""
HINT = "Ctrl+S accept · Esc drop"
WAITING_HINT = "Esc stop"


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compact takes out of the next prompt: turns, and their tokens with those of the
    summary before. `limit` is the tokens that the new one may take; None: any number."""

    turns: int
    tokens: int
    limit: int | None = None


class CompactPanel(ModalScreen[str | None]):
    """Answers with the text to keep, or None. `count` gives a text's tokens, in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Accept", priority=True),
        Binding("escape", "drop", "Drop"),
    ]
    DEFAULT_CSS = """
    CompactPanel { align: center middle; background: $background 60%; }
    CompactPanel > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 80%;
        padding: 0 2; border: round $primary; background: $surface;
        border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    CompactPanel .figures { height: auto; }
    CompactPanel .told { height: auto; color: $text-muted; }
    CompactPanel TextArea {
        height: auto; min-height: 5; margin-top: 1; padding: 0; border: none; background: $surface;
        scrollbar-size-vertical: 1; scrollbar-color: $foreground 20%;
        scrollbar-background: $surface; scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        &:focus { border: none; }
        & .text-area--cursor-line { background: $surface; }
    }
    CompactPanel.-waiting TextArea { display: none; }
    CompactPanel.-full > Vertical { height: 80%; }
    CompactPanel.-full TextArea { height: 1fr; }
    """

    def __init__(
        self, waiting_for: str, focus: str, leaving: Compaction, count: Callable[[str], int]
    ) -> None:
        super().__init__(classes="-waiting")
        self._focus = focus
        self._leaving = leaving
        self._count = count
        self._figures = Static(markup=False, classes="figures")
        self._told = Static(waiting_for, markup=False, classes="told")
        self._text = TextArea(soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self._proposed: str | None = None
        self._warned = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Compact"
            box.border_subtitle = WAITING_HINT
            yield self._figures
            yield self._told
            yield self._text

    def on_mount(self) -> None:
        self._figures.update(figures_line(self._leaving, None))

    def propose(self, text: str) -> None:
        """The summary is there: it can be changed from now on."""
        self._proposed = text
        self._text.load_text(text)
        self.remove_class("-waiting")
        self._say(told(self._focus))
        self.query_one(Vertical).border_subtitle = HINT
        self._text.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Lets the text scroll where the box would be higher than the screen lets it be."""
        above = self._figures.outer_size.height + self._told.outer_size.height
        lines = max(LEAST_LINES, self._text.virtual_size.height)
        self.set_class(EDGES + above + lines > self.size.height * SHARE // 100, "-full")

    def on_text_area_changed(self) -> None:
        self._warned = False
        self.call_after_refresh(self._fit)
        _: Worker[None] = self.run_worker(self._recount, exclusive=True, group="count")

    async def _recount(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        tokens = await asyncio.to_thread(self._count, strip_controls(self._text.text))
        self._figures.update(figures_line(self._leaving, tokens))

    def action_accept(self) -> None:
        text = strip_controls(self._text.text).strip()
        if self._proposed is None:
            return
        if text:
            self.dismiss(text)
        else:
            self._say("An empty summary stands for nothing: write one, or drop it with Esc.")

    def action_drop(self) -> None:
        """What was written by hand is only dropped at the second time."""
        changed = self._proposed is not None and self._text.text != self._proposed
        if changed and not self._warned:
            self._warned = True
            self._say("Esc once more drops your changes; Ctrl+S accepts them.")
        else:
            self.dismiss(None)

    def _say(self, text: str) -> None:
        self._told.update(text)


def told(focus: str) -> str:
    view = f"Kept in view: {strip_controls(focus)}. " if focus else ""
    return f"{view}The turns stay in the transcript; /undo takes this back."


def figures_line(leaving: Compaction, summary: int | None) -> Content:
    """`12 turns leave the next prompt: ≈ 8,412 tokens → ≈ 512`."""
    leave = "turn leaves" if leaving.turns == 1 else "turns leave"
    after = "…" if summary is None else f"≈ {figures.tokens(summary)}"
    line = Content.assemble(
        (f"{leaving.turns:,} {leave} the next prompt: ", "bold"),
        f"≈ {figures.tokens(leaving.tokens)} tokens → {after}",
    )
    if summary is None or leaving.limit is None or summary <= leaving.limit:
        return line
    over = f"Beyond the {figures.tokens(leaving.limit)} tokens that a summary may take: "
    return line + Content.styled(
        f"\n{over}the least telling of its lines stay out.", "$text-warning"
    )
