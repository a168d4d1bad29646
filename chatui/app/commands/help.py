"""`/help`: the keys in force and the commands, each from the table that makes it work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from chatui.app.commands.command import Command
from chatui.widgets.composer import Composer
from chatui.widgets.help_list import HelpEntry, HelpList
from chatui.widgets.key_names import key_names
from chatui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from chatui.app.window import Window

KEYS, ON_A_TURN, COMMANDS = "Keys", "Keys on a turn that is chosen in the transcript", "Commands"
VIM = "Vim's keys"
IN_PLACES = (
    ("\\ Enter", "New line"),
    ("Esc Esc", "Edit the last question"),
    ("↑ ↓", "Earlier prompts, at the text's edges"),
    ("PgUp PgDn", "Scroll the transcript"),
    ("Ctrl+Home Ctrl+End", "To its start; to its end, and follow (End: with nothing written)"),
    ("Esc, then ↑ ↓", "Into the transcript, and choose a turn there; Esc leads back"),
    ("@ # /", "Complete files, collections, commands"),
)
"""What keys do by where the cursor is, which no binding tells."""


async def show_help(window: Window, commands: Iterable[Command]) -> None:
    """A command that is chosen is written, where nothing else is."""
    keymap = asdict(window.keys)
    bindings = (*type(window).BINDINGS, *Composer.BINDINGS)
    entries = [
        *key_entries(bindings, keymap, KEYS),
        *(HelpEntry(keys, text, KEYS) for keys, text in IN_PLACES),
        *key_entries(Transcript.BINDINGS, keymap, ON_A_TURN),
        *(HelpEntry(keys, text, VIM) for keys, text in vim_help(window)),
        *(HelpEntry(f"/{one.name}", one.summary, COMMANDS, one.usage) for one in commands),
    ]
    name = await window.push_screen_wait(HelpList(entries))
    composer = window.view.composer
    if name is not None and not composer.text.strip():
        composer.fill(f"{name} ")
        composer.focus()


def vim_help(window: Window) -> tuple[tuple[str, str], ...]:
    """Nothing, while they are off."""
    if window.view.composer.vim is None:
        return ()
    from chatui.widgets.vim_keys import VIM_HELP

    return VIM_HELP


def key_entries(
    bindings: Iterable[BindingType], keymap: Mapping[str, str], section: str
) -> Iterator[HelpEntry]:
    """The keys in force and what they do, for bindings that have a description."""
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            keys = keymap.get(binding.id or "", binding.key)
            yield HelpEntry(key_names(keys), binding.description, section)
