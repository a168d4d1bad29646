"""Every key and command in two columns, to be found by typing a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from chatui.widgets.picker import Picker, PickerRow


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """`name` is a key or a command, `text` what it does, `usage` what a command takes besides."""

    name: str
    text: str
    section: str
    usage: str = ""

    @property
    def is_command(self) -> bool:
        # The key is a slash alone.
        return self.name[:1] == "/" and len(self.name) > 1

    @property
    def told(self) -> str:
        """All of it, for below the list."""
        return f"{f'{self.name} {self.usage}'.rstrip()}: {self.text}"


class HelpList(Picker):
    """Answers with the command that was chosen; a key has nothing to choose. What stands below the
    list is all of the marked row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "dismiss(None)", "Close", show=False, priority=True)
    ]

    def __init__(self, entries: Sequence[HelpEntry]) -> None:
        self._entries = {str(number): entry for number, entry in enumerate(entries)}
        super().__init__(
            "Help",
            [
                PickerRow(number, (one.name, one.text), search=one.usage, section=one.section)
                for number, one in self._entries.items()
            ],
            placeholder="Type a key, a command, or a word of what it does",
            flexible=1,
            hint="↑↓ read · Enter write the command · Esc close",
        )

    @on(OptionList.OptionHighlighted, "#rows")
    def _read(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:
            self._remark = self._entries[event.option.id].told
            self._say(self._remark)

    def choose(self) -> None:
        entry = self._entries.get(self.chosen or "")
        self.dismiss(entry.name if entry is not None and entry.is_command else None)
