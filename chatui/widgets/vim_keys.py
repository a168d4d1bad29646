"""Vim's keys in the composer and in the transcript, where they are wanted: `[ui] vim`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual.widgets.text_area import Selection

from chatui.text.vim.editor import VimEditor
from chatui.widgets.pastes import CHIP

if TYPE_CHECKING:
    from textual import events
    from textual.document._document import Location

    from chatui.widgets.composer import Composer
    from chatui.widgets.transcript import Transcript

IN_COMPOSER: Final = {
    ":": "app.palette",
    "/": "app.search_history",
    "ctrl+d": "app.scroll_half(1)",
    "ctrl+u": "app.scroll_half(-1)",
    "ctrl+e": "app.scroll_lines(1)",
    "ctrl+y": "app.scroll_lines(-1)",
}
"""Keys in normal mode that the text has no part in."""
IN_TRANSCRIPT: Final = {
    "j": "choose(1)",
    "k": "choose(-1)",
    "gg": "go('oldest')",
    "G": "go('newest')",
    "}": "step(1)",
    "{": "step(-1)",
    "/": "find",
    "n": "find_step(-1)",
    "N": "find_step(1)",
    "y": "act('copy')",
    "i": "app.write_here",
    **{key: action for key, action in IN_COMPOSER.items() if key != "/"},
}
PUTS: Final = {'"+', '"*'}
"""What p and P are pressed behind for the system's clipboard."""
VIM_HELP: Final = (
    ("Esc, i a I A o O", "Normal mode; insert mode, the text as Vim does it"),
    ("h j k l w b e ge", "Move; j and k by rows of the screen, beyond them to other prompts"),
    ("0 ^ $ gg G f t ; , { } %", "Move, as W B E, F T, | and g_ do"),
    ("d c y", 'Delete, change, copy: a motion, a line (dd), iw aw i" a( ip …'),
    ("x X D C s S Y r ~ J", "Short for one of those; r and ~ change a character, J joins lines"),
    ("p P", 'Put what was deleted or copied; "+p and "+y are the clipboard\'s'),
    ("u Ctrl+R .", "Undo, redo, do it again"),
    ("v V", "Mark characters or lines; o goes to the other end"),
    ("Enter", "Send, also from normal mode"),
    ("/ :", "In normal mode: search earlier prompts; the command palette"),
    ("Ctrl+D Ctrl+U Ctrl+E Ctrl+Y", "In normal mode: scroll the transcript"),
    ("j k gg G { }", "In the transcript: through its turns"),
    ("/ n N y i", "In the transcript: find, the matches, copy; back to write"),
)
"""What the help tells while they are on."""


class VimComposer:
    """The composer as Vim's keys edit it, and what they are to others."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._rows_apart = False
        self.editor = VimEditor(self)
        self.editor.forget()

    # What is edited

    @property
    def text(self) -> str:
        return "\n".join(self._composer.document.lines)

    @property
    def at(self) -> int:
        return self._place(self._composer.cursor_location)

    @property
    def marked(self) -> tuple[int, int] | None:
        start, end = self._composer.selection
        return None if start == end else (self._place(start), self._place(end))

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(sorted({found[0] for found in CHIP.finditer(self._composer.text)}))

    def replace(self, start: int, end: int, text: str) -> None:
        first = self._location(start)
        self._composer.replace(text, first, self._location(end), maintain_selection_offset=False)
        self._composer.move_cursor(self._location(start + len(text)))

    def move(self, at: int) -> None:
        # From row to row the column stays that of the row where it began.
        self._composer.move_cursor(self._location(at), record_width=not self._rows_apart)
        self._rows_apart = False

    def mark(self, start: int, end: int) -> None:
        self._composer.selection = Selection(self._location(start), self._location(end))

    def beside(self, at: int, step: int) -> int | None:
        navigator, here = self._composer.navigator, self._location(at)
        edge = navigator.is_last_wrapped_line if step > 0 else navigator.is_first_wrapped_line
        if edge(here):
            return None
        there = navigator.get_location_below if step > 0 else navigator.get_location_above
        self._rows_apart = True
        return self._place(there(here))

    def copied(self) -> str:
        return self._composer.app.clipboard

    def copy(self, text: str) -> None:
        self._composer.app.copy_to_clipboard(text)

    def _place(self, location: Location) -> int:
        row, column = location
        return sum(len(line) + 1 for line in self._composer.document.lines[:row]) + column

    def _location(self, place: int) -> Location:
        for row, line in enumerate(self._composer.document.lines):
            if place <= len(line):
                return row, place
            place -= len(line) + 1
        return self._composer.document.end

    # Keys

    @property
    def told(self) -> str:
        """The mode, and what was begun in it."""
        return f"{self.editor.mode} {self.editor.pending}".rstrip()

    @property
    def takes_text(self) -> bool:
        return self.editor.takes_text

    def has(self, key: str) -> bool:
        return not self.takes_text and self.editor.knows(key)

    def insert(self) -> None:
        self.editor.insert()

    def forget(self) -> None:
        self.editor.forget()

    def about_to_change(self) -> None:
        self.editor.about_to_change()

    async def takes(self, event: events.Key) -> bool:
        if event.key.startswith("alt+"):
            return False
        key = event.character if event.is_printable and event.character else event.key
        composer, editor = self._composer, self.editor
        if not editor.takes_text and not editor.pending:
            if key in IN_COMPOSER:
                await composer.app.run_action(IN_COMPOSER[key])
                return True
            if key in {"delete", "home", "end"} and not composer.text:
                return False
        if editor.pending in PUTS and key in {"p", "P"}:
            self._put_clipboard(behind=key == "p")
            return True
        told = editor.press(key)
        if told == "passed on":
            return False
        if told in {"older", "newer"}:
            await self._recall(-1 if told == "older" else 1)
        composer.completions.close()
        composer.show_mode()
        return True

    def _put_clipboard(self, *, behind: bool) -> None:
        self.editor.drop()
        if behind and self.text:
            self._composer.move_cursor_relative(columns=1)
        self._composer.action_paste_any()

    async def _recall(self, step: int) -> None:
        composer = self._composer
        if composer.waits and not composer.text and step < 0:
            await composer.app.run_action("app.edit_waiting")
        else:
            composer.recall(step)


class VimTranscript:
    """Keys in the transcript. They are in force on a chosen turn, and on any while the composer is
    in normal mode: who was writing goes on writing."""

    def __init__(self, transcript: Transcript, writing: Callable[[], bool]) -> None:
        self._transcript = transcript
        self._writing = writing
        self._begun = ""

    async def takes(self, event: events.Key) -> bool:
        if self._writing() and not self._transcript.chosen:
            return False
        key = event.character if event.is_printable and event.character else event.key
        keys, self._begun = self._begun + key, ""
        if keys == "g":
            self._begun = keys
            return True
        action = IN_TRANSCRIPT.get(keys) or IN_TRANSCRIPT.get(key)
        if action is None:
            return False
        await self._transcript.run_action(action)
        return True
