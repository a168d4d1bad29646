"""A widget made of ready lines: the cheapest way to show much text in Textual.

One widget instead of dozens, strips kept per line, and no styles cache in between: a
reply that grows redraws the lines that changed, and a conversation that scrolls only
moves strips. The price is that CSS borders and padding have no effect on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from chatui.widgets.line_selection import copied_text, paragraph_at, word_at
from chatui.widgets.line_styles import named_style
from chatui.widgets.markdown_layout import Line

if TYPE_CHECKING:
    from textual.events import Click
    from textual.selection import Selection

LEFT = 1
"""The mouse's button."""
WORD_CLICKS = 2
"""So many clicks mark a word, one more a line of the source."""

MARK = 1
PADDING = 1
INSET = MARK + 2 * PADDING
"""Columns that lines can't use: the mark at the left, and a blank on both sides."""


@dataclass(slots=True)
class LineGroup:
    """Lines with a common look. `wide` sections fill the padding too; those that are not
    `marked` have a blank where the others show the view's mark."""

    lines: list[Line] = field(default_factory=list)
    style: str = ""
    prefix: Content = field(default_factory=Content)
    wide: bool = False
    marked: bool = True


class LineView(Widget):
    """Draws sections one under the other. Subclasses give them in `lay_out`."""

    DEFAULT_CSS = """
    LineView { width: 1fr; height: auto; }
    """

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._sections: list[LineGroup] = []
        self._laid_out = 0
        self._strips: dict[tuple[int, int], tuple[Line, Strip]] = {}
        self._look: tuple[object, ...] = ()
        self.marked: dict[int, list[tuple[int, int, str]]] = {}
        """Spans of rows that are drawn in the style of that name over their own."""

    def lay_out(self, width: int) -> list[LineGroup]:
        """The sections in `width` columns of text."""
        raise NotImplementedError

    def mark(self) -> tuple[str, str]:
        """The character at the left of every line, and the name of its style."""
        return " ", ""

    def renew(self, changed_from: int = 0) -> None:
        """Lays out again; from that row on the lines are drawn again."""
        if self._laid_out:
            self._sections = self.lay_out(self._laid_out - INSET)
        # The height of before is that of the widget: lines may have grown in place.
        height = self.size.height
        if self._height() != height:
            self.refresh(layout=True)
        else:
            self.refresh(Region(0, changed_from, self.size.width, max(1, height - changed_from)))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._fit(width)
        return self._height()

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Overrides the road through Textual's styles cache: the strips are kept here."""
        if self.parent is None:
            # Removed, but not yet from the compositor's map.
            return [Strip.blank(crop.width)] * crop.height
        width = self.size.width
        self._fit(width)
        base = self.visual_style
        look = (width, base, self.app.theme, self.mark())
        if look != self._look:
            self._look, self._strips = look, {}
        strips = [self._strip(y, width, base) for y in range(crop.y, crop.bottom)]
        if crop.x or crop.width != width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = [line for _, line in self._rows()]
        return (copied_text(lines, selection), "\n") if lines else None

    async def _on_click(self, event: Click) -> None:
        # Textual would mark all of it.
        event.prevent_default()
        if event.button != LEFT or event.chain < WORD_CLICKS:
            return
        event.stop()
        _, at = self.screen.get_widget_and_offset_at(event.screen_x, event.screen_y)
        lines = [line for _, line in self._rows()]
        if at is None or at.y >= len(lines):
            return
        whole = event.chain > WORD_CLICKS
        marked = paragraph_at(lines, at.y) if whole else word_at(lines, at)
        if marked is not None:
            self.screen.selections = {self: marked}

    def selection_updated(self, selection: Selection | None) -> None:
        self._strips = {}
        self.refresh()

    def _fit(self, width: int) -> None:
        if width != self._laid_out and width > INSET:
            self._laid_out = width
            self._sections = self.lay_out(width - INSET)

    def _height(self) -> int:
        return sum(len(section.lines) for section in self._sections)

    def _rows(self) -> Iterator[tuple[LineGroup, Line]]:
        for section in self._sections:
            for line in section.lines:
                yield section, line

    def _row(self, y: int) -> tuple[LineGroup, Line] | None:
        for section in self._sections:
            if y < len(section.lines):
                return section, section.lines[y]
            y -= len(section.lines)
        return None

    def _strip(self, y: int, width: int, base: Style) -> Strip:
        row = self._row(y)
        if row is None:
            return Strip.blank(width, base.rich_style)
        section, line = row
        kept = self._strips.get((y, width))
        if kept is not None and kept[0] is line:
            return kept[1]
        strip = self._drawn(section, line, y, width, base)
        self._strips[(y, width)] = (line, strip)
        return strip

    def _drawn(self, section: LineGroup, line: Line, y: int, width: int, base: Style) -> Strip:
        style = base + named_style(section.style) if section.style else base
        fill = style + named_style(line.fill) if line.fill else style
        content = line.content
        for start, end, name in self.marked.get(y, ()):
            content = content.stylize(named_style(name), start, end)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            start, end = span
            chosen = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            content = content.stylize(chosen, start, len(content.plain) if end == -1 else end)
        room = width - INSET - section.prefix.cell_length
        text = _strip_of(content, fill).adjust_cell_length(room, fill.rich_style)
        edge = (fill if section.wide else base).rich_style
        character, mark_style = self.mark() if section.marked else (" ", "")
        mark = base + named_style(mark_style) if mark_style else base
        left = Strip([Segment(character, mark.rich_style), Segment(" " * PADDING, edge)], INSET - 1)
        right = Strip([Segment(" " * PADDING, edge)], PADDING)
        parts = [left, _strip_of(section.prefix, style), text.apply_offsets(0, y), right]
        return Strip.join(parts)


def _strip_of(content: Content, style: Style) -> Strip:
    rendered = content.render(style, end="", parse_style=named_style)
    return Strip([Segment(text, each.rich_style) for text, each in rendered], content.cell_length)


def blank() -> LineGroup:
    """An empty line between two sections."""
    return LineGroup([Line(Content(""))])


def joined(sections: Sequence[LineGroup]) -> list[LineGroup]:
    """The sections that have lines, with an empty line between them."""
    result: list[LineGroup] = []
    for section in sections:
        if section.lines:
            result.extend([blank(), section] if result else [section])
    return result
