"""All slash commands: found by name, or the nearest one named instead."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from chatui.app.commands import (
    budget,
    chains,
    compact,
    compare,
    context,
    conversations,
    copying,
    cost,
    documents,
    filters,
    help,
    looking_back,
    models,
    notes,
    options,
    pictures,
    pull,
    question_templates,
    side,
    stats,
    tags,
    tokens,
    transfer,
    turns,
    ui,
    versions,
    why,
)
from chatui.app.commands.command import Command
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.app.window import Window


async def help_(window: Window, argument: str) -> None:
    await help.show_help(window, COMMANDS.values())


COMMANDS: dict[str, Command] = {
    command.name: command
    for group in (
        conversations.COMMANDS,
        side.COMMANDS,
        turns.COMMANDS,
        versions.COMMANDS,
        copying.COMMANDS,
        compact.COMMANDS,
        models.COMMANDS,
        (pull.COMMAND, question_templates.COMMAND),
        options.COMMANDS,
        compare.COMMANDS,
        chains.COMMANDS,
        documents.COMMANDS,
        looking_back.COMMANDS,
        pictures.COMMANDS,
        why.COMMANDS,
        (Command("help", "", "Show every key and command", help_, leads=True), context.COMMAND),
        (cost.COMMAND,),
        tokens.COMMANDS,
        notes.COMMANDS,
        filters.COMMANDS,
        (budget.COMMAND,),
        stats.COMMANDS,
        tags.COMMANDS,
        transfer.COMMANDS,
        ui.COMMANDS,
    )
    for command in group
}


def leads_elsewhere(name: str, argument: str) -> bool:
    """Whether what is typed behind the command is for the place that it leads to."""
    command = COMMANDS.get(name)
    return command is not None and command.leads and not argument


async def run(window: Window, name: str, argument: str) -> None:
    """Runs the command. Raises UsageError for a name that none has, with the nearest one."""
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.4)
        hint = f"did you mean /{near[0]}?" if near else "/help lists the commands."
        raise UsageError(f"There is no command /{name}; {hint}")
    await command.run(window, argument)
