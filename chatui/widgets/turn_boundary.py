"""The quiet line between the turns that are sent and those above it that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from chatui.widgets.line_view import Section
from chatui.widgets.markdown_layout import Line

if TYPE_CHECKING:
    from chatui.boundary import Boundary

BOUNDARY = "boundary"
"""Metadata of the line: a click on it asks for what stands for the turns above."""

LEAST_RULE = 2
"""Cells of the rule on both sides of the words."""


def boundary_section(boundary: Boundary, width: int) -> Section:
    """The longest wording that fits, in the middle of a rule, and a blank line below."""
    room = width - 2 * (LEAST_RULE + 1)
    told = wordings(boundary)
    text = Content(next((each for each in told if len(each) <= room), told[-1]))
    text = text.truncate(max(1, room), ellipsis=True)
    left = max(0, (width - text.cell_length - 2) // 2)
    right = max(0, width - text.cell_length - 2 - left)
    line = Content.assemble(
        ("─" * left, "markdown--rule"), " ", text, " ", ("─" * right, "markdown--rule")
    )
    lines = [Line(line.stylize(Style.from_meta({BOUNDARY: "yes"}))), Line(Content(""))]
    return Section(lines, "turn--muted", marked=False)


def wordings(boundary: Boundary) -> tuple[str, ...]:
    """What the line says, from long to short."""
    count = "1 turn" if boundary.turns == 1 else f"{boundary.turns:,} turns"
    one = boundary.turns == 1
    if boundary.coming:
        fate = "leaves with the next question" if one else "leave with the next question"
        short = "leaves next" if one else "leave next"
    else:
        fate, short = ("is" if one else "are") + " no longer sent", "not sent"
    pinned = f" ({boundary.pinned} pinned stay)" if boundary.pinned else ""
    how = summarised(boundary)
    reads = "Enter or click reads the summary" if boundary.summarised else "/context tells why"
    return (
        f"{count} above {fate}{pinned} · {how} · {reads}",
        f"{count} above {fate} · {how} · {'Enter reads it' if boundary.summarised else reads}",
        f"{count} above {fate} · {how}",
        f"{count} above {short} · {how}",
        f"{count} above {short}",
    )


def summarised(boundary: Boundary) -> str:
    above = boundary.turns + boundary.pinned
    if boundary.summarised >= above:
        return "summarised"
    return f"{boundary.summarised:,} summarised" if boundary.summarised else "left out"
