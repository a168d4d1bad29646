"""The command palette: what slash commands and keys do, to be chosen by typing a part of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from textual.binding import Binding

from chatui.app.commands.registry import COMMANDS, leads_elsewhere, run
from chatui.widgets.key_names import key_names
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window

NEEDS_ARGUMENT = frozenset({"rename", "ingest", "import"})
SLASH = "slash('{}')"
KEYS_ALONE = frozenset({"next_model", "search_history"})
"""Actions of the window that no command stands for."""


async def open_palette(window: Window) -> None:
    """Runs what is chosen; a command that takes something is written for the user to go on."""
    picker = Picker(
        "Commands",
        palette_rows(window),
        placeholder="Type what you want to do",
        right=frozenset({2}),
        yields=(2,),
        flexible=1,
        hint="↑↓ move · Enter run · Esc close",
    )
    name = await window.push_screen_wait(picker)
    if name is None:
        return
    if name in NEEDS_ARGUMENT:
        window.view.composer.fill(f"/{name} ")
        window.view.composer.focus()
    elif name in COMMANDS:
        if leads_elsewhere(name, ""):
            window.ahead.hold()
        await run(window, name, "")
    else:
        await window.run_action(name)


def palette_rows(window: Window) -> list[PickerRow]:
    """The commands with their keys, then the actions that have a key alone."""
    keymap = asdict(window.keys)
    bound = [each for each in type(window).BINDINGS if isinstance(each, Binding)]
    keys = {each.action: key_names(keymap.get(each.id or "", each.key)) for each in bound}
    rows = [
        PickerRow(
            name,
            (f"/{name}", command.summary, keys.get(SLASH.format(name), "")),
            search=command.usage,
        )
        for name, command in COMMANDS.items()
    ]
    return rows + [
        PickerRow(each.action, ("", each.description, keys[each.action]))
        for each in bound
        if each.action in KEYS_ALONE
    ]
