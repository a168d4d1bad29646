"""The notes: read, edit, keep what was proposed, forget, switch off, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, OptionList, Static

from chatui.widgets.picker import Picker, PickerRow
from chatui.widgets.sessions import ago

HINT = "Enter edit/keep · Del forget · F4 on/off · F5 export · Esc close"
EMPTY = "No note is kept yet: /remember TEXT keeps one."


@dataclass(frozen=True, slots=True)
class NoteRow:
    number: int
    text: str
    updated: datetime
    proposed: bool = False


class NotesScreen(Picker):
    """Changes are asked for by message; whoever answers them shows the new rows. `state` is
    a sentence on how notes are used now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "edit", "Edit", priority=True),
        Binding("delete,ctrl+d", "forget", "Forget", priority=True),
        Binding("f4", "switch", "Switch on or off", priority=True),
        Binding("f5", "export", "Export", priority=True),
        Binding("escape,ctrl+c", "leave", "Close"),
    ]

    @dataclass
    class EditWanted(Message):
        number: int
        text: str

    @dataclass
    class KeepWanted(Message):
        number: int

    @dataclass
    class ForgetWanted(Message):
        number: int

    class SwitchWanted(Message):
        pass

    class ExportWanted(Message):
        pass

    def __init__(self, notes: Sequence[NoteRow], state: str, now: datetime) -> None:
        super().__init__(
            "Notes",
            note_rows(notes, now),
            placeholder="Type a part of a note",
            remark=state,
            right=frozenset({1, 2}),
            hint=HINT,
        )
        self._notes = {str(note.number): note for note in notes}
        self._state = state
        self._editing: int | None = None
        self._doomed: str | None = None

    def show_notes(self, notes: Sequence[NoteRow], state: str, now: datetime) -> None:
        before = self._notes.get(self.chosen or "") if self.is_attached else None
        self._notes = {str(note.number): note for note in notes}
        self._state = state
        self.show_rows(note_rows(notes, now), state)
        after = self._notes.get(self.chosen or "") if before else None
        if before and before.proposed and not (after and after.proposed):
            # One proposal is answered: on to the next, not along with the note to its place.
            self._draw("")

    def say(self, text: str) -> None:
        """Shows a sentence until the user goes on."""
        if self.is_attached:
            self.query_one("#remark", Static).update(text)

    def action_edit(self) -> None:
        note = self._notes.get(self.chosen or "")
        if note is None or self._editing:
            return
        self._editing = note.number
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = note.text
        field.cursor_position = len(note.text)
        self.say(f"Write note {note.number} anew, then press Enter; Esc leaves it as it is.")

    def action_forget(self) -> None:
        note = self._notes.get(self.chosen or "")
        if note is None or self._editing:
            return
        if self._doomed == self.chosen:
            self._doomed = None
            self.post_message(self.ForgetWanted(note.number))
            return
        self._doomed = self.chosen
        what = "decline this proposal" if note.proposed else "forget this note for good"
        self.say(f"Press Del again to {what}.")

    def action_switch(self) -> None:
        self.post_message(self.SwitchWanted())

    def action_export(self) -> None:
        self.post_message(self.ExportWanted())

    def action_leave(self) -> None:
        if self._editing:
            self._end_editing()
        else:
            self.dismiss(None)

    def choose(self) -> None:
        """Enter: ends an edit, keeps a proposal, or begins to edit a note."""
        if self._editing:
            text = self.query_one("#filter", Input).value.strip()
            if text:
                self.post_message(self.EditWanted(self._editing, text))
            self._end_editing()
            return
        note = self._notes.get(self.chosen or "")
        if note is not None and note.proposed:
            self.post_message(self.KeepWanted(note.number))
        else:
            self.action_edit()

    @on(OptionList.OptionHighlighted, "#rows")
    def _looked_at(self) -> None:
        """A note that is longer than its line can be read below the list."""
        if self._editing:
            return
        self._doomed = None
        note = self._notes.get(self.chosen or "")
        room = self.app.size.width * 9 // 10 - 34
        self.say(note.text if note and len(note.text) > room else self._state)

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._doomed = None
        if self._editing is None:
            super()._filtered()

    def _end_editing(self) -> None:
        self._editing = None
        self.say(self._state)
        self.query_one("#filter", Input).value = ""


def note_rows(notes: Sequence[NoteRow], now: datetime) -> list[PickerRow]:
    """Proposals come first: they wait for an answer."""
    ordered = sorted(notes, key=lambda note: (not note.proposed, note.number))
    return [
        PickerRow(
            id=str(note.number),
            cells=(
                note.text,
                f"note {note.number}",
                "proposed" if note.proposed else ago(now - note.updated),
            ),
            mark="?" if note.proposed else "",
        )
        for note in ordered
    ]
