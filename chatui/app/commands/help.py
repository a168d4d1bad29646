"""Commands that tell something: keys, the context."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from chatui.app.commands.command import Command
from chatui.widgets.composer import Composer
from chatui.widgets.details import GAP, Details, Fact, text_width
from chatui.widgets.key_names import key_names
from chatui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from chatui.app.window import Window

NAMES = 26
"""Cells of the widest name in the help; a command that takes more is told of in lines."""


async def show_help(window: Window, commands: Iterable[Command]) -> None:
    keymap = asdict(window.keys)
    facts: list[Fact] = [("Keys", "")]
    facts += key_facts((*type(window).BINDINGS, *Composer.BINDINGS), keymap)
    facts += [
        ("\\ Enter", "New line"),
        ("Esc Esc", "Edit the last question"),
        ("↑ ↓", "Earlier prompts, at the text's edges"),
        ("PgUp PgDn", "Scroll the transcript"),
        ("Ctrl+Home Ctrl+End", "To its start; to its end, and follow (End: with nothing written)"),
        ("Esc, then ↑ ↓", "Into the transcript, and choose a turn there; Esc leads back"),
        ("@ # /", "Complete files, collections, commands"),
        ("", ""),
        ("Keys on a turn that is chosen in the transcript", ""),
        *key_facts(Transcript.BINDINGS, keymap),
        ("", ""),
        ("Commands", ""),
    ]
    room = text_width(window.size.width, NAMES + GAP)
    for command in commands:
        facts += command_facts(command, room)
    await window.push_screen_wait(Details("Help", facts))


def command_facts(command: Command, room: int) -> list[Fact]:
    """What a command takes and does, in lines of so many cells beside its name; what it takes
    stands below where that is long."""
    name, usage = f"/{command.name} {command.usage}".rstrip(), ""
    if len(name) > NAMES:
        name, usage = f"/{command.name}", command.usage
    lines = [line for text in (command.summary, usage) for line in textwrap.wrap(text, room)]
    return [(name if at == 0 else "", line) for at, line in enumerate(lines)]


def key_facts(bindings: Iterable[BindingType], keymap: Mapping[str, str]) -> list[Fact]:
    """The keys in force and what they do, for bindings that have a description."""
    facts = []
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            keys = keymap.get(binding.id or "", binding.key)
            facts.append((key_names(keys), binding.description))
    return facts
