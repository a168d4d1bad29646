"""What the terminal can show and what it obeys, as far as its environment tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ALL_COLOURS = 1 << 24
Multiplexer = Literal["", "tmux", "screen"]

_COLOURLESS = re.compile(r"vt(?:52|[1-4]\d\d)(?:-.*)?|.*-(?:m|mono)|dumb|unknown|")
"""Terminals without colours, and those that are told to go without, by their names in terminfo."""
_MANY = ("256color", "kitty")
"""How the names of those end that have 256 colours; Textual goes by the same."""
LIGHT = frozenset(("7", "9", "10", "11", "12", "13", "14", "15"))
"""The background's number in COLORFGBG, among the sixteen colours."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """`colours` is how many it shows: 0 none, 16 those of its own palette, 256, or ALL_COLOURS.
    `dark` is whether its background is, None where nobody says. `multiplexer` stands between."""

    name: str = "xterm-256color"
    colours: int = ALL_COLOURS
    dark: bool | None = None
    multiplexer: Multiplexer = ""

    @property
    def is_console(self) -> bool:
        """Whether it is Linux's own, on a screen without a desktop: its font has few marks, and it
        has no clipboard."""
        return self.name == "linux" or self.name.startswith("linux-")

    @property
    def is_modern(self) -> bool:
        """Whether it passes over sequences that it doesn't know. Others write what follows them on
        the screen."""
        return not self.is_console and _COLOURLESS.fullmatch(self.name) is None


def terminal_of(environ: Mapping[str, str]) -> Terminal:
    name = environ.get("TERM", "")
    return Terminal(name, _colours(name, environ), _dark(name, environ), _between(name, environ))


def _colours(name: str, environ: Mapping[str, str]) -> int:
    # Set and not empty, as no-color.org has it.
    if environ.get("NO_COLOR"):
        return 0
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return ALL_COLOURS
    if name.rpartition("-")[2] in _MANY:
        return 256
    return 0 if _COLOURLESS.fullmatch(name) else 16


def _dark(name: str, environ: Mapping[str, str]) -> bool | None:
    told = environ.get("COLORFGBG", "").rpartition(";")[2]
    if told.isdecimal():
        return told not in LIGHT
    return True if Terminal(name).is_console else None


def _between(name: str, environ: Mapping[str, str]) -> Multiplexer:
    # tmux calls its terminal "screen" too, unless told otherwise.
    if environ.get("TMUX") or name.startswith("tmux"):
        return "tmux"
    return "screen" if environ.get("STY") or name.startswith("screen") else ""
