"""Writing with help: the editor, earlier prompts, and passages opened where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

from chatui.app import external_programs
from chatui.domain.errors import UsageError
from chatui.widgets.history_search import HistorySearch

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.domain.passage import Passage
    from chatui.retrieval.library.records import FileRow

Result = TypeVar("Result")


async def outside(window: Window, work: Callable[[], Result]) -> Result:
    """Runs something that takes the terminal, in a thread: a reply goes on meanwhile, and
    nothing is drawn until the window has the terminal again."""
    try:
        with window.batch_update(), window.suspend():
            return await asyncio.to_thread(work)
    except SuspendNotSupported as error:
        raise UsageError("This terminal can't be lent to an editor.") from error


async def write_in_editor(window: Window) -> None:
    command = await asyncio.to_thread(external_programs.editor_command)
    draft = window.view.composer.draft
    window.view.composer.fill(await outside(window, lambda: external_programs.edit(draft, command)))
    window.meter.refresh()


async def search_history(window: Window) -> None:
    prompts = window.view.composer.past_prompts.prompts
    chosen = await window.push_screen_wait(HistorySearch(prompts))
    if chosen is not None:
        window.view.composer.fill(prompts[int(chosen)])
    window.view.composer.focus()


async def open_passage(window: Window, passage: Passage, line: int) -> None:
    """Opens the passage's file: a text at its line, a PDF at its page, another document in
    the system's viewer. Says so when the file has changed since it was read in."""
    from chatui.retrieval.locate import find_place

    known = await known_file(window, passage)
    place = await asyncio.to_thread(find_place, passage, line, known)
    path = Path(known.path)
    changed = (
        f"{passage.source} has changed since it was read in, the passage may stand elsewhere: "
        "/ingest reads it again."
    )
    if passage.page is not None and not passage.is_slide:
        command = await asyncio.to_thread(external_programs.page_command, path, passage.page)
    elif place.line is None:
        command = await asyncio.to_thread(external_programs.viewer_command, path)
    else:
        editor = await asyncio.to_thread(external_programs.editor_command)
        command = external_programs.at_line(editor, path, place.line)
        await outside(window, lambda: external_programs.run(command))
        if place.changed:
            window.say(changed, "warning")
        return
    await asyncio.to_thread(external_programs.show, command)
    where = (
        f"the passage is on {passage.page_name}" if passage.page_name else "look for the heading"
    )
    if place.changed:
        window.say(changed, "warning")
    else:
        window.say(f"Opening {passage.source}; {where}.")


async def known_file(window: Window, passage: Passage) -> FileRow:
    """What the library knows of the passage's file. Raises UsageError when it is in no collection:
    a passage may come out of a conversation that was imported, and the path in it is only data."""
    services = await window.session.services()
    library = services.library
    if named := services.documents.sources.reader.seen.get(passage.path):
        return named
    names = [info.name for info in await library.collections()]
    for name in sorted(names, key=lambda name: name != passage.collection):
        collection = await library.collection(name)
        found = (await library.files(collection.id)).get(passage.path)
        if found is not None and Path(found.path).is_absolute():
            return found
    raise UsageError(
        f"{passage.source} is in none of your collections, so it is not opened: read it in with "
        "/ingest, or open it yourself."
    )
