"""Tokens for people: coloured pieces, then a line each with id, piece and bytes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size

from chatui.cli.output import Part, Styled
from chatui.cost.tokens.piece import TokenPiece
from chatui.cost.tokens.text import (
    TextSize,
    escaped,
    hex_bytes,
    parts,
    per_token,
    summary,
    text_size,
    wrapped,
)
from chatui.cost.tokens.tokens import Tokenised
from chatui.text.safety import one_line

COLOURS = ("bright_blue", "bright_green", "bright_yellow", "bright_magenta", "bright_cyan")

Row = list[Part]

NARROWEST = 44
"""Columns that a model needs to stand beside another."""
GAP = "   "
ID = 7
PIECE = 18
INLINE_PIECES = 2000
"""Pieces that are shown one behind the other; all of them follow in lines."""
SLICE = 1000
"""Pieces whose lines are made at a time."""


@dataclass(frozen=True, slots=True)
class Look:
    """How it is drawn. `columns` is None where nobody says how wide the output is."""

    columns: int | None = None
    coloured: bool = False

    @classmethod
    def of_terminal(cls) -> Look:
        if not sys.stdout.isatty():
            return cls()
        coloured = not os.environ.get("NO_COLOR")
        return cls(shutil.get_terminal_size().columns, coloured)

    def width(self, models: int) -> int | None:
        """Columns for each of several models; None when they stand one under the other."""
        if self.columns is None or models < 2:
            return None
        width = (self.columns - len(GAP) * (models - 1)) // models
        return width if width >= NARROWEST else None

    def piece(self, number: int, text: str) -> Part:
        """A piece within the text: a colour of its own, or a line behind it."""
        if not self.coloured:
            return f"{text}│"
        return Styled(text, fg="black", bg=COLOURS[number % len(COLOURS)])

    def cell(self, number: int, text: str) -> Part:
        return Styled(text, fg=COLOURS[number % len(COLOURS)]) if self.coloured else text

    def head(self, text: str) -> Part:
        return Styled(text, bold=True) if self.coloured else text


def token_lines(text: str, found: Sequence[Tokenised], look: Look) -> Iterator[Row]:
    """All lines: models side by side where there is room, else one under the other."""
    size = text_size(text)
    width = look.width(len(found))
    if width is None:
        for number, one in enumerate(found):
            for place, block in enumerate(blocks(one, size, look, None)):
                if number or place:
                    yield []
                yield from block
        return
    columns = [blocks(one, size, look, width) for one in found]
    blank: Row = [" " * width]
    for place, row_of_blocks in enumerate(zip_longest(*columns, fillvalue=())):
        if place:
            yield []
        for rows in zip_longest(*row_of_blocks, fillvalue=blank):
            yield [part for row in rows for part in (*row, GAP)][:-1]


def blocks(one: Tokenised, size: TextSize, look: Look, width: int | None) -> list[Iterable[Row]]:
    """What there is to say of one model, in lines of `width` columns or as long as they are:
    its figures, the text in pieces, and a line for each piece."""
    name = fitted(f"{one_line(one.model)} · {one.encoding}", width)
    head: list[Row] = [[look.head(name)], [fitted(summary(one, size), width)]]
    if one.pieces:
        head += [[fitted(line, width)] for line in per_token(one, size)]
    return [head, flow(one, look, width), table(one, look, width)] if one.pieces else [head]


def table(one: Tokenised, look: Look, width: int | None) -> Iterator[Row]:
    # A megabyte has up to a million tokens, few of them different.
    made: dict[tuple[int, str], tuple[str, str, str]] = {}
    for start in range(0, len(one.pieces), SLICE):
        end = min(start + SLICE, len(one.pieces))
        for number, part in enumerate(parts(one.pieces, start, end), start):
            piece = one.pieces[number]
            cells = made.get((piece.id, part))
            if cells is None:
                cells = made[piece.id, part] = row(piece, part, width)
            before, shown, after = cells
            yield [before, look.cell(number, shown), after]


def row(piece: TokenPiece, part: str, width: int | None) -> tuple[str, str, str]:
    """The id, the piece, the bytes."""
    shown = part or f'"{escaped(piece)}"'
    if width is not None or cell_len(shown) < PIECE:
        shown = fitted(shown, PIECE)
    room = None if width is None else width - ID - PIECE - 4
    return f"{piece.id:>{ID}}  ", shown, f"  {fitted(hex_bytes(piece), room)}"


def flow(one: Tokenised, look: Look, width: int | None) -> Iterator[Row]:
    """The pieces one behind the other. Without colours each has a line behind it."""
    first = one.pieces[:INLINE_PIECES]
    room = (width or look.columns or 100) - 1
    for line in wrapped(first, room, gap=0 if look.coloured else 1):
        drawn = [look.piece(number, text) for number, text in line]
        used = sum(cell_len(text) + (not look.coloured) for _, text in line)
        yield [*drawn, " " * (width - used)] if width else drawn
    if rest := len(one.pieces) - len(first):
        yield [f"… and {rest:,} more".ljust(width or 0)]


def fitted(text: str, room: int | None) -> str:
    """So many columns of the text, filled up with blanks; all of it when `room` is None."""
    if room is None:
        return text
    return (
        set_cell_size(text, room) if cell_len(text) <= room else set_cell_size(text, room - 1) + "…"
    )
