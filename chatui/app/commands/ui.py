"""Commands on the window itself: colours, reasoning, the editor, leaving."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.app.commands import editor
from chatui.app.commands.command import Command
from chatui.app.themes import THEMES
from chatui.domain.errors import UsageError
from chatui.widgets.picker import Picker, PickerRow

if TYPE_CHECKING:
    from chatui.app.window import Window


async def theme(window: Window, argument: str) -> None:
    names = await theme_names(window)
    if not names:
        raise UsageError("This terminal shows no colours, so there are none to choose from.")
    name: str | None = argument
    if not argument:
        rows = [
            PickerRow(
                known,
                (known, "dark" if window.available_themes[known].dark else "light"),
                mark="●" if known == window.theme else "",
            )
            for known in names
        ]
        name = await tried(window, rows)
    elif argument not in names:
        near = difflib.get_close_matches(argument, names, n=1, cutoff=0.3)
        raise UsageError(f"There is no theme {argument}; did you mean {(near or names)[0]}?")
    if name:
        window.choose_theme(name)


async def tried(window: Window, rows: Sequence[PickerRow]) -> str:
    """The theme that was chosen, else the one of before: each is shown while the mark is on it."""
    before = window.theme

    def show(name: str) -> None:
        window.theme = name

    hint = "↑↓ try · Enter keep · Esc as before"
    return await window.push_screen_wait(Picker("Themes", rows, hint=hint, on_moved=show)) or before


async def on_or_off(window: Window) -> list[str]:
    return ["on", "off"]


async def theme_names(window: Window) -> list[str]:
    """Our own first, then those that Textual brings; of a terminal with few colours those of its
    own palette, and none where it has none."""
    own = [known.name for known in THEMES]
    names = own + sorted(set(window.available_themes) - set(own))
    if window.terminal.colours >= 256:
        return names
    of_palette = [name for name in names if window.available_themes[name].ansi]
    return of_palette if window.terminal.colours else []


async def reasoning(window: Window, argument: str) -> None:
    shown = await window.view.toggle_reasoning()
    window.say("The reasoning is shown." if shown else "The reasoning is hidden.")


async def times(window: Window, argument: str) -> None:
    """Shows when the turns were asked, or hides it."""
    await window.view.show_times(not window.view.times_shown)


async def vim(window: Window, argument: str) -> None:
    """Switches Vim's keys on or off."""
    if argument not in {"", "on", "off"}:
        raise UsageError("Write /vim on or /vim off.")
    on = argument == "on" if argument else window.view.composer.vim is None
    await window.choose_vim(on)
    told = "Vim's keys are on: Esc is normal mode, F1 lists them." if on else "Vim's keys are off."
    window.say(told)


async def write(window: Window, argument: str) -> None:
    await editor.write_in_editor(window)


async def quit_(window: Window, argument: str) -> None:
    await window.action_quit()


COMMANDS = (
    Command("editor", "", "Write the question in $EDITOR", write),
    Command("theme", "[NAME]", "Choose the colours", theme, theme_names, leads=True),
    Command("reasoning", "", "Show or hide the models' reasoning", reasoning),
    Command("times", "", "Show or hide when turns were asked", times),
    Command("vim", "[on|off]", "Vim's keys in the composer and the transcript", vim, on_or_off),
    Command("quit", "", "Leave; a reply that is coming is stored first", quit_),
)
