"""The conversations at the left of the chat, on a screen that has room for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chatui.text.safety import one_line
from chatui.widgets.paged_list import PagedList
from chatui.widgets.panel_edge import EdgedPanel
from chatui.widgets.quiet import MUTED
from chatui.widgets.sessions import ago, day_of

COLUMNS = 36
EDGES = 5
"""Cells that hold no text: border, padding and scroll bar."""
PINNED = "Pinned"
HINT = "Enter open · F4 pin · F6 archive"


@dataclass(frozen=True, slots=True)
class SideRow:
    """`cost` is "" where nothing was spent; `preview` is the beginning of the newest question."""

    id: str
    title: str
    updated: datetime
    model: str = ""
    cost: str = ""
    preview: str = ""
    pinned: bool = False


class SideList(EdgedPanel):
    """Shown only while it is wanted."""

    edge = "right"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "post('pin')", "Pin", show=False),
        Binding("f6", "post('archive')", "Archive", show=False),
    ]
    DEFAULT_CSS = f"""
    SideList {{
        display: none; dock: left; width: {COLUMNS}; max-width: 60%; height: 1fr;
        background: $panel;
        border-right: solid $border-blurred;
    }}
    SideList:focus-within {{ border-right: solid $primary; }}
    SideList > .title {{ height: 1; padding: 0 1; text-style: bold; }}
    SideList > .hint {{ height: 1; padding: 0 1; color: $text-muted; }}
    SideList > OptionList, SideList > OptionList:focus {{
        height: 1fr; border: none; padding: 0 1; margin-top: 1;
        background: $panel; background-tint: $panel 0%;
        scrollbar-size-vertical: 1; scrollbar-color: $foreground 20%;
        scrollbar-background: $panel; scrollbar-background-hover: $panel;
        scrollbar-background-active: $panel;
    }}
    SideList > OptionList > .option-list--option-highlighted {{
        color: $foreground; background: $foreground 10%; text-style: none;
    }}
    SideList > OptionList:focus > .option-list--option-highlighted {{
        color: $foreground; background: $primary 15%; text-style: bold;
    }}
    SideList > OptionList > .option-list--option-disabled {{ color: $text-primary; }}
    """

    class Opened(Message):
        """The user wants that conversation."""

        def __init__(self, conversation_id: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class Changed(Message):
        """The user wants to "pin" or "archive" a conversation, or no longer."""

        def __init__(self, conversation_id: str, what: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.what = what

    class Widened(Message):
        """The user wants so many columns; more is to come, where not `done`."""

        def __init__(self, width: int, *, done: bool) -> None:
            super().__init__()
            self.width = width
            self.done = done

    def __init__(self, columns: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self._list = PagedList()
        self._shown: tuple[Sequence[SideRow], str | None, datetime] | None = None
        self._columns = COLUMNS
        self.set_columns(columns)

    def compose(self) -> ComposeResult:
        yield Static("Conversations", classes="title", markup=False)
        yield self._list
        yield Static(HINT, classes="hint", markup=False)

    def set_columns(self, columns: int) -> None:
        """0 is as wide as usual."""
        self._columns = columns or COLUMNS
        self.styles.width = self._columns
        if self._shown is not None:
            self.show(*self._shown)

    def columns_wanted(self, columns: int, *, done: bool) -> None:
        self.post_message(self.Widened(columns, done=done))

    def focus(self, scroll_visible: bool = True) -> Self:
        self._list.focus(scroll_visible)
        return self

    def show(self, rows: Sequence[SideRow], current: str | None, now: datetime) -> None:
        """Replaces the rows; the highlighted conversation stays so, else the `current` one is."""
        self._shown = rows, current, now
        before = self._list.highlighted_option
        wanted = before.id if before is not None and self._list.has_focus else current
        options: list[Option] = []
        section = ""
        for row in rows:
            named = PINNED if row.pinned else day_of(row.updated, now)
            if named != section:
                options.append(Option(Content.styled(named, "bold"), disabled=True))
                section = named
            options.append(
                Option(entry(row, row.id == current, now, self._columns - EDGES), id=row.id)
            )
        self._list.clear_options()
        self._list.add_options(options)
        ids = [option.id for option in options]
        self._list.highlighted = ids.index(wanted) if wanted in ids else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Opened(event.option_id))

    def action_post(self, what: str) -> None:
        chosen = self._list.highlighted_option
        if chosen is not None and chosen.id is not None:
            self.post_message(self.Changed(chosen.id, what))


def entry(row: SideRow, current: bool, now: datetime, columns: int) -> Content:
    """The title, its model with cost and age, and what was asked last, in so many columns."""
    mark = Content.styled("● ", "$primary") if current else Content("  ")
    title = one_line(row.title or row.preview) or "Untitled"
    figures = " · ".join(part for part in (row.cost, ago(now - row.updated)) if part)
    room = columns - 2
    model = Content(one_line(row.model)).truncate(room - len(figures) - 3, ellipsis=True)
    facts = Content(" · ").join([part for part in (model, Content(figures)) if part.plain])
    lines = [
        mark + Content(title).truncate(room, ellipsis=True),
        Content("  ") + facts.stylize(MUTED),
    ]
    if row.preview and one_line(row.preview) != title:
        preview = Content(one_line(row.preview)).truncate(room, ellipsis=True)
        lines.append(Content("  ") + preview.stylize(MUTED))
    return Content("\n").join(lines)
