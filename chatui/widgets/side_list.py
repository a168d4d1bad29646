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
from chatui.text.tags import told
from chatui.widgets.paged_list import PagedList
from chatui.widgets.panel_edge import EdgedPanel
from chatui.widgets.quiet import MUTED
from chatui.widgets.sessions import ago, day_of

COLUMNS = 36
EDGES = 5
"""Cells that hold no text: border, padding and scroll bar."""
PINNED = "Pinned"
HINT = "Enter open · F4 pin · F6 archive\nF3 by tag · Del delete"
DELETE_AGAIN = "Press Del again to delete it."
DELETED = "Deleted when this is put away.\nCtrl+Z brings it back."


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
    tags: tuple[str, ...] = ()


class SideList(EdgedPanel):
    """Shown only while it is wanted. What was deleted is gone from the list, and is to be removed
    for good when that is put away: `doomed`."""

    edge = "right"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "post('pin')", "Pin", show=False),
        Binding("f6", "post('archive')", "Archive", show=False),
        Binding("f3", "next_tag", "Those with a tag", show=False),
        Binding("delete", "remove", "Delete", show=False),
        Binding("ctrl+z", "bring_back", "Bring back what was deleted", show=False),
    ]
    DEFAULT_CSS = f"""
    SideList {{
        display: none; dock: left; width: {COLUMNS}; max-width: 60%; height: 1fr;
        background: $panel;
        border-right: solid $border-blurred;
    }}
    SideList:focus-within {{ border-right: solid $primary; }}
    SideList > .title {{ height: 1; padding: 0 1; text-style: bold; }}
    SideList > .hint {{ height: 2; padding: 0 1; color: $text-muted; }}
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
        """The user wants to "pin" or "archive" a conversation, or no longer; it is a "deleted" one;
        or those of another "tag" are to be listed."""

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
        self._shown: tuple[Sequence[SideRow], str | None, datetime, Sequence[str]] | None = None
        self.tag = ""
        """What is listed has this one, where there is one."""
        self.doomed: list[str] = []
        self._asked: str | None = None
        """What Del was pressed on once."""
        self._title = Static("Conversations", classes="title", markup=False)
        self._hint = Static(HINT, classes="hint", markup=False)
        self._columns = COLUMNS
        self.set_columns(columns)

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._list
        yield self._hint

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

    def show(
        self,
        rows: Sequence[SideRow],
        current: str | None,
        now: datetime,
        tags: Sequence[str] = (),
    ) -> None:
        """Replaces the rows; the highlighted conversation stays so, else the `current` one is.
        `tags` are those in use."""
        self._shown = rows, current, now, tags
        listed = f"  #{self.tag}" if self.tag else ""
        self._title.update(Content.assemble("Conversations", (listed, f"not bold {MUTED}")))
        rows = [row for row in rows if row.id not in self.doomed]
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

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._asked not in {None, event.option_id}:
            self._tell(HINT)

    def _tell(self, hint: str, asked: str | None = None) -> None:
        self._asked = asked
        self._hint.update(hint)

    def action_next_tag(self) -> None:
        """All of them again behind the last tag."""
        tags = ["", *(self._shown[3] if self._shown else ())]
        at = tags.index(self.tag) if self.tag in tags else 0
        self.tag = tags[(at + 1) % len(tags)]
        self.post_message(self.Changed("", "tag"))

    def action_remove(self) -> None:
        chosen, at = self._list.highlighted_option, self._list.highlighted
        if chosen is None or chosen.id is None:
            return
        if self._asked != chosen.id:
            self._tell(DELETE_AGAIN, chosen.id)
            return
        self.doomed.append(chosen.id)
        self._draw_again(at)
        self._tell(DELETED)
        self.post_message(self.Changed(chosen.id, "deleted"))

    def action_bring_back(self) -> None:
        if self.doomed:
            back = self.doomed.pop()
            self._draw_again(None)
            ids = [option.id for option in self._list.options]
            self._list.highlighted = ids.index(back) if back in ids else None
            self._tell(DELETED if self.doomed else HINT)

    def _draw_again(self, at: int | None) -> None:
        """With the row marked that has come to that place, or else the last."""
        if self._shown is not None:
            self.show(*self._shown)
        places = [n for n, option in enumerate(self._list.options) if option.id is not None]
        if at is not None and places:
            self._list.highlighted = min(places, key=lambda n: (abs(n - at), -n))

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
    tags = told(row.tags)
    model = Content(one_line(row.model)).truncate(room - len(figures) - 3, ellipsis=True)
    facts = Content(" · ").join([part for part in (model, Content(figures)) if part.plain])
    lines = [
        mark + Content(title).truncate(room, ellipsis=True),
        Content("  ") + facts.stylize(MUTED),
    ]
    if tags:
        lines.append(
            Content("  ") + Content(tags).truncate(room, ellipsis=True).stylize("$text-accent")
        )
    if row.preview and one_line(row.preview) != title:
        preview = Content(one_line(row.preview)).truncate(room, ellipsis=True)
        lines.append(Content("  ") + preview.stylize(MUTED))
    return Content("\n").join(lines)
