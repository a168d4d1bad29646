"""The line in the transcript above which turns are not sent, and what stands for those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.app_commands import context
from chatui.boundary import boundary_of
from chatui.text_safety import strip_controls
from chatui.widgets.details import Details, Fact

if TYPE_CHECKING:
    from chatui.app import ChatuiApp
    from chatui.memory.records import Summary
    from chatui.memory.standing import Standing

WIDTH = 72
"""Cells of a summary's lines: it is read in a box on 80 columns."""


async def draw(window: ChatuiApp) -> None:
    """Draws the boundary anew: after a reply, and when another conversation is shown."""
    if window.view.transcript is not None:
        standing = await standing_of(window)
        turns = window.session.path.turns
        window.view.transcript.show_boundary(boundary_of(turns, standing) if standing else None)


async def standing_of(window: ChatuiApp) -> Standing | None:
    conversation = window.session.conversation_id
    if conversation is None:
        return None
    return await (await window.session.services()).store.summaries.standing(conversation)


async def read(window: ChatuiApp, key: str) -> None:
    """Shows the summary that stands for the turns above this one, or what the next prompt
    holds where they were left out. Nothing for a turn without a boundary."""
    standing = await standing_of(window)
    boundary = boundary_of(window.session.path.turns, standing) if standing else None
    if standing is None or boundary is None or boundary.key != key:
        return
    summary = standing.compact if boundary.coming else standing.summary
    if summary is None:
        await context.context(window, "")
    else:
        await window.push_screen_wait(Details("Summary", summary_facts(summary)))


def summary_facts(summary: Summary) -> list[Fact]:
    made = "when the prompt was getting full" if summary.kind == "rolling" else "with /compact"
    turns = "the first turn" if summary.turns == 1 else f"the first {summary.turns:,} turns"
    when = summary.created.astimezone().strftime("%d %b %Y, %H:%M")
    facts = [("Stands for", turns), ("Written", f"{when}, {made}, by {summary.model}")]
    if summary.focus:
        facts.append(("In view of", strip_controls(summary.focus)))
    facts.append(("", ""))
    lines = strip_controls(summary.text).expandtabs(4).splitlines()
    width = WIDTH - 12
    return facts + [fact for line in lines for fact in context.wrapped("", line, width)]
