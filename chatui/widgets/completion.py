"""The short list above the composer that completes commands, files and collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from chatui.text.safety import one_line
from chatui.widgets.triggers import Trigger

ROWS = 8
MOST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Completion:
    """`insert` replaces what was typed; `label` and `detail` are what the list shows.
    `ends` puts a space behind it, which a folder's name must not have."""

    insert: str
    label: str
    detail: str = ""
    ends: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", one_line(self.label))
        object.__setattr__(self, "detail", one_line(self.detail))


class CompletionList(Widget):
    """Shows at most eight completions, one of them chosen, below a line on what is typed. It is
    never focused: the composer moves the choice and asks for it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "completion--label",
        "completion--detail",
        "completion--chosen",
    }
    DEFAULT_CSS = """
    CompletionList {
        display: none; height: auto; max-height: 9; background: $panel;
        & > .completion--label { color: $foreground; }
        & > .completion--detail { color: $text-muted; }
        & > .completion--chosen { background: $primary 15%; text-style: bold; }
    }
    """

    class Clicked(Message):
        """A completion was chosen with the mouse."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.items: tuple[Completion, ...] = ()
        self.trigger: Trigger | None = None
        self.index = 0
        self._top = 0
        self._usage = ""

    @property
    def is_open(self) -> bool:
        return bool(self.items)

    @property
    def chosen(self) -> Completion | None:
        return self.items[self.index] if self.items else None

    def offer(self, trigger: Trigger, items: Sequence[Completion], usage: str = "") -> None:
        """Shows the items, the first one chosen, below the `usage`; without either it closes."""
        self.trigger = trigger
        self.items = tuple(items)
        self.index = self._top = 0
        self._usage = one_line(usage)
        self.display = bool(items or usage)
        self.refresh(layout=True)

    def close(self) -> None:
        self.items, self._usage = (), ""
        self.display = False

    def move(self, step: int) -> None:
        self.index = (self.index + step) % len(self.items)
        self._top = min(max(self._top, self.index - ROWS + 1), self.index)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.y - bool(self._usage)
        if 0 <= row < len(self.items):
            self.index = row
            self.post_message(self.Clicked())

    def render(self) -> Content:
        width = max((cell_len(item.label) for item in self.items), default=0)
        # On a narrow screen what a name does tells more than what it takes.
        width = min(width, MOST_LABEL, self._room // 2)
        lines = [
            self._line(item, self._top + row == self.index, width)
            for row, item in enumerate(self.items[self._top : self._top + ROWS])
        ]
        if self._usage:
            usage = Content.assemble(
                (f" {self._usage}", self.get_visual_style("completion--detail"))
            )
            lines.insert(0, usage.truncate(self._room, ellipsis=True, pad=True))
        return Content("\n").join(lines)

    @property
    def _room(self) -> int:
        return self.content_size.width or 80

    def _line(self, item: Completion, chosen: bool, width: int) -> Content:
        label = Content(item.label).truncate(width, ellipsis=True, pad=True).plain
        line = Content.assemble(
            (f" {label}", self.get_visual_style("completion--label")),
            "  ",
            (item.detail, self.get_visual_style("completion--detail")),
        )
        line = line.truncate(self._room, ellipsis=True, pad=True)
        if chosen:
            line = line.stylize(self.get_visual_style("completion--chosen"))
        return line
