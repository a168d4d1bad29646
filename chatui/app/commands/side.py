"""The list of conversations at the left: shown, kept up to date, and what its keys do."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatui.app.commands import conversations
from chatui.app.commands.command import Command
from chatui.domain.errors import NoSuchConversation
from chatui.text.figures import moneys
from chatui.widgets.side_list import SideRow

if TYPE_CHECKING:
    from chatui.app.window import Window

LEAST_SCREEN = 120
"""Columns; on a narrower one the list takes the place of the chat."""
LISTED = 200


async def toggle(window: Window, argument: str = "") -> None:
    """Shows the list, leads into it, or puts it away."""
    side = await window.view.side_list()
    if window.size.width < LEAST_SCREEN:
        await conversations.resume(window, "")
    elif side.display and side.has_focus_within:
        side.display = False
        window.view.composer.focus()
        await remove_doomed(window)
    else:
        side.display = True
        await refresh(window)
        side.focus()


async def refresh(window: Window) -> None:
    """Reads the list anew where it is shown."""
    side = window.view.side
    if side is not None and side.display:
        current = window.session.conversation_id
        tags = list(await (await window.session.services()).store.tags_in_use())
        if side.tag not in tags:
            side.tag = ""
        side.show(await side_rows(window, side.tag), current, datetime.now(UTC), tags)


async def remove_doomed(window: Window) -> None:
    """What was deleted in the list goes for good."""
    side = window.view.side
    if side is not None and side.doomed:
        store = (await window.session.services()).store
        while side.doomed:
            with suppress(NoSuchConversation):
                await store.remove(side.doomed[0])
            del side.doomed[0]


async def side_rows(window: Window, tag: str = "") -> list[SideRow]:
    """Pinned ones first; archived ones are left out."""
    store = (await window.session.services()).store
    pinned = await store.rows(LISTED, listed="pinned", tag=tag)
    there = {row.id for row in pinned}
    rows = [
        *pinned,
        *(row for row in await store.rows(LISTED, listed="chats", tag=tag) if row.id not in there),
    ]
    costs = await store.costs_of([row.id for row in rows])
    return [
        SideRow(
            row.id,
            row.title,
            row.updated,
            row.model.rpartition("/")[2],
            moneys(costs[row.id]) if any(cost.amount for cost in costs.get(row.id, ())) else "",
            row.preview,
            row.kept == "pinned",
            row.tags,
        )
        for row in rows
    ]


async def open_chosen(window: Window, conversation_id: str) -> None:
    await conversations.resume(window, conversation_id)
    await refresh(window)


async def change(window: Window, conversation_id: str, what: str) -> None:
    """Pins the conversation or puts it into the archive; pinning a pinned one takes that back. The
    chat that is shown goes on in a new one when its own was "deleted"."""
    if what in {"deleted", "tag"}:
        if what == "deleted" and conversation_id == window.session.conversation_id:
            await window.settle()
            window.session.new()
            await window.show_conversation()
        await refresh(window)
        return
    store = (await window.session.services()).store
    pinned = {row.id for row in await store.rows(LISTED, listed="pinned")}
    if what == "archive":
        await store.keep(conversation_id, "archived")
        window.say("In the archive: F3 in Ctrl+S lists it.")
    elif conversation_id in pinned:
        await store.keep(conversation_id, "")
        window.say("No longer pinned.")
    else:
        await store.keep(conversation_id, "pinned")
        window.say("Pinned: it stands first.")
    await refresh(window)


COMMANDS = (Command("chats", "", "Show the conversations at the left", toggle, leads=True),)
