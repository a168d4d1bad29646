"""Where the question that several models are asked is written: Enter asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key, Paste, Resize
from textual.message import Message
from textual.widgets import TextArea

from chatui.text.safety import strip_controls
from chatui.widgets.drawn import longest_within

CURSOR = 1
"""The cell of a line that is kept for what stands behind a text."""


class QuestionField(TextArea):
    """A field of one to six rows. An empty one asks as well: for the last question again."""

    DEFAULT_CSS = """
    QuestionField {
        height: auto; min-height: 1; max-height: 6; padding: 0 1; border: none;
        background: $foreground 7%; scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "ask", "Ask", id="send"),
        Binding("shift+enter,ctrl+j", "newline", "New line", id="newline"),
    ]

    class Asked(Message):
        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, placeholders: Sequence[str]) -> None:
        """The longest of `placeholders` that there is room for is shown; they go from long to
        short."""
        self._placeholders = placeholders
        super().__init__(
            placeholder=placeholders[0],
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
        )

    def on_resize(self, event: Resize) -> None:
        self.placeholder = longest_within(self._placeholders, self.content_size.width - CURSOR)

    def action_ask(self) -> None:
        self.post_message(self.Asked(self.text.strip()))

    def action_newline(self) -> None:
        self.insert("\n")

    async def _on_key(self, event: Key) -> None:
        """The field's own keys before the letters that TextArea would take them for."""
        bound = self.screen.active_bindings.get(event.key)
        if event.is_printable or bound is None or bound.node is not self:
            return
        if await self.app.run_action(bound.binding.action, self):
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: Paste) -> None:
        event.text = strip_controls(event.text)
        await super()._on_paste(event)
