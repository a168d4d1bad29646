"""What the command line prints. Nothing else in chatui writes to stdout or stderr.

Data goes to stdout, everything else to stderr. Names, titles, answers and errors may be
anybody's words, so every text is cleaned here (`text.safety`), whether or not a terminal is
at the other end: what is piped into a file or a pager is drawn later. A look is given beside
the text (`Styled`), never in it, so that the only escape sequences are those made here.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

import click

from chatui.domain.errors import OutputFailed
from chatui.text.safety import SENTENCE_LIMIT, DrawableStripper, drawable, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

WIDEST = 200
"""Characters that a column of a table is padded to; a name of a server's may have any number."""
LINES_AT_ONCE = 1000
CANNOT_DRAW = ("dumb", "unknown")
"""Terminals that know no sequences, as TERM names them."""


@dataclass(frozen=True, slots=True)
class Styled:
    """A text in a look."""

    text: str
    fg: str | None = None
    bg: str | None = None
    bold: bool = False
    dim: bool = False


Part = str | Styled


def print_line(*parts: Part) -> None:
    """The parts behind each other, on one line of stdout."""
    _write(_drawn(parts, _flat) + "\n")


def print_lines(lines: Iterable[Sequence[Part]]) -> None:
    """Many lines, without blanks at their ends; some hundreds are written at a time."""
    rest = iter(lines)
    while some := list(islice(rest, LINES_AT_ONCE)):
        _write("".join(_drawn(parts, _flat).rstrip() + "\n" for parts in some))


def print_text(*parts: Part, end: str = "\n") -> None:
    """The same with the line breaks that the parts have."""
    _write(_drawn(parts, drawable) + end)


def print_json(value: Any, *, line: bool = False) -> None:
    """One document; with `line`, on one line, for JSON lines."""
    from chatui.text.json_text import json_text

    print_text(json_text(plain(value), indent=None if line else 2))


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, but no wider than WIDEST; the last one as it is."""
    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [min(max(len(row[i]) for row in cells), WIDEST) for i in range(len(head))]
    widths[-1] = 0
    for number, row in enumerate(cells):
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print_line(Styled(text.rstrip(), bold=number == 0))


def warn(*parts: Part, stream: TextIO | None = None) -> None:
    """The parts on one line of stderr, or of another stream."""
    _write(_drawn(parts, _flat) + "\n", stream, aside=True)


def complain(sentence: str) -> None:
    """What goes wrong: one sentence on stderr, however long a server's words in it are."""
    warn(f"chatui: {one_line(sentence, SENTENCE_LIMIT)}")


def print_traceback(error: BaseException) -> None:
    import traceback

    _write(drawable("".join(traceback.format_exception(error))), aside=True)


class LogLines(logging.Handler):
    """Prints what is logged, which Python would do by itself and as it came; no traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(drawable(record.getMessage()) + "\n", aside=True)


class ErrorFile(io.StringIO):
    """stderr for code that writes to a file."""

    def write(self, text: str) -> int:
        _write(drawable(text), aside=True)
        return len(text)


def error_console() -> Console:
    """What Textual tells on of a window that fell, with the values that it fell over."""
    from rich.console import Console

    return Console(file=ErrorFile(), color_system=None, markup=False, highlight=False)


def confirm(question: str) -> None:
    """Raises click.Abort unless the user says yes."""
    click.confirm(_flat(question), abort=True, err=True)


def ask_for(question: str) -> None:
    """Begins a line on stderr that is to be gone on with."""
    _write(_flat(question) + " ", aside=True)


class Stream:
    """Text that is printed as it comes, cut anywhere; to stderr and dim when it is `aside`.
    `close` prints what was held back, and ends the line."""

    def __init__(self, *, aside: bool = False) -> None:
        self._aside = aside
        self._controls = DrawableStripper()
        self._ended = True

    def feed(self, piece: str) -> None:
        self._show(self._controls.feed(piece))

    def close(self) -> None:
        self._show(self._controls.finish())
        self.end_line()

    def end_line(self) -> None:
        """For what is written beside it."""
        if not self._ended:
            self._show("\n")

    def step_aside(self) -> None:
        """Nothing of it is in the way of what is written beside it."""

    def _show(self, clean: str) -> None:
        if clean:
            self._ended = clean.endswith("\n")
            _write(_drawn([Styled(clean, dim=self._aside)], str), aside=self._aside)


class _Overdrawn:
    """The line that is drawn over: a terminal has one cursor."""

    cells: ClassVar[int] = 0


def is_plain(stream: TextIO) -> bool:
    """Whether nothing is drawn there: it is no terminal, or one that knows no sequences."""
    return not stream.isatty() or os.environ.get("TERM") in CANNOT_DRAW


def columns_of(stream: TextIO) -> int:
    """How wide the terminal is by now."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or shutil.get_terminal_size().columns
    except (OSError, ValueError):
        return shutil.get_terminal_size().columns


