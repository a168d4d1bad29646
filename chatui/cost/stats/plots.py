"""Plots made of block characters: columns over time, bars beside names.

An eighth of a cell is the smallest step. A line is a tuple of spans, which the command line
and the window colour each in their own way: nothing here knows of terminals. Names may be
anybody's text, so they are made harmless here and cut by the cells that they take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size

from chatui.text.safety import one_line

Ink = Literal["", "title", "muted", "first", "second", "third"]
INKS: tuple[Ink, ...] = ("first", "second", "third")
Write = Callable[[float], str]
EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
EIGHTHS_RIGHT = " ▏▎▍▌▋▊▉█"
UNKNOWN = "?"
"""Stands where something was called at a price that nobody knows: that is not 0."""

AXIS = "▔"
CLIPPED = "▲"
"""Ends a column that goes on beyond the plot."""
ENOUGH_COLUMNS, OUTLIER, ROOM_ABOVE = 5, 4.0, 1.25
"""A column of more than four times what nine of ten reach is cut off a little above that."""
WIDEST_COLUMN = 4
SMALLEST = 1e-12
"""Below that a figure is drawn as the smallest there is."""
NAME_SHARE = 0.4
"""The most of a line that names may take."""


@dataclass(frozen=True, slots=True)
class InkSpan:
    """`under` is the ink of the cell's ground, where two parts of a column meet in it."""

    text: str
    ink: Ink = ""
    under: Ink = ""


Line = tuple[InkSpan, ...]


@dataclass(frozen=True, slots=True)
class Datum:
    """`parts` lie on each other, each in its ink. Without parts there is nothing to draw;
    `unknown` says that there is something all the same."""

    name: str
    parts: tuple[float, ...] = ()
    unknown: bool = False

    @property
    def total(self) -> float:
        return sum(self.parts)


