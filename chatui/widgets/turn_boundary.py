"""The quiet line between the turns that are sent and those above it that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from chatui.widgets.line_view import LineGroup
from chatui.widgets.markdown_layout import Line

if TYPE_CHECKING:
    from chatui.domain.boundary import Boundary

BOUNDARY = "boundary"
"""Metadata of the line: a click on it asks for what stands for the turns above."""

LEAST_RULE = 2
"""Cells of the rule on both sides of the words."""


def boundary_section(boundary: Boundary, width: int) -> LineGroup:
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
    return LineGroup(lines, "turn--muted", marked=False)


def wordings(boundary: Boundary) -> tuple[str, ...]:
    """What the line says, from long to short."""
    are = "turn above is" if boundary.turns == 1 else "turns above are"
    count = f"{boundary.turns:,} {are}"
    if boundary.coming:
        coming = f"{count} summarised from the next question on"
        reads = f"{coming} · Enter or click reads it"
        return (reads, coming, f"{count} summarised next", f"{boundary.turns:,} above summarised")
    pinned = f" ({boundary.pinned} stay)" if boundary.pinned else ""
    how = summarised(boundary)
    told = "Enter or click reads the summary" if boundary.summarised else "/context tells why"
    short = "Enter reads it" if boundary.summarised else told
    return (
        f"{count} no longer sent{pinned} · {how} · {told}",
        f"{count} no longer sent · {how} · {short}",
        f"{count} no longer sent · {how}",
        f"{count} not sent · {how}",
        f"{boundary.turns:,} above not sent",
    )


def summarised(boundary: Boundary) -> str:
    above = boundary.turns + boundary.pinned
    if boundary.summarised >= above:
        return "summarised"
    return f"{boundary.summarised:,} summarised" if boundary.summarised else "left out"