def draw_over(stream: TextIO, line: str, *, tail: bool = False, most: int = WIDEST) -> None:
    """Draws the line over the one that the cursor is in, as much of it as there is room for and
    `most` cells, of its `tail` where that is wanted; nothing where nothing can be drawn."""
    if is_plain(stream):
        return
    columns = columns_of(stream)
    shown = _clipped(_flat(line), min(most, columns - 1), tail=tail)
    before, _Overdrawn.cells = _Overdrawn.cells, _cells(shown)
    if shown or before:
        # A terminal that has become narrower has wrapped what was drawn.
        above = max(0, -(-before // columns) - 1)
        _write("\r\x1b[K" + "\x1b[A\x1b[K" * above + shown, stream)


def _clipped(text: str, room: int, *, tail: bool) -> str:
    """As much of an end of the text as fits."""
    # No character is of no width but for those that join others.
    text = text[-4 * room :] if tail else text[: 4 * room]
    kept: list[str] = []
    for character in reversed(text) if tail else text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(reversed(kept) if tail else kept).rstrip()


def _cells(text: str) -> int:
    """At least how many cells the text takes: few terminals draw what is joined as one."""
    from rich.cells import cell_len

    return len(text) if text.isascii() else sum(map(cell_len, text))


def write_drawn(text: str) -> None:
    """Writes to stdout what was cleaned before it was given its looks."""
    _write(text)


def wipe(stream: TextIO) -> None:
    """Empties the line that was drawn over."""
    draw_over(stream, "")


def _drawn(parts: Iterable[Part], clean: Callable[[str], str]) -> str:
    return "".join(clean(part) if isinstance(part, str) else _styled(part, clean) for part in parts)


def _styled(part: Styled, clean: Callable[[str], str]) -> str:
    before, after = _look(part.fg, part.bg, part.bold, part.dim)
    return before + clean(part.text) + after


@functools.cache
def _look(fg: str | None, bg: str | None, bold: bool, dim: bool) -> tuple[str, str]:
    """The sequences before and behind a text in that look."""
    if not (fg or bg or bold or dim):
        return "", ""
    before, _, after = click.style("|", fg, bg, bold=bold or None, dim=dim or None).partition("|")
    return before, after


def _flat(text: str) -> str:
    """The text without controls and on one line, its blanks as they are."""
    return drawable(text).replace("\n", " ").replace("\t", " ")


def _write(text: str, stream: TextIO | None = None, *, aside: bool = False) -> None:
    """Raises OutputFailed, and BrokenPipeError where the reader of stdout has left. What can't be
    said on stderr is not said."""
    aside = aside or (stream is not None and stream is sys.stderr)
    colour = False if os.environ.get("TERM") in CANNOT_DRAW else None
    try:
        # click leaves the looks out where no terminal is at the other end.
        try:
            click.echo(text, file=stream, nl=False, err=aside, color=colour)
        except UnicodeEncodeError as error:
            shown = text.encode(error.encoding, "replace").decode(error.encoding)
            click.echo(shown, file=stream, nl=False, err=aside, color=colour)
    except OSError as error:
        if aside:
            return
        if isinstance(error, BrokenPipeError):
            raise
        why = error.strerror or str(error)
        raise OutputFailed(f"The output can't be written: {why}; send it elsewhere.") from error


def plain(value: Any) -> Any:
    """A value as JSON knows it: Decimal as a string, times in ISO 8601, dataclasses as objects."""
    from chatui.domain.usage import Usage

    if isinstance(value, Usage):
        value = value.figures()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def has_terminal() -> bool:
    """Whether somebody types and reads at one."""
    return all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout))
