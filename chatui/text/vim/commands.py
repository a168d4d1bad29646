"""What keys in normal and visual mode say: a pure reading of those that were pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatui.text.vim.motions import MOTIONS

OPERATORS = frozenset("dcy")
WITH_CHARACTER = frozenset("fFtTr")
"""Keys that the next one is for."""
LONG = frozenset({"gg", "ge", "gE", "gj", "gk", "g_"})
MOST = 9_999
"""The highest count: a slip must not keep the window at work."""


@dataclass(frozen=True, slots=True)
class VimCommand:
    """`name` is the operator, or what to do without one; `motion` what the operator is for: a
    motion, an object, or the operator again for whole lines. `target` is what f, t or r is given,
    `register` a letter, or "" for the unnamed one."""

    name: str
    motion: str = ""
    target: str = ""
    count: int = 1
    counted: bool = False
    register: str = ""


def read_keys(keys: Sequence[str], *, visual: bool = False) -> VimCommand | bool | None:
    """The command; None while it isn't whole; False where there is none like that."""
    reader = _KeyReader(keys, visual=visual)
    try:
        return reader.command()
    except IndexError:
        return None
    except _NoSuchCommand:
        return False


class _NoSuchCommand(Exception):
    pass


class _KeyReader:
    def __init__(self, keys: Sequence[str], *, visual: bool) -> None:
        self._keys = keys
        self._visual = visual
        self._place = 0
        self._count = 0

    def command(self) -> VimCommand:
        register = ""
        self._number()
        while self._keys[self._place] == '"':
            self._next()
            register = self._next()
            self._number()
        name, target = self._name()
        motion = ""
        if name in OPERATORS and not self._visual:
            before, self._count = self._count, 0
            self._number()
            motion = self._next()
            if motion in {"i", "a"}:
                motion += self._next()
            elif motion != name:
                self._place -= 1
                motion, target = self._name()
                if motion not in MOTIONS and motion not in {";", ","}:
                    raise _NoSuchCommand
            self._count = min(MOST, (before or 1) * (self._count or 1)) if before else self._count
        elif self._visual and name in {"i", "a"}:
            motion, name = name + self._next(), "object"
        return VimCommand(name, motion, target, self._count or 1, bool(self._count), register)

    def _name(self) -> tuple[str, str]:
        name = self._next()
        if name in WITH_CHARACTER:
            return name, self._next()
        if name == "g":
            name += self._next()
            if name not in LONG:
                raise _NoSuchCommand
        return name, ""

    def _number(self) -> None:
        """A count; 0 alone is a motion."""
        while (key := self._keys[self._place]) and len(key) == 1 and key in "0123456789":
            if key == "0" and not self._count:
                return
            self._count = min(MOST, self._count * 10 + int(key))
            self._place += 1

    def _next(self) -> str:
        key = self._keys[self._place]
        self._place += 1
        return key
