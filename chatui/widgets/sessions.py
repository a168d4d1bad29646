"""The stored conversations: find, open, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from chatui.text.matching import SCATTERED, place
from chatui.widgets.picker import Picker, PickerRow

SEARCH_PAUSE_SECONDS = 0.15
"""Messages are searched when nothing was typed for so long."""
LETTERS_THAT_TELL = 4
"""So many letters are scattered over many a title by chance: they must stand together."""
HINT = "Enter open · F2 rename · F3 {asks} · Del Del delete · Esc close"
ASKS, CHATS = "asks too", "no asks"
"""What F3 leads to."""
NONE = "No chat is stored yet; F3 lists what was asked once from the shell, too."


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    title: str
    updated: datetime
    turns: int
    preview: str = ""
    ask: bool = False
    """Whether it was asked once from the shell, and not gone on with."""


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """The message of a conversation that a search found first, or the part of it that shows
    why."""

    conversation_id: str
    title: str
    message_id: str
    created: datetime
    excerpt: str


class SessionsScreen(Picker):
    """Answers with the id of the conversation to open. Changes, and the messages that hold
    what was typed, are asked for by message; whoever answers shows them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "rename", "Rename", priority=True),
        Binding("f3", "asks", "Chats with asks, or chats only", priority=True),
        Binding("delete,ctrl+d", "remove", "Delete", priority=True),
        Binding("escape,ctrl+c", "leave", "Close"),
    ]

    @dataclass
    class SearchWanted(Message):
        query: str

    class AsksWanted(Message):
        """The rows for `with_asks` are wanted."""

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
            placeholder="Type a part of a title, or words of a message",
            remark="" if sessions else NONE,
            right=frozenset({1, 2}),
            hint=HINT.format(asks=ASKS),
        )
        self.with_asks = False
        self._renaming: str | None = None
        self._doomed: str | None = None
        self._now = now
        self._found: dict[str, FoundMessage] = {}
        self._pause: Timer | None = None
        self._entered_early = False
        """Whether Enter was pressed before the messages with what was typed were found."""

    def show_sessions(
        self, sessions: Sequence[SessionRow], current: str | None, now: datetime
    ) -> None:
        self._now, self._found = now, {}
        self.show_rows(
            session_rows(sessions, current, now), "" if sessions or self.with_asks else NONE
        )
        self._ask_for_messages()

    def show_found(self, query: str, found: Sequence[FoundMessage]) -> None:
        """The messages that hold the words, the best one of each conversation. They are late
        when something else stands in the field by now."""
        if self.is_attached and self._renaming is None and self._query == query:
            self._found = {each.conversation_id: each for each in found}
            self._draw((self.chosen or "") if self._moved else "")
            if self._entered_early:
                self.choose()

    def found_in(self, conversation_id: str) -> FoundMessage | None:
        """The message by which the conversation was found; None for one found by its title."""
        return self._found.get(conversation_id)

    def fitting(self, query: str) -> list[PickerRow]:
        """Titles with the words, then conversations with a message that has them, then titles
        with their scattered letters."""
        rows = super().fitting(query)
        if not query.strip():
            return rows
        words = query.lower().split()
        ranks = [place(words, row.haystack.lower()) for row in rows]
        near = [row for row, rank in zip(rows, ranks, strict=True) if rank != SCATTERED]
        if len("".join(words)) >= LETTERS_THAT_TELL:
            rows = near
        listed = {row.id: row for row in self._rows}
        ids = [row.id for row in near]
        found = [
            listed.get(each) or self._unlisted(each) for each in self._found if each not in ids
        ]
        ids += [row.id for row in found]
        return [
            self._with_excerpt(row)
            for row in [*near, *found, *(row for row in rows if row.id not in ids)]
        ]

    def _unlisted(self, conversation_id: str) -> PickerRow:
        """The row of a conversation that is older than those in the list."""
        found = self._found[conversation_id]
        return PickerRow(found.conversation_id, (found.title, "", ago(self._now - found.created)))

    def _with_excerpt(self, row: PickerRow) -> PickerRow:
        found = self._found.get(row.id)
        return replace(row, below=found.excerpt) if found else row

    @property
    def _query(self) -> str:
        return self.query_one("#filter", Input).value

    def _ask_for_messages(self) -> None:
        if self.is_attached and self._renaming is None and self._query.strip():
            self.post_message(self.SearchWanted(self._query))

    def action_asks(self) -> None:
        """Lists the asks among the chats, or leaves them out again."""
        if self._renaming:
            return
        self._doomed = None
        self.with_asks = not self.with_asks
        self.hint(HINT.format(asks=CHATS if self.with_asks else ASKS))
        self.post_message(self.AsksWanted())

    def action_rename(self) -> None:
        if self.chosen is None:
            return
        self._renaming = self.chosen
        titles = (row.cells[0] for row in self.fitting(self._query) if row.id == self.chosen)
        title = next(titles, "")
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
            self._entered_early = self.chosen is None and bool(self._query.strip())
            super().choose()
            return
        title = self.query_one("#filter", Input).value.strip()
        if title:
            self.post_message(self.RenameWanted(self._renaming, title))
        self._end_renaming()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._doomed = None
        self._moved = self._entered_early = False
        if self._renaming is None:
            self._found = {}
            super()._filtered()
            if self._pause is not None:
                self._pause.stop()
            self._pause = self.set_timer(SEARCH_PAUSE_SECONDS, self._ask_for_messages)

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
                "ask"
                if session.ask
                else f"{session.turns} {'turn' if session.turns == 1 else 'turns'}",
                ago(now - session.updated),
            ),
            search=session.preview,
            mark="●" if session.id == current else "",
            section=day_of(session.updated, now),
        )
        for session in sessions
    ]


def day_of(moment: datetime, now: datetime) -> str:
    """The part of the list that it stands in, by the calendar of where the user is."""
    here = now.astimezone()
    days = (here.date() - moment.astimezone(here.tzinfo).date()).days
    if days < 1:
        return "Today"
    if days < 2:
        return "Yesterday"
    return "The last seven days" if days < 7 else "Older"


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
