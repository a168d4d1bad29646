"""A box of facts over the chat: help, context, tokens, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from chatui.widgets.drawn import border_text
from chatui.widgets.scrolled_box import ScrolledBox

Fact = tuple[str, str]
"""A name and what it is. An empty name continues the one above; both empty are a blank line;
a name alone is a heading."""

GAP = 2
"""Cells between a name and its text."""

LEAST_TEXT = 20
"""Cells, on whatever screen: less is not worth reading."""


class Details(ScrolledBox[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,ctrl+c,f1", "dismiss", "Close"),
    ]
    DEFAULT_CSS = """
    Details > VerticalScroll {
        width: auto; min-width: 40; max-width: 90%; height: auto; max-height: 90%;
    }
    Details Static { width: auto; height: auto; max-width: 100; }
    """

    def __init__(self, title: str, facts: Sequence[Fact]) -> None:
        super().__init__()
        self._title = title
        self._facts = facts

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = "Esc close"
            yield Static(facts_content(self._facts), markup=False)


def text_width(screen: int, names: int) -> int:
    """The cells for what stands beside names that take `names` of them with the gap behind: of
    a longer line the end is not seen. `screen` is the screen's width."""
    # By the styles of the box: of nine tenths of the screen the border and the padding take six
    # cells, the scroll bar one; and no more than 100.
    return max(LEAST_TEXT, min(100, screen * 9 // 10 - 7) - names)


def facts_content(facts: Sequence[Fact]) -> Content:
    """Two columns: names as wide as the widest of them that has a text beside it."""
    width = max((cell_len(name) for name, text in facts if text), default=0)
    lines = []
    for name, text in facts:
        if name and not text:
            lines.append(Content.styled(name, "bold $primary"))
        else:
            pad = " " * (width - cell_len(name))
            lines.append(Content.assemble((name, "bold"), pad, " " * GAP, text))
    return Content("\n").join(lines)
