"""Commands on notes: `/remember`, `/forget`, and `/memory`, which shows them all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on

from chatui.app.commands.command import Command
from chatui.app.commands.transfer import given_path, write_new
from chatui.assistant.prompt import listed
from chatui.domain.errors import ChatuiError, UsageError
from chatui.memory.transfer.notes import as_json, as_markdown
from chatui.widgets.notes import EMPTY, NoteRow, NotesScreen

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.memory.records import Note

EXPORT_FILE = "notes.md"


async def remember(window: Window, argument: str) -> None:
    """Keeps a fact for all conversations."""
    if not argument:
        raise UsageError("Say what to remember: /remember TEXT.")
    services = await window.session.services()
    note, new = await services.store.notes.add(argument)
    known = f"Note {note.number} says so already" if not new else f"Kept as note {note.number}"
    window.say(f"{known}. {await use(window)}")
    window.meter.refresh()


async def forget(window: Window, argument: str) -> None:
    """Deletes a note. The command that would keep it again is the newest prompt."""
    number = note_number(argument)
    services = await window.session.services()
    note = await services.store.notes.forget(number)
    window.view.composer.past_prompts.add(f"/remember {note.text}")
    window.say(f"Forgot note {number}: “{note.text}” · ↑ and Enter keep it again")
    window.meter.refresh()


def note_number(argument: str) -> int:
    digits = argument.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
        raise UsageError("Say which note by its number: /forget N; /memory shows the numbers.")
    return int(digits)


async def note_numbers(window: Window) -> list[str]:
    notes = await (await window.session.services()).store.notes.all()
    return [str(note.number) for note in notes]


async def memory(window: Window, argument: str) -> None:
    """Shows the notes; `on`, `off` and `export [FILE]` do without the panel."""
    word, _, rest = argument.partition(" ")
    services = await window.session.services()
    if word == "export":
        await export(window, rest.strip())
    elif argument in {"on", "off"}:
        await services.store.notes.switch(argument == "on")
        window.say(await use(window))
        window.meter.refresh()
    elif argument:
        raise UsageError("/memory takes nothing, on, off, or export [FILE].")
    else:
        notes = await services.store.notes.all()
        await window.push_screen_wait(StoredNotes(window, notes, await use(window)))
        window.meter.refresh()


async def memory_choices(window: Window) -> list[str]:
    return ["on", "off", "export"]


async def export(window: Window, name: str) -> None:
    """Writes all notes as Markdown, or as JSON when the file's name ends so."""
    window.say(f"Wrote {await written(window, name or EXPORT_FILE)}.")


async def written(window: Window, name: str) -> str:
    """The file that the notes are in now. Raises UsageError when it was there before."""
    notes = await (await window.session.services()).store.notes.all()
    path = given_path(name)
    text = as_json(notes) if path.suffix.lower() == ".json" else as_markdown(notes)
    await asyncio.to_thread(write_new, path, text)
    return str(path)


async def use(window: Window) -> str:
    """A sentence on how the notes are used now."""
    services = await window.session.services()
    notes = await services.store.notes.kept()
    if not services.notes.allowed:
        return "The config has notes off: no prompt gets any."
    if not await services.store.notes.are_on():
        return "Notes are off: no prompt gets any until /memory on."
    if not notes:
        return EMPTY
    if await window.session.quotes_only():
        return "The built-in model reads no notes; other models do."
    most, texts = services.notes.most_tokens, [note.text for note in notes]
    model = window.session.settings.model
    size = (await asyncio.to_thread(services.tokens.count, listed(texts), model)).tokens
    if size <= most:
        return f"Every prompt gets all notes ({size:,} of {most:,} tokens)."
    return f"Prompts get the notes that they call for ({most:,} of {size:,} tokens)."


class StoredNotes(NotesScreen):
    """The list of notes, with the store behind it."""

    def __init__(self, window: Window, notes: list[Note], state: str) -> None:
        super().__init__(note_lines(notes), state, datetime.now(UTC))
        self._window = window

    @on(NotesScreen.EditWanted)
    def _edit(self, event: NotesScreen.EditWanted) -> None:
        self._window.begin("notes", self._change, "edit", event.number, event.text)

    @on(NotesScreen.KeepWanted)
    def _keep(self, event: NotesScreen.KeepWanted) -> None:
        self._window.begin("notes", self._change, "accept", event.number)

    @on(NotesScreen.ForgetWanted)
    def _forget(self, event: NotesScreen.ForgetWanted) -> None:
        self._window.begin("notes", self._change, "forget", event.number)

    @on(NotesScreen.SwitchWanted)
    def _switch(self) -> None:
        self._window.begin("notes", self._change, "switch", 0)

    @on(NotesScreen.ExportWanted)
    def _export(self) -> None:
        self._window.begin("notes", self._written)

    async def _change(self, what: str, number: int, text: str = "") -> None:
        """A change that is refused is told in the panel, which hides the window's notice."""
        notes = (await self._window.session.services()).store.notes
        try:
            if what == "edit":
                await notes.edit(number, text)
            elif what == "accept":
                await notes.accept(number)
            elif what == "forget":
                await notes.forget(number)
            else:
                await notes.switch(not await notes.are_on())
        except ChatuiError as error:
            self.say(str(error))
            return
        now = datetime.now(UTC)
        self.show_notes(note_lines(await notes.all()), await use(self._window), now)

    async def _written(self) -> None:
        try:
            self.say(f"Wrote {await written(self._window, EXPORT_FILE)}.")
        except ChatuiError as error:
            self.say(f"{error} /memory export FILE takes another name.")


def note_lines(notes: list[Note]) -> list[NoteRow]:
    return [
        NoteRow(note.number, note.text, note.updated, note.state == "proposed") for note in notes
    ]


COMMANDS = (
    Command("memory", "[on|off|export]", "Show the notes, keep proposals, switch them off",
            memory, memory_choices, leads=True),
    Command("remember", "TEXT", "Keep a fact for all conversations", remember),
    Command("forget", "N", "Delete the note of that number", forget, note_numbers),
)  # fmt: skip
