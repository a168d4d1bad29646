"""What is drawn on Linux's own console, whose font has 256 glyphs.

They are those of code page 437 with its marks below the blank, from which a letter of another
script or a rounded corner is missing: the console draws one and the same box for all that it lacks.
Ours are replaced by the nearest that it has, cell by cell. A model's words stay as they are: many
set another font, for their own language.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

BELOW_BLANK = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂"
FONT = frozenset(bytes(range(32, 127)).decode() + bytes(range(128, 256)).decode("cp437"))
DRAWN = FONT | frozenset(BELOW_BLANK)

NEAREST = str.maketrans(
    "╭╮╰╯━╌┄┅┈┉╍┃—–−…‘’“”‹›❯▸▾●◦▪▣◌✓✗⇄⇥⏎␍␊⟦⟧▁▂▃▅▆▇▏▎▍▋▊▉▔◆×",
    "┌┐└┘═------│---.''\"\"<>>►▼•○■■○√x↔→<<<[]__▄▄██▌▌▌███▀*x",
)


class PlainMarks(LineFilter):
    """One cell for another: no line gets longer or shorter."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.text.isascii()
            else Segment(segment.text.translate(NEAREST), segment.style, segment.control)
            for segment in segments
        ]