def columns(data: Sequence[Datum], width: int, height: int, write: Write) -> list[Line]:
    """The newest of the data that there is room for, `height` cells high, with an axis on the
    left and names below: `height` + 2 lines of at most `width` cells."""
    highest = max((datum.total for datum in data), default=0.0)
    clip = clip_at(data)
    top = nice_top(highest if clip is None else clip)
    marks = {height - 1: write(top), -1: write(0)}
    if height >= 4 and height % 2 == 0:
        half = write(top / 2)
        marks |= {height // 2 - 1: half} if half not in marks.values() else {}
    axis = max(cell_len(mark) for mark in marks.values())
    room = max(1, width - axis - 1)
    shown = data[-room:]
    step = min(WIDEST_COLUMN, room // max(1, len(shown)))
    lines = []
    for row in range(height - 1, -1, -1):
        mark = marks.get(row, "")
        cells = [InkSpan(f"{mark:>{axis}}{'┤' if mark else '│'}", "muted")]
        for datum in shown:
            cell = _cell(datum, row, height * 8 / top)
            if row == height - 1 and datum.total > top:
                cell = InkSpan(CLIPPED, "muted")
            drawn = 1 if cell.text == UNKNOWN else max(1, step - 1)
            cells.append(InkSpan(cell.text * drawn, cell.ink, cell.under))
            cells.append(InkSpan(" " * (step - drawn)))
        lines.append(merged(cells))
    # At the upper edge of its cells, so that the columns stand on it.
    lines.append((InkSpan(f"{marks[-1]:>{axis}}{AXIS * (1 + step * len(shown))}", "muted"),))
    names = _names_below([datum.name for datum in shown], step, room)
    return [*lines, (InkSpan(" " * (axis + 1) + names, "muted"),)]


def clip_at(data: Sequence[Datum]) -> float | None:
    """What columns are cut off at, where one of a few is so high that the others could not be told
    apart beside it; None where all are drawn whole."""
    totals = sorted(datum.total for datum in data if datum.total > 0)
    if len(totals) < ENOUGH_COLUMNS:
        return None
    usual = totals[(len(totals) - 1) * 9 // 10]
    return usual * ROOM_ABOVE if totals[-1] > usual * OUTLIER else None


def _cell(datum: Datum, row: int, scale: float) -> InkSpan:
    """What a column shows in the row-th cell from below; `scale` is eighths of a cell for 1."""
    if not datum.parts:
        return InkSpan(UNKNOWN if datum.unknown and row == 0 else " ", "muted")
    reached, tops = 0.0, []
    for part in datum.parts:
        reached += part
        tops.append(round(reached * scale))
    if reached > 0 and tops[-1] == 0:
        tops[-1] = 1  # A little is not nothing.
    low = row * 8
    at = next((n for n, top in enumerate(tops) if top > low), None)
    if at is None:
        return InkSpan(" ")
    over = next((n for n, top in enumerate(tops) if top > tops[at]), None)
    filled = min(8, tops[at] - low)
    under: Ink = INKS[over] if over is not None and filled < 8 else ""
    return InkSpan(EIGHTHS_UP[filled], INKS[at], under)


def _names_below(names: Sequence[str], step: int, room: int) -> str:
    """The names below the columns they belong to, as many as there is room for."""
    line = ""
    for number, name in enumerate(names):
        place = number * step
        if (not line or place >= len(line) + 2) and place + len(name) <= room:
            line = line.ljust(place) + name
    return line


def bars(data: Sequence[Datum], width: int, write: Write, *, keep_end: bool = False) -> list[Line]:
    """A line of at most `width` cells for each: name, bar, figure. `keep_end`: names differ
    at their ends."""
    names = [one_line(datum.name) for datum in data]
    figures = [_figure(datum, write) for datum in data]
    widest = max((cell_len(name) for name in names), default=0)
    name_room = min(widest, max(8, int(width * NAME_SHARE)))
    figure_room = max((cell_len(figure) for figure in figures), default=0)
    room = max(1, width - name_room - figure_room - 2)
    top = max((*(datum.total for datum in data), SMALLEST))
    return [
        merged(
            [
                InkSpan(cut(name, name_room, keep_end=keep_end) + " "),
                *_bar(datum, room * 8 / top),
                InkSpan(f" {figure}", "muted"),
            ]
        )
        for name, figure, datum in zip(names, figures, data, strict=True)
    ]


def _figure(datum: Datum, write: Write) -> str:
    return write(datum.total) if datum.parts else "—"


def _bar(datum: Datum, scale: float) -> list[InkSpan]:
    """Whole cells for the parts, and eighths for the end of the last one."""
    spans, reached, drawn = [], 0.0, 0
    for part, ink in zip(datum.parts[:-1], INKS, strict=False):
        reached += part
        cells = round(reached * scale / 8) - drawn
        spans.append(InkSpan("█" * cells, ink))
        drawn += cells
    if datum.parts:
        eighths = max(0, round(datum.total * scale) - drawn * 8)
        if datum.total > 0 and not drawn:
            eighths = max(1, eighths)
        whole, rest = divmod(eighths, 8)
        end = EIGHTHS_RIGHT[rest] if rest else ""
        spans.append(InkSpan("█" * whole + end, INKS[len(datum.parts) - 1]))
    return spans


def nice_top(value: float) -> float:
    """The least of 1, 2, 2.5, 4, 5, 8 and 10, times a power of ten, that is not below."""
    if value < SMALLEST or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    # Less a little: 3 * 0.1 is not to need more than 0.3 does.
    return next(n * power for n in (1, 2, 2.5, 4, 5, 8, 10, 20) if n * power >= value * 0.999999)


def cut(text: str, cells: int, *, keep_end: bool = False) -> str:
    """The text in exactly so many cells, with dots where something is missing: at its end,
    or where `keep_end` says so at its start."""
    if cell_len(text) > cells:
        if keep_end:
            while cell_len(text) > max(0, cells - 1):
                text = text[1:]
            text = "…" + text
        else:
            text = set_cell_size(text, max(0, cells - 1)).rstrip() + "…"
    return set_cell_size(text, cells)


def merged(spans: Sequence[InkSpan]) -> Line:
    """Neighbours of the same inks as one; blanks take on the ink before them."""
    line: list[InkSpan] = []
    for span in spans:
        last = line[-1] if line else None
        blank = not span.under and not span.text.strip()
        if (
            last is not None
            and not last.under
            and (blank or (last.ink, "") == (span.ink, span.under))
        ):
            line[-1] = InkSpan(last.text + span.text, last.ink)
        elif span.text:
            line.append(span)
    return tuple(line)


def line_width(line: Line) -> int:
    return sum(cell_len(span.text) for span in line)
