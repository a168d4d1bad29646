"""A small form for the variables of a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from chatui.text.safety import one_line
from chatui.widgets.drawn import border_text, longest_within
from chatui.widgets.scrolled_box import ScrolledBox

KEYS = ("Enter next, then done · Esc close", "Enter next · Esc close", "Esc close")


class TemplateForm(ScrolledBox[dict[str, str] | None]):
    """Answers with the value of each name, None when the user leaves. `hints` are what a field
    that stays empty stands for."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Close"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    TemplateForm > VerticalScroll {
        width: 80%; max-width: 90; height: auto; max-height: 80%; padding: 1 2 0 2;
    }
    TemplateForm Static { height: 1; color: $text-muted; }
    TemplateForm Input, TemplateForm Input:focus {
        border: none; height: 1; padding: 0 1; margin-bottom: 1; background: $panel;
    }
    TemplateForm Input:focus { background: $primary 25%; }
    TemplateForm Input:focus:ansi { background: ansi_default; }
    """

    def __init__(self, title: str, names: Sequence[str], hints: Mapping[str, str]) -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._hints = hints

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = border_text(
                longest_within(KEYS, self.app.size.width * 8 // 10 - 6)
            )
            for name in self._names:
                yield Static(one_line(name), markup=False)
                yield Input(placeholder=one_line(self._hints.get(name, "")), compact=True)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        fields = list(self.query(Input))
        at = fields.index(event.input)
        if at + 1 < len(fields):
            fields[at + 1].focus()
        else:
            values = (field.value for field in fields)
            self.dismiss(dict(zip(self._names, values, strict=True)))
