"""An app as it is shown on a terminal: how that is read, what it can't draw, where its own cursor
stands, and what it is told beside what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.events import DescendantFocus
from textual.filter import ANSIToTruecolor, Monochrome
from textual.widgets import Input, TextArea

from chatui.app.themes import COLOURLESS
from chatui.system.terminal import Terminal
from chatui.widgets.drawn import DrawableLines
from chatui.widgets.own_colours import OwnColours
from chatui.widgets.plain_driver import plain_driver
from chatui.widgets.plain_marks import PlainMarks
from chatui.widgets.terminal_input import TerminalReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.geometry import Offset

OWN_COLOURS = OwnColours(), OwnColours(colourless=True)
PLAIN_MARKS = PlainMarks()


class TerminalApp(App[None]):
    """`terminal` is what it is shown on."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        super().__init__()
        self._drawable_lines = DrawableLines()

    def get_driver_class(self) -> type[Driver]:
        # Textual asks while it is being made, when there are no widgets yet.
        self._reader = TerminalReader()
        platform = super().get_driver_class()
        return self._reader.driver(platform if self.terminal.is_modern else plain_driver(platform))

    @property
    def cursor_position(self) -> Offset:
        """Where the terminal's own cursor stands, unseen, after each frame: in the field that is
        written into, whatever has moved it meanwhile. There an input method opens its window, and
        there a magnifier looks."""
        field = self.focused if self._screen_stacks[self.DEFAULT_MODE] else None
        if isinstance(field, Input | TextArea):
            self._cursor_position = field.cursor_screen_offset
        if isinstance(field, Input) and field.cursor_at_end:
            # Behind a text Textual takes it one cell too far to the right.
            self._cursor_position -= (1, 0)
        return self._cursor_position

    @cursor_position.setter
    def cursor_position(self, position: Offset) -> None:
        self._cursor_position = position

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        if self.animation_level == "none" and isinstance(event.widget, Input | TextArea):
            event.widget.cursor_blink = False

    def get_line_filters(self) -> Sequence[LineFilter]:
        found = [*super().get_line_filters(), self._drawable_lines]
        # Textual's own answer to NO_COLOR is grey, and it takes an empty one for a no.
        filters = [each for each in found if not isinstance(each, Monochrome)]
        if self.terminal.is_console:
            filters.append(PLAIN_MARKS)
        if not self.current_theme.ansi:
            return filters
        # Which it would have told from the theme that it began with.
        own = [each for each in filters if not isinstance(each, ANSIToTruecolor)]
        return [*own, OWN_COLOURS[self.theme == COLOURLESS]]

    def tell_terminal(self, sequence: str) -> None:
        """Sends what `terminal_words` has made."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
