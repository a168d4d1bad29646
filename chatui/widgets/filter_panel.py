"""What filters changed in what is about to be sent; one key sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from chatui.text.safety import one_line
from chatui.widgets.details import FactsText
from chatui.widgets.scrolled_box import ScrolledBox

LONGEST = 60


class FilterPanel(ScrolledBox[bool]):
    """Answers whether to send. `swaps` are texts, each with what stands for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "Send"),
        Binding("escape,ctrl+c", "answer(False)", "Keep it back"),
    ]
    DEFAULT_CSS = """
    FilterPanel > VerticalScroll {
        width: auto; min-width: 40; max-width: 90%; height: auto; max-height: 90%;
    }
    """

    def __init__(self, model: str, swaps: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._model = model
        self._swaps = swaps

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Send it like this?"
            box.border_subtitle = "Enter send · Esc keep it back"
            facts = [(one_line(old, LONGEST), one_line(new, LONGEST)) for old, new in self._swaps]
            yield FactsText([(self._model, ""), *facts])

    def action_answer(self, send: bool) -> None:
        self.dismiss(send)
