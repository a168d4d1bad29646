"""Draws a Markdown document: one widget for a whole reply, line by line as they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from chatui.widgets.code_colours import CODE_STYLES
from chatui.widgets.markdown_blocks import Block
from chatui.widgets.markdown_document import Document
from chatui.widgets.markdown_inline import CITATION, LINK
from chatui.widgets.markdown_layout import Line, copied_text

if TYPE_CHECKING:
    from textual import events
    from textual.selection import Selection


class MarkdownView(Widget):
    """Shows blocks. A click on a link or a citation mark posts a message and does no more."""

    DEFAULT_CSS = """
    MarkdownView {
        width: 1fr;
        height: auto;
        & > .markdown--strong { text-style: bold; }
        & > .markdown--em { text-style: italic; }
        & > .markdown--strike { text-style: strike; }
        & > .markdown--code { color: $text-accent; background: $foreground 8%; }
        & > .markdown--link { color: $text-primary; text-style: underline; }
        & > .markdown--citation { color: $text-accent; text-style: bold; }
        & > .markdown--h1 { color: $primary; text-style: bold underline; }
        & > .markdown--h2 { color: $primary; text-style: bold; }
        & > .markdown--h3 { text-style: bold; }
        & > .markdown--marker { color: $primary; }
        & > .markdown--quote { color: $secondary; }
        & > .markdown--rule { color: $foreground 15%; }
        & > .markdown--table-head { color: $primary; text-style: bold; }
        & > .markdown--table-line { color: $foreground 35%; }
        & > .markdown--fence { background: $foreground 6%; }
        & > .markdown--fence-language { color: $text-muted; text-style: italic; }
        & > .code--keyword { color: $text-secondary; text-style: bold; }
        & > .code--string { color: $text-success; }
        & > .code--number { color: $text-warning; }
        & > .code--comment { color: $text-muted; text-style: italic; }
        & > .code--name { color: $text-primary; }
        & > .code--error { color: $text-error; }
        & > .code--added { color: $text-success; }
        & > .code--removed { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "markdown--strong",
        "markdown--em",
        "markdown--strike",
        "markdown--code",
        "markdown--link",
        "markdown--citation",
        "markdown--h1",
        "markdown--h2",
        "markdown--h3",
        "markdown--marker",
        "markdown--quote",
        "markdown--rule",
        "markdown--table-head",
        "markdown--table-line",
        "markdown--fence",
        "markdown--fence-language",
        *CODE_STYLES,
    }

    class LinkChosen(Message):
        """The user clicked a link; `href` is the model's word, not yet checked."""

        def __init__(self, href: str) -> None:
            super().__init__()
            self.href = href

    class MarkChosen(Message):
        """The user clicked the mark `[n]`."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(self, document: Document | None = None, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.document = document or Document()

    def show(self, blocks: Sequence[Block]) -> None:
        """Replaces what is shown."""
        self.document.replace(blocks)
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self.document.reflow(width)
        return len(self.document.lines)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        self.document.reflow(width)
        lines = self.document.lines
        base = self.visual_style
        if y >= len(lines):
            return Strip.blank(width, base.rich_style)
        return self._strip(lines[y], y, width, base)

    def _strip(self, line: Line, y: int, width: int, base: Style) -> Strip:
        if line.fill:
            base += self._component_style(line.fill)
        content = line.content
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            start, end = span
            end = len(content.plain) if end == -1 else end
            content = content.stylize(self._selection_style(), start, end)
        segments = [
            Segment(text, style.rich_style)
            for text, style in content.render(base, end="", parse_style=self._component_style)
        ]
        strip = Strip(segments, content.cell_length)
        return strip.adjust_cell_length(width, base.rich_style).apply_offsets(0, y)

    def _selection_style(self) -> Style:
        return Style.from_styles(self.screen.get_component_styles("screen--selection"))

    def _component_style(self, name: str | Style) -> Style:
        return name if isinstance(name, Style) else self.get_visual_style(name, partial=True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = self.document.lines
        if not lines:
            return None
        start = (selection.start.y, selection.start.x) if selection.start else (0, 0)
        last = len(lines) - 1
        end = (
            (selection.end.y, selection.end.x)
            if selection.end
            else (last, len(lines[last].content.plain))
        )
        return copied_text(lines, start, end), "\n"

    def on_mouse_move(self, event: events.MouseMove) -> None:
        # Where a link leads is shown before it is followed.
        href = event.style.meta.get(LINK)
        self.tooltip = Content(href) if href else None

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        if CITATION in meta:
            event.stop()
            self.post_message(self.MarkChosen(int(meta[CITATION])))
        elif LINK in meta:
            event.stop()
            self.post_message(self.LinkChosen(str(meta[LINK])))
