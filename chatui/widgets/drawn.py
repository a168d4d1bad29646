"""The window's last look at what it draws: no text of anybody's acts on the terminal.

Widgets clean what they are given so that it is laid out well. That nothing slips through does
not rest on them: every line of every widget, borders and toasts included, passes this filter
on its way to the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.filter import LineFilter

from chatui.domain.errors import UsageError
from chatui.text.safety import drawable, one_line

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual.color import Color


EDGE = 6
"""Cells of a box's width that its edge takes beside a title: corners, lines and blanks."""
SHORTEST_TITLE = 8


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
    text = drawable(segment.text).replace("\n", " ").replace("\t", " ")
    # A link is sent as a sequence with its address in it, as it is.
    style = segment.style
    if style is not None and style.link and not is_shown(style.link, segment.text):
        style = style.update_link(None)
    return type(segment)(set_cell_size(text, segment.cell_length), style)


def is_shown(link: str, text: str) -> bool:
    """Whether the text is of the link's own address, which is one of the web and no other than it
    looks like: only then may a terminal have the link."""
    from chatui.text.web_address import web_address

    try:
        return bool(text.strip()) and text.strip() in link and web_address(link).whole == link
    except UsageError:
        return False


def keys_within(keys: str, screen: int) -> str:
    """The words of a lower edge, `a · b · c`, that a box of nine tenths of the screen has room for:
    the last ones say how to leave, and stay. `screen` is its width in cells."""
    parts = keys.split(" · ")
    while len(parts) > 1 and len(" · ".join(parts)) > screen * 9 // 10 - 6:
        del parts[-2]
    return " · ".join(parts)


def longest_within(wordings: Sequence[str], room: int) -> str:
    """The first of the wordings, which go from long to short, that so many cells hold; else the
    last."""
    return next((words for words in wordings if cell_len(words) <= room), wordings[-1])


def parts_within(parts: Sequence[str], room: int) -> str:
    """`a · b · c` in so many cells: the first part, a title, gives way to the others, first its end
    and then all of it."""
    words = " · ".join(parts)
    over = cell_len(words) - room
    if over <= 0 or len(parts) < 2:
        return words
    left = cell_len(parts[0]) - over
    if left < SHORTEST_TITLE:
        return " · ".join(parts[1:])
    return " · ".join((set_cell_size(parts[0], left - 1).rstrip() + "…", *parts[1:]))


def border_text(text: str) -> str:
    """What a border's title may be set to: Textual reads markup in titles. Its own `escape` leaves
    what begins with a capital letter, and falls over a title such as `[A=…]`."""
    return one_line(text).replace("[", "\\[")
