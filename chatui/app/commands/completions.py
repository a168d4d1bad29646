"""What the composer offers while the user types."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.app.commands.registry import COMMANDS
from chatui.app.file_names import file_names, paths_to_read
from chatui.text.file_naming import quoted
from chatui.text.matching import PREFIX, WORD_START, matching, place
from chatui.widgets.completion import Completion
from chatui.widgets.triggers import Trigger

if TYPE_CHECKING:
    from chatui.app.window import Window

OFFERED = 50


async def offer(window: Window, trigger: Trigger) -> None:
    window.view.composer.offer(trigger, await completions(window, trigger), usage_of(trigger))


def usage_of(trigger: Trigger) -> str:
    """What the command whose argument is typed takes and does."""
    command = COMMANDS.get(trigger.command) if trigger.kind == "argument" else None
    if command is None or not command.usage:
        return ""
    return f"/{command.name} {command.usage} · {command.summary}"


async def completions(window: Window, trigger: Trigger) -> list[Completion]:
    match trigger.kind:
        case "command":
            return commands(trigger.text)
        case "argument":
            return await arguments(window, trigger)
        case "file":
            return await files(trigger.text)
        case "collection":
            return await documents(window, trigger.text)


def commands(typed: str) -> list[Completion]:
    found = matching(typed, COMMANDS.values(), lambda command: command.name)
    return [
        Completion(command.name, f"/{command.name} {command.usage}".rstrip(), command.summary)
        for command in found
    ]


async def arguments(window: Window, trigger: Trigger) -> list[Completion]:
    command = COMMANDS.get(trigger.command)
    if command is None:
        return []
    if command.name in {"ingest", "import"}:
        typed = trigger.text.removeprefix('"')
        quote = '"' if typed != trigger.text else ""
        if quote and typed.endswith(quote):
            return []  # A whole path: Enter must send it.
        names = await asyncio.to_thread(paths_to_read, typed, Path(), OFFERED)
        return [
            Completion(
                f"{quote}{name}" + (quote if name[-1:] != "/" else ""),
                name,
                ends=not quote and name[-1:] != "/",
            )
            for name in names
        ]
    if command.choices is None:
        return []
    names = matching(trigger.text, await command.choices(window), limit=OFFERED)
    # Nothing is left to complete behind a whole name; Enter must send it.
    if trigger.text in names:
        return []
    known = await command.describe(window, names) if command.describe else {}
    return [Completion(name, name, known.get(name, "")) for name in names]


async def files(typed: str) -> list[Completion]:
    names = await names_of_files(typed)
    return [
        Completion(f'"{name}"' if " " in name else name, name, ends=not name.endswith("/"))
        for name in names
    ]


async def documents(window: Window, typed: str) -> list[Completion]:
    """Collections, and the files of the one that is looked into. Prose is left alone: of "#12"
    nothing is meant, and elsewhere a word of the name has to begin with what is typed."""
    names = await window.session.collections()
    found = [Completion(name, f"#{name}", "collection") for name in matching(typed, names)]
    services = await window.session.services()
    known = await services.documents.sources.known(window.session.settings.collection)
    sources = dict.fromkeys(file.source for file in known if file.row.outcome == "read")
    if typed.isdigit():
        return found
    words = typed.lower().split()
    near = [name for name in sources if (place(words, name.lower()) or PREFIX) <= WORD_START]
    found += [Completion(quoted(name), f"#{name}") for name in matching(typed, near, limit=OFFERED)]
    return found


async def names_of_files(typed: str) -> list[str]:
    return await asyncio.to_thread(file_names, typed, Path(), OFFERED)
