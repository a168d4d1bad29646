"""A text over the chat, drawn as an answer is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.widgets.drawn import border_text
from chatui.widgets.line_view import LineGroup
from chatui.widgets.scrolled_box import ScrolledBox
from chatui.widgets.turn_view import TurnView


class WholeText(TurnView):
    DEFAULT_CSS = "WholeText { margin: 0; }"

    def __init__(self, text: str) -> None:
        done = Turn("", datetime.now(UTC), state=TurnState.COMPLETE, reply=Reply(text=text))
        super().__init__("text", done)

    def lay_out(self, width: int) -> list[LineGroup]:
        self._reply.document.reflow(width)
        return [LineGroup(self._reply.document.lines)]


class TextBox(ScrolledBox[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy"),
        Binding("escape,q,enter,ctrl+c", "dismiss", "Close"),
    ]
    DEFAULT_CSS = """
    TextBox > VerticalScroll { width: 96%; max-width: 110; height: auto; max-height: 94%; }
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = "y copy · Esc close"
            yield WholeText(self._text)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text)
        self.query_one(VerticalScroll).border_subtitle = "Copied · Esc close"
