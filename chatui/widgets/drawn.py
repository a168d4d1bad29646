"""The window's last look at what it draws: no text of anybody's acts on the terminal.

Widgets clean what they are given so that it is laid out well. That nothing slips through does
not rest on them: every line of every widget, borders and toasts included, passes this filter
on its way to the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.filter import LineFilter

from chatui.text.safety import drawable, one_line

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual.color import Color


class DrawableLines(LineFilter):
    """Cleans the cells of a line, whose number stays: what is taken out leaves blanks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        # A whole line at once: a joiner's neighbours may have another look.
        line = "".join([segment.text for segment in segments])
        linked = any(segment.style.link for segment in segments if segment.style)
        if drawable(line) == line and "\n" not in line and "\t" not in line and not linked:
            return segments
        return [clean for segment in segments if (clean := cleaned(segment)).text]


def cleaned(segment: Segment) -> Segment:
    from rich.cells import set_cell_size

    text = drawable(segment.text).replace("\n", " ").replace("\t", " ")
    # A link would be sent as a sequence with its address in it, as it is.
    style = segment.style.update_link(None) if segment.style else None
    return type(segment)(set_cell_size(text, segment.cell_length), style)


def keys_within(keys: str, screen: int) -> str:
    """The words of a lower edge, `a · b · c`, that a box of nine tenths of the screen has room for:
    the last ones say how to leave, and stay. `screen` is its width in cells."""
    parts = keys.split(" · ")
    while len(parts) > 1 and len(" · ".join(parts)) > screen * 9 // 10 - 6:
        del parts[-2]
    return " · ".join(parts)


def border_text(text: str) -> str:
    """What a border's title may be set to: Textual reads markup in titles. Its own `escape` leaves
    what begins with a capital letter, and falls over a title such as `[A=…]`."""
    return one_line(text).replace("[", "\\[")
