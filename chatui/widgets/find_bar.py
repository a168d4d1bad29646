"""The line in which the user writes what is looked for in the conversation, with the count."""

from __future__ import annotations

from typing import ClassVar, Self

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

HINT = "↑↓ earlier, later · Enter, then n N · Esc close"


class FindBar(Horizontal):
    """Shown only while something is looked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "step(-1)", "Earlier", show=False, priority=True),
        Binding("down,ctrl+n", "step(1)", "Later", show=False, priority=True),
        Binding("escape,ctrl+c,ctrl+f", "leave", "Close", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    FindBar { display: none; height: 1; padding: 0 2; background: $panel; }
    FindBar > Static { width: auto; color: $text-muted; }
    FindBar > #find-count { padding: 0 2; color: $text-warning; }
    FindBar Input, FindBar Input:focus {
        border: none; height: 1; width: 1fr; padding: 0 1; background: $panel;
    }
    """

    class Wanted(Message):
        """The user looks for the text; "" for none."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Stepped(Message):
        """The user wants the match so many further on."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Left(Message):
        """The user wants to go through the matches (`into` the transcript), or has enough."""

        def __init__(self, into: bool) -> None:
            super().__init__()
            self.into = into

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._input = Input(compact=True, id="find-text")
        self._count = Static(id="find-count", markup=False)

    def compose(self) -> ComposeResult:
        yield Static("find", markup=False)
        yield self._input
        yield self._count
        yield Static(HINT, markup=False, id="find-hint")

    def on_resize(self) -> None:
        self.query_one("#find-hint").display = self.size.width >= 80

    def focus(self, scroll_visible: bool = True) -> Self:
        self._input.focus(scroll_visible)
        return self

    def open(self) -> None:
        """What was looked for last is there, to be written over."""
        self.display = True
        # At once, for the keys that come behind the one that opens it.
        self.screen.set_focus(self._input)
        self._input.action_select_all()

    def close(self) -> None:
        self.display = False

    def show_count(self, at: int | None, count: int) -> None:
        """Which of the matches is shown, counted from 1; None where nothing is looked for."""
        told = f"{at:,}/{count:,}" if count else "not there"
        self._count.update(Content("" if at is None else told))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left(into=True))

    def action_step(self, step: int) -> None:
        self.post_message(self.Stepped(step))

    def action_leave(self) -> None:
        self.post_message(self.Left(into=False))
