"""A box of facts over the chat: help, context, tokens, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

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

    """

    def __init__(self, title: str, facts: Sequence[Fact]) -> None:
        super().__init__()
        self._title = title
        self._facts = facts

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = "Esc close"
            yield FactsText(self._facts)


def text_width(screen: int, names: int) -> int:
    """The cells for what stands beside names that take `names` of them with the gap behind: of
    a longer line the end is not seen. `screen` is the screen's width."""
    # By the styles of the box: of nine tenths of the screen the border and the padding take six
    # cells, the scroll bar one; and no more than 100.
    return max(LEAST_TEXT, min(100, screen * 9 // 10 - 7) - names)


class FactsText(Widget):
    """Facts in two columns, as wide as they are, and on a narrow screen as there is room."""

    DEFAULT_CSS = "FactsText { width: auto; height: auto; }"

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__()
        self._facts = facts

    def render(self) -> Content:
        return facts_content(self._facts, self._room)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        lines = facts_content(self._facts, self._room).split("\n", allow_blank=True)
        return max((line.cell_length for line in lines), default=0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(facts_content(self._facts, self._room).split("\n", allow_blank=True))

    @property
    def _room(self) -> int:
        return text_width(self.app.size.width, 0)


def facts_content(facts: Sequence[Fact], room: int) -> Content:
    """Two columns in `room` cells: names as wide as the widest of them that has a text beside it.
    Where that leaves too little, a text stands below its name."""
    width = max((cell_len(name) for name, text in facts if text), default=0)
    beside = room - width - GAP
    under = beside < LEAST_TEXT
    lines: list[Content] = []
    for name, text in facts:
        if name and not text:
            lines += wrapped(Content.styled(name, "bold $primary"), room)
        elif under:
            lines += wrapped(Content.styled(name, "bold"), room) if name else []
            lines += [" " * GAP + line for line in wrapped(Content(text), room - GAP)]
        else:
            names = Content.styled(name + " " * (width - cell_len(name) + GAP), "bold")
            blank = Content(" " * (width + GAP))
            for at, line in enumerate(wrapped(Content(text), beside)):
                lines.append((blank if at else names) + line)
    return Content("\n").join(lines)


def wrapped(text: Content, width: int) -> list[Content]:
    """Its lines in so many cells; a text that fits keeps its spaces."""
    if text.cell_length <= width:
        return [text]
    return text.wrap(max(1, width))
