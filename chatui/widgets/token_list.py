"""One model's tokens: the text in coloured pieces, then a line for each with id and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.widgets import Static

from chatui.cost.tokens.piece import TokenPiece
from chatui.cost.tokens.text import TextSize, escaped, hex_bytes, parts, summary, wrapped
from chatui.cost.tokens.tokens import Tokenised
from chatui.text.safety import strip_controls
from chatui.widgets.quiet import MUTED, scroll_bar

COLOURS = tuple(
    f"on ${name} 35%" for name in ("primary", "success", "warning", "secondary", "accent")
)
INLINE_PIECES = 2000
"""Pieces that are shown one behind the other: wrapping them is done on the event loop."""
ID = 7
PIECE = 18
TITLES = f"{'id':>{ID}}  {'piece':<{PIECE}}  bytes"

Run = tuple[int | None, str]
"""A piece's number, for its colour, and a text; None is without a colour."""


class TokenColumn(Vertical):
    """The figures of a model over its list."""

    DEFAULT_CSS = """
    TokenColumn { width: 1fr; height: 1fr; }
    TokenColumn > Static { height: auto; min-height: 2; max-height: 50%; }
    """

    def __init__(self, model: str) -> None:
        super().__init__()
        self._model = model
        self._head = Static(markup=False)
        self.list = TokenList()

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.list

    def on_mount(self) -> None:
        self._head.update(Content.styled(strip_controls(self._model), "bold") + "\ncounting …")

    @property
    def lines(self) -> int:
        """How high it is where all of its list is shown."""
        return self._head.outer_size.height + self.list.virtual_size.height

    def show(self, one: Tokenised, size: TextSize) -> None:
        """`size` is that of the text that was cut into these tokens."""
        name = Content.styled(strip_controls(one.model), "bold")
        of = "" if one.exact or one.encoding == one.model else ", the nearest known"
        vocabulary = Content.styled(f"  {one.encoding}{of}", MUTED)
        self._head.update(Content("\n").join([name + vocabulary, Content(summary(one, size))]))
        self.list.show(one.pieces)


class TokenList(ScrollView, can_focus=True):
    """Draws the lines that are on the screen only, however many tokens there are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]
    DEFAULT_CSS = f"""
    TokenList {{
        height: 1fr; background: $surface; overflow-x: hidden; overflow-y: auto;
        {scroll_bar("$surface")}
        &:focus {{ background: $foreground 5%; }}
    }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._pieces: Sequence[TokenPiece] = ()
        self._flow: list[list[Run]] = []
        self._wrapped_at = 0

    def show(self, pieces: Sequence[TokenPiece]) -> None:
        self._pieces = pieces
        self._wrapped_at = 0
        self._wrap()
        self.scroll_home(animate=False)

    def on_resize(self, event: Resize) -> None:
        self._wrap()

    def _wrap(self) -> None:
        # One column is kept for the scrollbar, so that its coming changes no line.
        width = self.size.width - 1
        if width == self._wrapped_at or width < 2 * PIECE:
            return
        self._wrapped_at = width
        flow: list[list[Run]] = [
            list(line) for line in wrapped(self._pieces[:INLINE_PIECES], width)
        ]
        if rest := len(self._pieces) - INLINE_PIECES:
            flow += [[(None, f"… and {rest:,} more")]] if rest > 0 else []
        self._flow = [*flow, [], [(None, TITLES)]] if self._pieces else []
        self.virtual_size = Size(width, len(self._flow) + len(self._pieces))
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        base = self.visual_style
        width = self.scrollable_content_region.width
        y += self.scroll_offset.y
        place = y - len(self._flow)
        runs: Iterator[Run] | Sequence[Run] = ()
        if place < 0:
            runs = self._flow[y]
        elif place < len(self._pieces):
            runs = self._row(place, width)
        segments = [Segment(text, self._style(base, number).rich_style) for number, text in runs]
        return Strip(segments).adjust_cell_length(width, base.rich_style)

    def _row(self, place: int, width: int) -> Iterator[Run]:
        piece = self._pieces[place]
        part = parts(self._pieces, place, place + 1)[0]
        yield None, f"{piece.id:>{ID}}  "
        shown = fitted(part or f'"{escaped(piece)}"', PIECE)
        yield place, shown
        yield None, " " * (PIECE + 2 - cell_len(shown))
        yield None, fitted(hex_bytes(piece), width - ID - PIECE - 4)

    def _style(self, base: Style, number: int | None) -> Style:
        if number is None:
            return base
        if self.app.current_theme.ansi:
            # Every other one is reversed: that tells neighbours apart without colours too.
            return base + Style(reverse=True) if number % 2 == 0 else base
        return base + Style.parse(COLOURS[number % len(COLOURS)])


def fitted(text: str, room: int) -> str:
    """At most so many columns of the text."""
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)) + "…"
