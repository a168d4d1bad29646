"""What a costly question takes, before it is sent; one key sends it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from chatui.text.safety import SENTENCE_LIMIT, one_line
from chatui.widgets.scrolled_box import ScrolledBox


class CostPanel(ScrolledBox[bool]):
    """Answers whether to send."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "Send"),
        Binding("escape,ctrl+c", "answer(False)", "Keep it back"),
    ]
    DEFAULT_CSS = """
    CostPanel > VerticalScroll {
        width: auto; min-width: 40; max-width: 90%; height: auto; max-height: 90%;
    }
    CostPanel Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = one_line(sentence, SENTENCE_LIMIT)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Send it?"
            box.border_subtitle = "Enter send · Esc keep it back"
            yield Static(self._sentence, markup=False)

    def action_answer(self, send: bool) -> None:
        self.dismiss(send)
