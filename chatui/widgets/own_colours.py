"""How the window looks in the terminal's own sixteen colours, and without any.

A theme of those colours (`ansi-dark`, `ansi-light`) names only some that can be read on the
terminal's background, whatever its palette. What it can't have is shades: a background other than
the terminal's own, as a chosen row has it, becomes reverse video here, so that no two colours of
the palette ever meet in a cell.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

DEFAULT = RichColor.default()
OWN = Style(color=DEFAULT, bgcolor=DEFAULT)
SLANTED = Style(dim=False, italic=True)


class OwnColours(LineFilter):
    """`colourless` leaves no colour at all, only bold, italic, underlined and reversed text."""

    def __init__(self, *, colourless: bool = False) -> None:
        super().__init__()
        self.colourless = colourless

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else owned(style, self.colourless), control)
            for text, style, control in segments
        ]


@lru_cache(maxsize=1024)
def owned(style: Style, colourless: bool) -> Style:
    """The style with the terminal's own background, or reversed where it has another one. Dim text
    is slanted instead: how dim it would be is the terminal's choice, and may be too much."""
    if style.bgcolor is not None and not style.bgcolor.is_default:
        # What is reversed already, as a cursor is, stands out from what is about it.
        style = style + OWN + Style(reverse=not style.reverse)
    if style.dim:
        style += SLANTED
    return style.without_color if colourless else style
