"""What was deleted or yanked, and from where it is put again."""

from __future__ import annotations

from dataclasses import dataclass

from chatui.text.vim.edited import VimText

CLIPBOARD = ("+", "*")
NOWHERE = "_"


@dataclass(frozen=True, slots=True)
class Taken:
    """`lines`: whether it is whole lines; the text is without the last one's end."""

    text: str = ""
    lines: bool = False


class VimRegisters:
    """By letter: a capital adds to what is there, `+` and `*` are the clipboard, `_` keeps nothing,
    and "" is what was taken last."""

    def __init__(self, edited: VimText) -> None:
        self._edited = edited
        self._taken: dict[str, Taken] = {}

    def keep(self, register: str, taken: Taken) -> None:
        if register == NOWHERE:
            return
        if register in CLIPBOARD:
            self._edited.copy(taken.text + "\n" * taken.lines)
            return
        known = self._taken.get(register.lower())
        if register.isupper() and known:
            between = "\n" if known.lines or taken.lines else ""
            taken = Taken(known.text + between + taken.text, known.lines or taken.lines)
        self._taken[""] = taken
        if register:
            self._taken[register.lower()] = taken

    def kept(self, register: str) -> Taken:
        if register in CLIPBOARD:
            copied = self._edited.copied()
            return Taken(copied.removesuffix("\n"), copied.endswith("\n"))
        return self._taken.get(register.lower(), Taken())
