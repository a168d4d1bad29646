"""The stored conversations: open, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from chatui.widgets.picker import Picker, PickerRow

HINT = "Enter open · F2 rename · Del twice delete · Esc close"


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    title: str
    updated: datetime
    turns: int
    preview: str = ""


class SessionsScreen(Picker):
    """Answers with the id of the conversation to open. Changes are asked for by message;
    whoever answers them shows the new rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "rename", "Rename", priority=True),
        Binding("delete,ctrl+d", "remove", "Delete", priority=True),
        Binding("escape,ctrl+c", "leave", "Close"),
    ]

    @dataclass
    class RenameWanted(Message):
        conversation_id: str
        title: str

    @dataclass
    class RemoveWanted(Message):
        conversation_id: str

    def __init__(self, sessions: Sequence[SessionRow], current: str | None, now: datetime) -> None:
        super().__init__(
            "Conversations",
            session_rows(sessions, current, now),
            placeholder="Type a part of a title or question",
            remark="" if sessions else "Nothing is stored yet.",
            right=frozenset({1, 2}),
            hint=HINT,
        )
        self._renaming: str | None = None
        self._doomed: str | None = None

    def show_sessions(
        self, sessions: Sequence[SessionRow], current: str | None, now: datetime
    ) -> None:
        self.show_rows(session_rows(sessions, current, now))

    def action_rename(self) -> None:
        if self.chosen is None:
            return
        self._renaming = self.chosen
        title = next(row.cells[0] for row in self._rows if row.id == self.chosen)
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = title
        field.cursor_position = len(title)
        self._say("Write the new title, then press Enter.")

    def action_remove(self) -> None:
        if self.chosen is None or self._renaming:
            return
        if self._doomed == self.chosen:
            self.post_message(self.RemoveWanted(self.chosen))
            self._doomed = None
            return
        self._doomed = self.chosen
        self._say("Press Del again to delete this conversation for good.")

    def action_move(self, how: str) -> None:
        self._doomed = None
        self._say("")
        super().action_move(how)

    def action_leave(self) -> None:
        if self._renaming:
            self._end_renaming()
        else:
            self.dismiss(None)

    def choose(self) -> None:
        if self._renaming is None:
            super().choose()
            return
        title = self.query_one("#filter", Input).value.strip()
        if title:
            self.post_message(self.RenameWanted(self._renaming, title))
        self._end_renaming()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._doomed = None
        if self._renaming is None:
            super()._filtered()

    def _end_renaming(self) -> None:
        self._renaming = None
        self._say("")
        self.query_one("#filter", Input).value = ""

    def _say(self, text: str) -> None:
        self.query_one("#remark", Static).update(text)


def session_rows(
    sessions: Sequence[SessionRow], current: str | None, now: datetime
) -> list[PickerRow]:
    return [
        PickerRow(
            id=session.id,
            cells=(
                session.title or session.preview or "Untitled",
                f"{session.turns} {'turn' if session.turns == 1 else 'turns'}",
                ago(now - session.updated),
            ),
            search=session.preview,
            mark="●" if session.id == current else "",
        )
        for session in sessions
    ]


def ago(span: timedelta) -> str:
    """A short age: now, 5 min, 3 h, 12 d, 2 y."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    days = minutes // (24 * 60)
    return f"{days} d" if days < 365 else f"{days // 365} y"
