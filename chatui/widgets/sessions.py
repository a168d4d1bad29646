"""The stored conversations: find, open, rename, pin, put into the archive, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from chatui.text.matching import SCATTERED, place
from chatui.text.safety import one_line
from chatui.text.tags import begun, taken_apart, told
from chatui.widgets.excerpts import places
from chatui.widgets.picker import Picker, PickerRow

SEARCH_PAUSE_SECONDS = 0.15
"""Messages are searched when nothing was typed for so long."""
LETTERS_THAT_TELL = 4
"""So many letters are scattered over many a title by chance: they must stand together."""
HINT = "F2 name · F3 {asks} · F4 pin · F6 archive · Tab mark · Del · Esc"
ASKS, CHATS = "all", "chats"
"""What F3 leads to."""
NONE = "No chat is stored yet; F3 lists the archive and what was asked once from the shell, too."
MARKED = "✓"
PINNED, ARCHIVED = "Pinned", "Archive"
HEADS = ("", "model", "turns", "age")


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    title: str
    updated: datetime
    turns: int
    preview: str = ""
    ask: bool = False
    """Whether it was asked once from the shell, and not gone on with."""
    model: str = ""
    kept: Literal["", "pinned", "archived"] = ""
    tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.title or self.preview or "Untitled"


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
    what was typed, are asked for by message; whoever answers shows them. What was deleted is gone
    from the list, and is to be removed for good when that closes: `doomed`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "rename", "Rename", priority=True),
        Binding("f3", "asks", "Chats with asks, or chats only", priority=True),
        Binding("f4", "keep('pinned')", "Pin", priority=True),
        Binding("f6", "keep('archived')", "Put into the archive", priority=True),
        Binding("tab", "mark", "Mark several", priority=True),
        Binding("delete,ctrl+d", "remove", "Delete", priority=True),
        Binding("ctrl+z", "bring_back", "Bring back what was deleted", priority=True),
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
    class KeepWanted(Message):
        """Those conversations are to be pinned or put into the archive, or neither any more."""

        conversation_ids: tuple[str, ...]
        kept: Literal["", "pinned", "archived"]

    def __init__(self, sessions: Sequence[SessionRow], current: str | None, now: datetime) -> None:
        super().__init__(
            "Conversations",
            session_rows(sessions, current, now),
            placeholder="Type a part of a title, or words of a message",
            remark="" if sessions else NONE,
            heads=HEADS,
            right=frozenset({2, 3}),
            yields=(1, 2),
            hint=HINT.format(asks=ASKS),
        )
        self.with_asks = False
        self._renaming: str | None = None
        self._asked: tuple[str, ...] = ()
        """What Del was pressed on once."""
        self._deleted: list[tuple[str, ...]] = []
        self._ticked: dict[str, None] = {}
        self._sessions = {session.id: session for session in sessions}
        self._now = now
        self._found: dict[str, FoundMessage] = {}
        self._pause: Timer | None = None
        self._entered_early = False
        """Whether Enter was pressed before the messages with what was typed were found."""

    def show_sessions(
        self, sessions: Sequence[SessionRow], current: str | None, now: datetime
    ) -> None:
        self._now, self._found = now, {}
        self._sessions = {session.id: session for session in sessions}
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

    @property
    def doomed(self) -> tuple[str, ...]:
        return tuple(each for some in self._deleted for each in some)

    def found_in(self, conversation_id: str) -> FoundMessage | None:
        """The message by which the conversation was found; None for one found by its title."""
        return self._found.get(conversation_id)

    def fitting(self, query: str) -> list[PickerRow]:
        """Titles with the words, then conversations with a message that has them, then titles
        with their scattered letters."""
        doomed = set(self.doomed)
        return [
            replace(row, mark=MARKED) if row.id in self._ticked else row
            for row in self._found_rows(query)
            if row.id not in doomed
        ]

    def _found_rows(self, query: str) -> list[PickerRow]:
        tags, query = taken_apart(query)
        rows = [row for row in super().fitting(query) if self._has(row.id, tags)]
        if not query:
            return rows
        words = query.lower().split()
        ranks = [place(words, row.haystack.lower()) for row in rows]
        near = [row for row, rank in zip(rows, ranks, strict=True) if rank != SCATTERED]
        if len("".join(words)) >= LETTERS_THAT_TELL:
            rows = near
        listed = {row.id: row for row in self._rows}
        ids = [row.id for row in near]
        found = [
            listed.get(each) or self._unlisted(each)
            for each in self._found
            if each not in ids and self._has(each, tags)
        ]
        ids += [row.id for row in found]
        return [
            self._with_excerpt(row)
            for row in [*near, *found, *(row for row in rows if row.id not in ids)]
        ]

    def _has(self, conversation_id: str, tags: Sequence[str]) -> bool:
        """Whether it has all of those tags, which may be half written."""
        session = self._sessions.get(conversation_id)
        return not tags or (session is not None and begun(session.tags, tags))

    def _unlisted(self, conversation_id: str) -> PickerRow:
        """The row of a conversation that is older than those in the list."""
        found = self._found[conversation_id]
        age = ago(self._now - found.created)
        return PickerRow(found.conversation_id, (found.title, "", "", age))

    def _with_excerpt(self, row: PickerRow) -> PickerRow:
        found = self._found.get(row.id)
        if not found:
            return row
        marks = places(one_line(found.excerpt), taken_apart(self._query)[1])
        return replace(row, below=found.excerpt, found=marks)

    @property
    def _query(self) -> str:
        return self.query_one("#filter", Input).value

    def _ask_for_messages(self) -> None:
        if self.is_attached and self._renaming is None and taken_apart(self._query)[1]:
            self.post_message(self.SearchWanted(self._query))

    def action_asks(self) -> None:
        """Lists the archive and the asks among the chats, or leaves them out again."""
        if self._renaming:
            return
        self._asked = ()
        self.with_asks = not self.with_asks
        self.hint(HINT.format(asks=CHATS if self.with_asks else ASKS))
        self.post_message(self.AsksWanted())

    def action_rename(self) -> None:
        if self.chosen is None:
            return
        self._renaming = self.chosen
        known, found = self._sessions.get(self.chosen), self._found.get(self.chosen)
        title = known.name if known else found.title if found else ""
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = title
        field.cursor_position = len(title)
        self._say("Write the new title, then press Enter.")

    def action_remove(self) -> None:
        targets = self._targets
        if not targets or self._renaming:
            return
        several = f"{len(targets)} conversations" if len(targets) > 1 else "this conversation"
        if self._asked != targets:
            self._asked = targets
            self._say(f"Press Del again to delete {several}.")
            return
        self._asked = ()
        near = self._beside(targets)
        self._deleted.append(targets)
        self._ticked.clear()
        self._draw(near)
        self._say(f"Deleted {several}, for good when this list closes. Ctrl+Z brings back.")

    def action_bring_back(self) -> None:
        if self._deleted and not self._renaming:
            back = self._deleted.pop()
            self._draw(back[0])
            self._say("Brought back.")

    def action_mark(self) -> None:
        """What is done next is done to all that are marked."""
        chosen = self.chosen
        if chosen is None or self._renaming:
            return
        if chosen in self._ticked:
            del self._ticked[chosen]
        else:
            self._ticked[chosen] = None
        self._draw(chosen)
        self.action_move("cursor_down")

    def action_keep(self, kept: Literal["pinned", "archived"]) -> None:
        """Pins, or puts into the archive; where all of them are there, takes them out again."""
        targets = self._targets
        if not targets or self._renaming:
            return
        known = [self._sessions.get(each) for each in targets]
        all_there = all(one is not None and one.kept == kept for one in known)
        self._ticked.clear()
        self._moved = True
        self.post_message(self.KeepWanted(targets, "" if all_there else kept))

    @property
    def _targets(self) -> tuple[str, ...]:
        """Those that are marked, or else the chosen one."""
        if self._ticked:
            return tuple(self._ticked)
        return (self.chosen,) if self.chosen else ()

    def _beside(self, targets: Sequence[str]) -> str:
        """The row that is nearest below the chosen one, or else above, and stays."""
        ids = [row.id for row in self.fitting(self._query)]
        at = ids.index(self.chosen) if self.chosen in ids else 0
        staying = [each for each in [*ids[at:], *reversed(ids[:at])] if each not in targets]
        return staying[0] if staying else ""

    def action_move(self, how: str) -> None:
        self._asked = ()
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
        self._asked = ()
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
    """Pinned ones first, those of the archive last."""
    ordered = sorted(sessions, key=lambda each: ("pinned", "", "archived").index(each.kept))
    return [
        PickerRow(
            id=session.id,
            cells=(
                f"{told(session.tags)} · {session.name}" if session.tags else session.name,
                session.model.rpartition("/")[2],
                "ask" if session.ask else str(session.turns),
                ago(now - session.updated),
            ),
            search=f"{session.preview} {session.model}",
            mark="●" if session.id == current else "",
            section=section_of(session, now),
        )
        for session in ordered
    ]


def section_of(session: SessionRow, now: datetime) -> str:
    if session.kept:
        return PINNED if session.kept == "pinned" else ARCHIVED
    return day_of(session.updated, now)


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
