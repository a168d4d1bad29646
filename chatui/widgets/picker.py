"""A list to choose from by typing a part of a name: models, conversations, prompts, themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from chatui.text.matching import matching
from chatui.text.safety import one_line
from chatui.widgets.drawn import border_text, keys_within
from chatui.widgets.paged_list import PagedList
from chatui.widgets.quiet import MUTED, scroll_bar

SHARE = 80
"""Percent of the screen's height that the box may take."""
MOST_LINES = 24
"""Of the list, also on a high screen."""
FEWEST_LINES = 3
BESIDE = 6
"""Lines that the list leaves: two above the box, its border, the filter and a blank one."""
ROWS_SHOWN = 500
"""More than anyone scrolls through; typing narrows the list."""
LOOKED_AT = 10_000
"""Characters of a cell that typing finds: a prompt may be a document."""
DRAWN_CHARACTERS = 1_000
GAP = "  "


@dataclass(frozen=True, slots=True)
class PickerRow:
    """`cells` are drawn in columns, the first one strongly; `search` is what typing looks
    through besides them. `mark` is drawn before the row: what is current, say; `below` is a
    line under it."""

    id: str
    cells: tuple[str, ...]
    search: str = ""
    mark: str = ""
    below: str = ""
    haystack: str = field(init=False)

    def __post_init__(self) -> None:
        lines = tuple(one_line(cell[:LOOKED_AT]) for cell in self.cells)
        object.__setattr__(self, "cells", tuple(line[:DRAWN_CHARACTERS] for line in lines))
        object.__setattr__(self, "below", one_line(self.below[:LOOKED_AT])[:DRAWN_CHARACTERS])
        object.__setattr__(self, "haystack", " ".join((*lines, self.search)))


class Picker(ModalScreen[str | None]):
    """Answers with the chosen row's id, None when the user leaves. `right` names the
    columns that hold numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Close"),
        Binding("up,ctrl+k", "move('cursor_up')", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move('cursor_down')", "Down", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]
    DEFAULT_CSS = f"""
    Picker {{ align: center top; background: $background 60%; }}
    Picker > Vertical {{
        width: 90%; max-width: 110; height: auto; max-height: {SHARE}%; margin-top: 2;
        padding: 0 1; border: round $primary; background: $surface;
        border-title-color: $primary; border-subtitle-color: $text-muted;
    }}
    Picker Input, Picker Input:focus {{
        border: none; height: 1; padding: 0; background: $surface;
    }}
    Picker OptionList, Picker OptionList:focus {{
        border: none; height: auto; max-height: {MOST_LINES}; padding: 0; margin-top: 1;
        background: $surface; {scroll_bar("$surface")}
    }}
    Picker #remark {{ color: $text-muted; height: auto; }}
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[PickerRow] = (),
        *,
        placeholder: str = "Type to filter",
        remark: str = "",
        right: frozenset[int] = frozenset(),
        hint: str = "↑↓ move · Enter choose · Esc close",
    ) -> None:
        super().__init__()
        self._title = title
        self._rows = tuple(rows)
        self._placeholder = placeholder
        self._remark = remark
        self._right = right
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = border_text(keys_within(self._hint, self.app.size.width))
            yield Input(placeholder=self._placeholder, id="filter", compact=True)
            yield PagedList(id="rows")
            yield Static(self._remark, id="remark", markup=False)

    def on_mount(self) -> None:
        self.query_one("#rows", OptionList).can_focus = False
        self._say(self._remark)
        self._draw("")

    def on_resize(self) -> None:
        self._fit()

    def show_rows(self, rows: Sequence[PickerRow], remark: str = "") -> None:
        """Replaces the rows; what was typed and chosen stays. May come before the picker is
        on the screen, or when it has gone."""
        self._rows, self._remark = tuple(rows), remark
        if self.is_attached and self.is_mounted:
            self._say(remark)
            self._draw(self.chosen or "")

    def _say(self, remark: str) -> None:
        self.query_one("#remark", Static).update(remark)
        self._fit()

    def _fit(self) -> None:
        """Gives the list the lines that the box has for it: what is longer is cut off at the box's
        end, the chosen row with it, and a page key moves by lines that nobody sees."""
        said = Content(self._remark).wrap(self._room() + 2) if self._remark else [Content()]
        room = self.app.size.height * SHARE // 100 - BESIDE - len(said)
        listed = self.query_one("#rows", OptionList)
        listed.styles.max_height = max(FEWEST_LINES, min(room, MOST_LINES))

    def hint(self, text: str) -> None:
        """Says other keys at the lower edge."""
        self.query_one(Vertical).border_subtitle = border_text(
            keys_within(text, self.app.size.width)
        )

    @property
    def chosen(self) -> str | None:
        listed = self.query_one("#rows", OptionList)
        return listed.highlighted_option.id if listed.highlighted_option else None

    def _draw(self, keep: str) -> None:
        query = self.query_one("#filter", Input).value
        rows = self.fitting(query)
        listed = self.query_one("#rows", OptionList)
        listed.clear_options()
        listed.add_options(Option(line, id=row.id) for row, line in self._lines(rows))
        ids = [row.id for row in rows]
        marked = [row.id for row in rows if row.mark] if not query else []
        wanted = keep if keep in ids else (marked or ids or [""])[0]
        listed.highlighted = ids.index(wanted) if wanted else None

    def fitting(self, query: str) -> list[PickerRow]:
        """The rows to show for what was typed, in their order."""
        return matching(query, self._rows, lambda row: row.haystack, ROWS_SHOWN)

    def _lines(self, rows: Sequence[PickerRow]) -> list[tuple[PickerRow, Content]]:
        if not rows:
            return []
        columns = range(max(len(row.cells) for row in rows))
        longest = [max(cell_len(c.cells[n]) for c in rows if n < len(c.cells)) for n in columns]
        widths = [min(width, self._room()) for width in longest]
        widths[0] = min(widths[0], max(self._room() - sum(widths[1:]) - 2 * len(widths), 16))
        return [(row, self._line(row, widths)) for row in rows]

    def _line(self, row: PickerRow, widths: list[int]) -> Content:
        parts = [Content.styled(f"{row.mark or ' '} ", "$primary")]
        for number, cell in enumerate(row.cells):
            text = Content(cell).truncate(widths[number], ellipsis=True)
            pad = Content(" " * (widths[number] - text.cell_length))
            text = pad + text if number in self._right else text + pad
            parts.append(text if number == 0 else text.stylize(MUTED))
            parts.append(Content(GAP))
        if row.below:
            under = Content(row.below).truncate(self._room(), ellipsis=True)
            parts += [Content("\n    "), under.stylize(MUTED)]
        return Content("").join(parts)

    def _room(self) -> int:
        """Columns that a row may fill."""
        return max(self.app.size.width * 9 // 10 - 8, 20)

    def action_move(self, how: str) -> None:
        getattr(self.query_one("#rows", OptionList), f"action_{how}")()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._draw("")

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.choose()

    @on(OptionList.OptionSelected, "#rows")
    def _clicked(self) -> None:
        self.choose()

    def choose(self) -> None:
        if self.chosen is not None:
            self.dismiss(self.chosen)
