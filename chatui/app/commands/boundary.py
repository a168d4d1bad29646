"""The line in the transcript above which turns are not sent, and what stands for those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from chatui.app.boundary import boundary_of
from chatui.app.commands import context
from chatui.text.safety import one_line, strip_controls
from chatui.widgets.details import Details, Fact, text_width

if TYPE_CHECKING:
    from chatui.app.window import Window
    from chatui.memory.records import Summary

NAMES = 12
"""Cells of the widest name below, with the gap behind it."""


async def read(window: Window, key: str) -> None:
    """Shows the summary that stands for the turns above this one, or what the next prompt
    holds where they were left out. Nothing for a turn without a boundary."""
    standing = await window.session.standing()
    boundary = boundary_of(window.session.path.turns, standing) if standing else None
    if standing is None or boundary is None or boundary.key != key:
        return
    summary = standing.compact if boundary.coming else standing.summary
    if summary is None:
        await context.context(window, "")
    else:
        facts = summary_facts(summary, text_width(window.size.width, NAMES))
        await window.push_screen_wait(Details("Summary", facts))


def summary_facts(summary: Summary, width: int) -> list[Fact]:
    """`width` is the cells that there are for what stands beside a name."""
    made = "when the prompt was getting full" if summary.kind == "rolling" else "with /compact"
    turns = "the first turn" if summary.turns == 1 else f"the first {summary.turns:,} turns"
    when = summary.created.astimezone().strftime("%d %b %Y, %H:%M")
    facts = [("Stands for", turns), ("Written", f"{when}, {made}, by {summary.model}")]
    if summary.focus:
        facts += context.wrapped("In view of", one_line(summary.focus), width)
    facts.append(("", ""))
    text = Content(strip_controls(summary.text).expandtabs(4))
    return facts + [("", line.plain.rstrip()) for line in text.wrap(width)]
