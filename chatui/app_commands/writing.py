"""Writing with help: the editor, earlier prompts, and passages opened where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

from chatui import opening
from chatui.errors import UsageError
from chatui.widgets.history_search import HistorySearch

if TYPE_CHECKING:
    from chatui.app import ChatuiApp
    from chatui.passage import Passage

Result = TypeVar("Result")


async def outside(window: ChatuiApp, work: Callable[[], Result]) -> Result:
    """Runs something that takes the terminal, in a thread: a reply goes on meanwhile, and
    nothing is drawn until the window has the terminal again."""
    try:
        with window.batch_update(), window.suspend():
            return await asyncio.to_thread(work)
    except SuspendNotSupported as error:
        raise UsageError("This terminal can't be lent to an editor.") from error


async def write_in_editor(window: ChatuiApp) -> None:
    command = await asyncio.to_thread(opening.editor_command)
    draft = window.view.composer.draft
    window.view.composer.fill(await outside(window, lambda: opening.edit(draft, command)))
    window.refresh_meter()


async def search_history(window: ChatuiApp) -> None:
    prompts = window.view.composer.past_prompts.prompts
    chosen = await window.push_screen_wait(HistorySearch(prompts))
    if chosen is not None:
        window.view.composer.fill(prompts[int(chosen)])
    window.view.composer.focus()


async def open_passage(window: ChatuiApp, passage: Passage) -> None:
    """Opens the passage's file: a text at its line, a PDF in the system's viewer."""
    path = Path(passage.path)
    if not await asyncio.to_thread(path.is_file):
        raise UsageError(f"{path} is not there any more: read it in again with /ingest.")
    if passage.page is not None:
        command = await asyncio.to_thread(opening.viewer_command, path)
        await asyncio.to_thread(opening.show, command)
        window.say(f"Opening {passage.source}; the passage is on page {passage.page}.")
        return
    editor = await asyncio.to_thread(opening.editor_command)
    command = opening.at_line(editor, path, passage.line_start)
    await outside(window, lambda: opening.run(command))
