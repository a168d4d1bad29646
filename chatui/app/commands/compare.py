"""`/compare`: the same question to several models, side by side."""

from __future__ import annotations

import asyncio
import re
from importlib import import_module
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.models import choose, model_figures, model_names
from chatui.app.shell import REPLY, StillAtWork

if TYPE_CHECKING:
    from chatui.app.window import Window

USAGE = "MODEL… [-- QUESTION]"
QUESTION = re.compile(r"(?:^|\s)--(?:\s+|$)")


async def compare(window: Window, argument: str) -> None:
    """A single model is compared with the one that answers now. Raises UsageError and
    UnknownModel before anything is shown."""
    if window.is_replying:
        raise StillAtWork("A reply is still coming: Esc stops it, then compare.", REPLY)
    named, question = parsed(argument)
    if not named:
        chosen = await choose(window)
        if chosen is None:
            return
        named = [chosen]
    # In a thread: it is much, and most sessions never compare.
    await asyncio.to_thread(import_module, "chatui.app.commands.compare_flow")
    from chatui.app.commands import compare_flow

    await compare_flow.run(window, await compare_flow.resolved(window, named), question)


def parsed(argument: str) -> tuple[list[str], str]:
    """The models that are named, and the question behind ` -- `."""
    named, *question = QUESTION.split(argument, maxsplit=1)
    return named.split(), question[0].strip() if question else ""


COMMANDS = (
    Command(
        "compare",
        USAGE,
        "Ask several models the same, side by side",
        compare,
        model_names,
        model_figures,
        leads=True,
    ),
)
