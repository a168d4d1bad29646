"""Pictures in the window: pasted from the clipboard, and opened in the system's viewer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatui.app import external_programs
from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError
from chatui.system import clipboard

if TYPE_CHECKING:
    from chatui.app.shown_copies import ShownCopies
    from chatui.app.window import Window
    from chatui.domain.media import Medium


async def paste(window: Window, argument: str) -> None:
    """Puts the picture on the clipboard into the question."""
    data = await asyncio.to_thread(clipboard.picture)
    if data is None:
        raise UsageError("There is no picture on the clipboard.")
    window.view.composer.put_chip(await window.session.files.paste(data))
    window.meter.refresh()


async def paste_any(window: Window) -> None:
    """The picture there, else the text."""
    try:
        data = await asyncio.to_thread(clipboard.picture)
    except UsageError:
        data = None
    if data is not None:
        window.view.composer.put_chip(await window.session.files.paste(data))
        window.meter.refresh()
        return
    try:
        text = await asyncio.to_thread(clipboard.paste)
    except UsageError:
        text = window.clipboard
    if text:
        window.view.composer.put(text)
    else:
        window.say("There is nothing on the clipboard, or nothing that can be read from here.")


async def show(window: Window, argument: str) -> None:
    """Opens a picture or PDF of the turn that is selected, else of the last one that has any."""
    turns = window.session.path.turns
    transcript = window.view.transcript
    key = (transcript.selected_key if transcript else None) or next(
        (key for key, turn in reversed(turns) if turn.media), None
    )
    turn = window.session.path.turn(key) if key else None
    media = turn.media if turn else ()
    if not media:
        raise UsageError("There is no picture to show here.")
    number = int(argument) if argument.isdecimal() and len(argument) < 4 else 1
    if not 1 <= number <= len(media) or (argument and not argument.isdecimal()):
        raise UsageError(f"Name one of them by its number, 1 to {len(media)}.")
    medium = media[number - 1]
    data = medium.data or (await (await window.session.services()).store.media([medium.hash])).get(
        medium.hash
    )
    if not data:
        raise UsageError(f"{medium.name} is not stored any more.")
    await asyncio.to_thread(_open, window.shown_copies, medium, data)
    window.say(f"{medium.name} is opened in another program.")


def _open(copies: ShownCopies, medium: Medium, data: bytes) -> None:
    external_programs.show(external_programs.viewer_command(copies.of(medium, data)))


COMMANDS = (
    Command("paste", "", "Put the clipboard's picture into the question", paste),
    Command("show", "[N]", "Open a turn's picture or PDF in another program", show),
)
