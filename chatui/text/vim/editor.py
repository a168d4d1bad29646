"""One who edits with Vim's keys: the mode, what was pressed so far, what was taken, what can be
undone. What is edited is handed in and does the work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from chatui.text.vim.changes import (
    VimChange,
    difference,
    join,
    overwrite,
    overwrite_all,
    put,
    put_over,
    swap_case,
)
from chatui.text.vim.characters import (
    Characters,
    first_written,
    line_end,
    line_start,
    lines_on,
)
from chatui.text.vim.commands import OPERATORS, VimCommand, read_keys
from chatui.text.vim.edited import VimText
from chatui.text.vim.motions import (
    MOTIONS,
    Moment,
    MotionEnd,
    Reach,
    motion,
    text_object,
    word_end_from_here,
)
from chatui.text.vim.registers import Taken, VimRegisters

Mode = Literal["INSERT", "NORMAL", "VISUAL", "VISUAL LINE"]
Told = Literal["done", "passed on", "older", "newer"]
"""What became of a key: it was taken; it is for somebody else; it asks for the prompt before or
behind, because there is no line there."""
MOST_UNDONE = 200
UP_AND_DOWN = {"j": 1, "down": 1, "gj": 1, "k": -1, "up": -1, "gk": -1}
UPWARDS = {"k", "up", "gg", "p"}
"""What a yank of whole lines goes to the first line of, as they lead there."""
INSERTING = {"i", "a", "I", "A", "o", "O"}
SHORT_FOR = {"x": "dl", "X": "dh", "D": "d$", "C": "c$", "s": "cl", "S": "cc", "Y": "yy"}
SHORT_FOR |= {"delete": "dl"}
ON_MARKED = {"x": "d", "delete": "d", "X": "d", "D": "d", "s": "c", "S": "c", "C": "c", "Y": "y"}
CHANGING = OPERATORS - {"y"} | INSERTING | {"p", "P", "r", "J", "~", "d", "c"}
BACK = {"f": "F", "F": "f", "t": "T", "T": "t"}
ENDING = frozenset({"escape", "enter", "tab", "shift+enter"})
"""Keys that end what was begun, and are for somebody else where nothing was."""


@dataclass(frozen=True, slots=True)
class Inserting:
    """What began the insert mode, the text of then, and what undo goes back to."""

    command: VimCommand
    text: str
    before: tuple[str, int]


class VimEditor:
    """`press` takes a key that was pressed. It begins in insert mode, as a shell's line does."""

    def __init__(self, edited: VimText) -> None:
        self._edited = edited
        self.mode: Mode = "INSERT"
        self._keys: list[str] = []
        self._anchor = 0
        self._visual_at = 0
        self._registers = VimRegisters(edited)
        self._found: tuple[str, str] = "", ""
        self._undo: list[tuple[str, int]] = []
        self._redo: list[tuple[str, int]] = []
        self._repeatable: tuple[VimCommand, str] | None = None
        self._inserting = Inserting(VimCommand("i"), "", ("", 0))
        self._units: tuple[str, ...] = ()
        self._characters = Characters()

    @property
    def pending(self) -> str:
        """The keys of a command that isn't whole."""
        return "".join(self._keys)

    @property
    def takes_text(self) -> bool:
        return self.mode == "INSERT"

    def forget(self) -> None:
        """Another text is edited from now on."""
        self._keys.clear()
        self._undo.clear()
        self._redo.clear()
        text, at = self._edited.text, self._edited.at
        self._inserting = Inserting(VimCommand("i"), text, (text, at))
        if self.mode != "INSERT":
            self.mode = "NORMAL"
            self._stand()

    def insert(self) -> None:
        """Insert mode, wherever it was."""
        if self.mode != "INSERT":
            self._keys.clear()
            self._begin_inserting(VimCommand("i"))

    def drop(self) -> None:
        """What was begun is not to be ended."""
        self._keys.clear()

    def about_to_change(self) -> None:
        """Something else than a key changes the text in normal mode, a paste say."""
        if self.mode != "INSERT":
            self._leave_visual()
            self._keep((self._edited.text, self._edited.at))

    def press(self, key: str) -> Told:
        """`key` is what it writes, else its name."""
        self._know_units()
        if self.mode == "INSERT" and key == "escape":
            self._end_inserting()
        elif self.mode == "INSERT" or (key in ENDING and self.mode == "NORMAL" and not self._keys):
            return "passed on"
        elif key in ENDING:
            self._keys.clear()
            self._leave_visual()
        else:
            return self._command(key)
        return "done"

    def _command(self, key: str) -> Told:
        self._take_up_marked()
        if len(key) > 1 and not self._keys and not self.knows(key):
            return "passed on"
        self._keys.append(key)
        command = read_keys(self._keys, visual=self.mode != "NORMAL")
        if command is None:
            return "done"
        self._keys.clear()
        if isinstance(command, bool):
            return "done"
        return self._visual(command) if self.mode != "NORMAL" else self._normal(command)

    @staticmethod
    def knows(key: str) -> bool:
        """Whether it is one of Vim's, of those that have a name."""
        return key in MOTIONS or key in SHORT_FOR or key == "ctrl+r"

    def _know_units(self) -> None:
        units = tuple(self._edited.units)
        if units != self._units:
            self._units, self._characters = units, Characters(units)

    def _take_up_marked(self) -> None:
        """What a pointer has marked is a visual mode's."""
        marked = self._edited.marked
        if self.mode == "NORMAL" and marked is not None and marked[0] != marked[1]:
            start, end = sorted(marked)
            self.mode = "VISUAL"
            self._anchor, self._visual_at = start, self._characters.before(self._edited.text, end)

    # Normal mode

    def _normal(self, command: VimCommand) -> Told:
        name = command.name
        if name in UP_AND_DOWN:
            return self._up_or_down(command)
        if name == ".":
            self._repeat(command)
        elif name == "u":
            self._step(self._undo, self._redo, command.count)
        elif name == "ctrl+r":
            self._step(self._redo, self._undo, command.count)
        elif name in {"v", "V"}:
            self.mode = "VISUAL" if name == "v" else "VISUAL LINE"
            self._anchor = self._visual_at = self._edited.at
            self._show_marked()
        elif (end := self._motion(command.name, command)) is not None:
            self._edited.move(end.at)
            self._stand()
        else:
            self._change(command)
        return "done"

    def _change(self, command: VimCommand) -> None:
        """Does a command that may change the text, and keeps it for `.` where it did."""
        short = SHORT_FOR.get(command.name)
        if short:
            command = replace(command, name=short[0], motion=short[1])
        if command.name not in CHANGING and command.name not in OPERATORS:
            return
        before = self._edited.text, self._edited.at
        if command.name in OPERATORS:
            self._operate(command)
        elif command.name in INSERTING:
            self._open(command)
        else:
            self._simply(command)
        if self.mode == "INSERT":
            self._inserting = replace(self._inserting, before=before)
        else:
            self._stand()
            if self._edited.text != before[0]:
                self._keep(before)
                self._repeatable = command, ""

    def _up_or_down(self, command: VimCommand) -> Told:
        """By rows of the screen: a question is often one long line."""
        step, at, moved = UP_AND_DOWN[command.name], self._edited.at, False
        for _ in range(command.count):
            there = self._edited.beside(at, step)
            if there is None:
                break
            at, moved = there, True
        if not moved:
            return "newer" if step > 0 else "older"
        self._edited.move(self._characters.within(self._edited.text, at))
        return "done"

    def _motion(self, name: str, command: VimCommand) -> MotionEnd | None:
        """Where a motion leads; an operator's has the command's count and target, too."""
        target = command.target
        at = self._visual_at if self.mode.startswith("VISUAL") else self._edited.at
        text = self._edited.text
        if name in {";", ","}:
            back, (name, target) = name == ",", self._found
            name = BACK.get(name, "") if back else name
            # Or it would stay beside what it is beside already.
            if name == "t":
                at = self._characters.after(text, at)
            elif name == "T":
                at = self._characters.before(text, at)
        elif name in BACK:
            self._found = name, target
        now = Moment(text, at, self._characters, command.count, command.counted, target)
        return motion(name, now)

    def _stand(self) -> None:
        """On a character, not behind a line's last one."""
        text, at = self._edited.text, self._edited.at
        self._edited.move(self._characters.within(text, at))

    # Operators

    def _operate(self, command: VimCommand) -> None:
        span = self._span(command)
        if span is not None:
            start, end, reach = span
            self._apply(command, start, end, lines=reach == "lines")

    def _span(self, command: VimCommand) -> tuple[int, int, Reach] | None:
        """From where to where the operator goes, the end not included."""
        text, at = self._edited.text, self._edited.at
        if command.motion == command.name:
            last = lines_on(text, at, command.count - 1)
            return line_start(text, at), line_end(text, last), "lines"
        now = Moment(text, at, self._characters, command.count)
        if command.motion[:1] in {"i", "a"} and len(command.motion) == 2:
            return text_object(command.motion, now)
        if command.name == "c" and command.motion in {"w", "W"} and text[at : at + 1].strip():
            end: MotionEnd | None = word_end_from_here(now, big=command.motion == "W")
        else:
            end = self._motion(command.motion, command)
        if end is None:
            return self._span_of_nothing(command)
        start, stop = sorted((at, end.at))
        over = text[start:stop]
        if end.reach == "lines":
            start, stop = line_start(text, start), line_end(text, stop)
        elif end.reach == "inclusive":
            stop = self._characters.after(text, stop)
        elif command.motion in {"w", "W"} and over[:1] == "\n":
            return at, at, "lines"
        elif command.motion in {"w", "W"} and "\n" in over:
            # What follows is another line's.
            stop = line_end(text, start + len(over.rstrip()))
        return start, stop, end.reach

    def _span_of_nothing(self, command: VimCommand) -> tuple[int, int, Reach] | None:
        """Of an operator whose motion leads nowhere."""
        at = self._edited.at
        if command.motion in {"e", "E"}:
            # On the last character there is: it is the word's end.
            return at, self._characters.after(self._edited.text, at), "exclusive"
        # There is nothing to change on an empty line, and yet one writes there.
        return (at, at, "exclusive") if command.name == "c" and command.motion == "l" else None

    def _apply(self, command: VimCommand, start: int, end: int, *, lines: bool) -> None:
        """Takes the text between two places, which are whole lines where `lines`."""
        text = self._edited.text
        self._registers.keep(command.register, Taken(text[start:end], lines))
        if command.name == "y":
            self._edited.move(start if not lines or command.motion in UPWARDS else self._edited.at)
            return
        if command.name == "d" and lines:
            if end < len(text):
                end += 1
            elif start:
                start -= 1
        if end > start:
            self._edited.replace(start, end, "")
        self._edited.move(start)
        if command.name == "c":
            self._begin_inserting(command)
        elif lines:
            at = min(start, len(self._edited.text))
            self._edited.move(first_written(self._edited.text, line_start(self._edited.text, at)))

    def _simply(self, command: VimCommand) -> None:
        """A command that no motion belongs to."""
        text, at, count = self._edited.text, self._edited.at, command.count
        if command.name in {"p", "P"}:
            kept = self._registers.kept(command.register)
            between = "\n" if kept.lines else ""
            taken = Taken(between.join([kept.text] * count), kept.lines)
            if taken.text or taken.lines:
                self._make(put(text, at, taken, self._characters, behind=command.name == "p"))
        elif command.name == "r":
            self._make(overwrite(text, at, count, command.target, self._characters))
        elif command.name == "~":
            self._make(swap_case(text, at, count, self._characters))
        else:
            for _ in range(max(1, count - 1)):
                self._make(join(self._edited.text, self._edited.at))

    def _make(self, change: VimChange | None) -> None:
        if change is not None:
            self._edited.replace(change.start, change.end, change.text)
            self._edited.move(change.at)

    # Inserting

    def _open(self, command: VimCommand) -> None:
        text, at = self._edited.text, self._edited.at
        if command.name == "a":
            self._edited.move(self._characters.after(text, at))
        elif command.name == "I":
            self._edited.move(first_written(text, at))
        elif command.name == "A":
            self._edited.move(line_end(text, at))
        elif command.name == "o":
            end = line_end(text, at)
            self._edited.replace(end, end, "\n")
            self._edited.move(end + 1)
        elif command.name == "O":
            start = line_start(text, at)
            self._edited.replace(start, start, "\n")
            self._edited.move(start)
        self._begin_inserting(command)

    def _begin_inserting(self, command: VimCommand) -> None:
        self.mode = "INSERT"
        text = self._edited.text
        self._inserting = Inserting(command, text, (text, self._edited.at))

    def _end_inserting(self) -> None:
        self.mode = "NORMAL"
        edited, command = self._edited, self._inserting.command
        written = difference(self._inserting.text, edited.text)[2]
        more = command.count - 1 if command.name in INSERTING else 0
        if written and more:
            again = f"\n{written}" if command.name in {"o", "O"} else written
            at = edited.at
            edited.replace(at, at, again * more)
            edited.move(at + len(again) * more)
        if edited.text != self._inserting.before[0]:
            self._keep(self._inserting.before)
            self._repeatable = command, written
        marked = edited.marked
        at = edited.at if marked is None else marked[1]
        edited.move(self._characters.before(edited.text, at))
        self._stand()

    # Again, and back

    def _repeat(self, command: VimCommand) -> None:
        if self._repeatable is None:
            return
        last, written = self._repeatable
        if command.counted:
            last = replace(last, count=command.count, counted=True)
        self._change(last)
        if self.mode == "INSERT":
            edited, at = self._edited, self._edited.at
            edited.replace(at, at, written)
            edited.move(at + len(written))
            self._end_inserting()
        self._repeatable = last, written

    def _keep(self, before: tuple[str, int]) -> None:
        self._undo.append(before)
        del self._undo[:-MOST_UNDONE]
        self._redo.clear()

    def _step(self, there: list[tuple[str, int]], back: list[tuple[str, int]], count: int) -> None:
        for _ in range(count):
            now = self._edited.text, self._edited.at
            while there and there[-1][0] == now[0]:
                # Nothing was changed then.
                there.pop()
            if not there:
                return
            text, at = there.pop()
            back.append((now[0], at))
            start, stop, written = difference(now[0], text)
            self._edited.replace(start, stop, written)
            self._edited.move(min(at, len(text)))
            self._stand()

    # Visual mode

    def _visual(self, command: VimCommand) -> Told:
        name = command.name
        if name in {"v", "V"}:
            wanted: Mode = "VISUAL" if name == "v" else "VISUAL LINE"
            if wanted == self.mode:
                self._leave_visual()
                return "done"
            self.mode = wanted
        elif name == "o":
            self._anchor, self._visual_at = self._visual_at, self._anchor
        elif name == "object":
            now = Moment(self._edited.text, self._visual_at, self._characters, command.count)
            span = text_object(command.motion, now)
            if span is not None and span[1] > span[0]:
                self._anchor = span[0]
                self._visual_at = self._characters.before(self._edited.text, span[1])
        elif name in UP_AND_DOWN:
            for _ in range(command.count):
                there = self._edited.beside(self._visual_at, UP_AND_DOWN[name])
                if there is None:
                    break
                self._visual_at = self._characters.within(self._edited.text, there)
        elif (end := self._motion(name, command)) is not None:
            self._visual_at = self._characters.within(self._edited.text, end.at)
        elif ON_MARKED.get(name, name) in OPERATORS | {"p", "P", "~", "J", "r"}:
            self._on_marked(replace(command, name=ON_MARKED.get(name, name)), whole=name in "XDSYC")
            return "done"
        self._show_marked()
        return "done"

    def _on_marked(self, command: VimCommand, *, whole: bool) -> None:
        """Does it to what is marked."""
        text = self._edited.text
        start, end = self._span_marked()
        before = text, start
        lines = self.mode == "VISUAL LINE" or whole
        if lines:
            start, end = line_start(text, start), line_end(text, max(start, end - 1))
        self.mode = "NORMAL"
        self._edited.move(start)
        if command.name in OPERATORS:
            self._apply(command, start, end, lines=lines)
        elif command.name in {"p", "P"}:
            taken = self._registers.kept(command.register)
            self._registers.keep(command.register, Taken(text[start:end], lines))
            self._make(put_over(text, start, end, taken, lines=lines))
        elif command.name == "J":
            self._simply(replace(command, count=text.count("\n", start, end) + 1))
        elif command.name == "r":
            self._make(overwrite_all(text, start, end, command.target, self._characters))
        else:
            self._make(VimChange(start, end, text[start:end].swapcase(), start))
        if self.takes_text:
            self._inserting = replace(self._inserting, before=before)
        else:
            self._stand()
            if self._edited.text != text:
                self._keep(before)

    def _span_marked(self) -> tuple[int, int]:
        start, last = sorted((self._anchor, self._visual_at))
        text = self._edited.text
        end = self._characters.after(text, last)
        # A line's end counts where it is empty.
        return start, end + (end == last and end < len(text))

    def _show_marked(self) -> None:
        text = self._edited.text
        if self.mode == "VISUAL LINE":
            first, last = sorted((self._anchor, self._visual_at))
            self._edited.mark(line_start(text, first), line_end(text, last))
        elif self._visual_at >= self._anchor:
            # The cursor's own character is marked by the cursor.
            self._edited.mark(self._anchor, self._visual_at)
        else:
            self._edited.mark(self._characters.after(text, self._anchor), self._visual_at)

    def _leave_visual(self) -> None:
        if self.mode.startswith("VISUAL"):
            self.mode = "NORMAL"
            self._edited.move(self._visual_at)
            self._stand()
