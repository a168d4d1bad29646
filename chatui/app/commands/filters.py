"""`/filters`: what is in force for this chat, and what would be sent in the place of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.domain.conversation import Message, Role
from chatui.domain.errors import FilterBlocked
from chatui.text.safety import one_line
from chatui.widgets.details import Details, Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatui.app.window import Window
    from chatui.jobs.filters.filters import Filter

LONGEST_TOLD = 60
NONE = "None: texts are sent as they are. Name filters in a profile or a provider."


async def filters(window: Window, argument: str) -> None:
    """Shows the filters, and what they make of the argument, or else of what is typed."""
    session = window.session
    services = await session.services()
    name = await services.assistant.model_name(session.settings)
    settings = session.settings.on(name)
    info = await services.catalog.info(name)
    text = argument or window.view.composer.draft
    facts: list[Fact] = [(name, "")]
    screen = services.screen
    found = await screen.in_force(info, settings.filters) if screen is not None else []
    facts += [(one.name, summed_up(one)) for one in found] or [("", NONE)]
    if text.strip() and screen is not None and found:
        facts += [("", ""), ("What would be sent of your text", "")]
        try:
            made = await screen.outgoing(
                [Message(Role.USER, text)], info, settings.filters, session.conversation_id
            )
            swaps = made.swaps if made else ()
            facts += [(one_line(old, LONGEST_TOLD), new) for old, new in swaps]
            facts += [] if swaps else [("", "all of it, as it is")]
        except FilterBlocked as error:
            facts.append(("", str(error)))
    await window.push_screen_wait(Details("Filters", facts))


def summed_up(one: Filter) -> str:
    sought: Sequence[str] = [
        *([f"{len(one.words.words):,} words"] if one.words else []),
        *([f"{len(one.patterns)} patterns"] if one.patterns else []),
        *one.detect,
    ]
    asks = ", asks before sending" if one.confirm else ""
    return f"{one.action}, {one.direction}{asks}: {', '.join(sought)}"


COMMANDS = (
    Command("filters", "[TEXT]", "Show filters, and what they make of a text", filters, leads=True),
)
