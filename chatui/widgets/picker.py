"""A list to choose from by typing a part of a name: models, conversations, prompts, themes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from chatui.text.matching import matching
from chatui.text.safety import one_line
from chatui.widgets.drawn import EDGE, border_text, keys_within
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
FOUND = "bold $text-warning"
GAP = "  "
WIDEST = 110
NARROWEST = 46
"""Cells of a box, so that there is something to type in."""
EDGES = 5
"""Cells of the box beside its rows: border, padding, scroll bar."""
MARK = 2
SHORTEST_CELL = 14
"""Cells of a row's first column, on whatever screen."""
TRYING_SECONDS = 0.1
"""How long a row is to be stayed at before it is tried: one who runs past tries nothing."""


@dataclass(frozen=True, slots=True)
class PickerRow:
    """`cells` are drawn in columns, the first one strongly; `search` is what typing looks
    through besides them. `mark` is drawn before the row: what is current, say; `below` is a
    line under it. Neighbours of one `section` stand under its name while nothing is typed."""

    id: str
    cells: tuple[str, ...]
    search: str = ""
    mark: str = ""
    below: str = ""
    found: tuple[tuple[int, int], ...] = ()
    """Where what was looked for stands in `below`."""
    section: str = ""
    haystack: str = field(init=False)

    def __post_init__(self) -> None:
        lines = tuple(one_line(cell[:LOOKED_AT]) for cell in self.cells)
        object.__setattr__(self, "cells", tuple(line[:DRAWN_CHARACTERS] for line in lines))
        object.__setattr__(self, "below", one_line(self.below[:LOOKED_AT])[:DRAWN_CHARACTERS])
        object.__setattr__(self, "haystack", " ".join((*lines, self.search)))


class Picker(ModalScreen[str | None]):
    """Answers with the chosen row's id, None when the user leaves. `heads` are the names of the
    columns; `right` names those that hold numbers, `yields` those that go first where there is
    no room, before the last ones; of the `flexible` one the end does first. `on_moved` is told the
    row that the user stays at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Close"),
        Binding("up,ctrl+k", "move('cursor_up')", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move('cursor_down')", "Down", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]
    DEFAULT_CSS = f"""
    Picker {{ align: center top; background: $background 60%; }}
    Picker.-trying {{ background: transparent; }}
    Picker > Vertical {{
        height: auto; max-height: {SHARE}%; margin-top: 2;
        padding: 0 1; border: round $primary; background: $surface;
        border-title-color: $primary; border-subtitle-color: $text-muted;
    }}
    Picker Input, Picker Input:focus {{
        border: none; height: 1; padding: 0; background: $surface;
    }}
    Picker OptionList, Picker OptionList:focus {{
        border: none; height: auto; max-height: {MOST_LINES}; padding: 0;
        background: $surface; {scroll_bar("$surface")}
    }}
    Picker OptionList > .option-list--option-disabled {{ color: $text-primary; }}
    Picker #heads {{ color: $text-muted; height: 1; }}
    Picker #remark {{ color: $text-muted; height: auto; }}
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[PickerRow] = (),
        *,
        placeholder: str = "Type to filter",
        remark: str = "",
        heads: Sequence[str] = (),
        right: frozenset[int] = frozenset(),
        yields: Sequence[int] = (),
        flexible: int = 0,
        hint: str = "↑↓ move · Enter choose · Esc close",
        on_moved: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._rows = tuple(rows)
        self._placeholder = placeholder
        self._remark = remark
        self._heads = tuple(heads)
        self._right = right
        self._yields = tuple(yields)
        self._flexible = flexible
        self._hint = hint
        self._on_moved = on_moved
        self._moved = False
        """Whether the mark was moved since something was typed; until then the best has it."""
        self._trying: Timer | None = None
        self._widest = 0
        self.set_class(on_moved is not None, "-trying")

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = border_text(self._title)
            box.border_subtitle = border_text(keys_within(self._hint, self.app.size.width))
            yield Input(placeholder=self._placeholder, id="filter", compact=True)
            yield Static(id="heads", markup=False)
            yield PagedList(id="rows")
            yield Static(self._remark, id="remark", markup=False)

    def on_mount(self) -> None:
        self.query_one("#rows", OptionList).can_focus = False
        self._say(self._remark)
        self._draw("")

    def on_resize(self) -> None:
        self._fit()
        self.hint(self._hint)
        if self.is_mounted:
            self._draw(self.chosen or "")

    def show_rows(self, rows: Sequence[PickerRow], remark: str = "") -> None:
        """Replaces the rows; what was typed and chosen stays. May come before the picker is
        on the screen, or when it has gone."""
        self._rows, self._remark = tuple(rows), remark
        if self.is_attached and self.is_mounted:
            self._say(remark)
            self._draw((self.chosen or "") if self._moved else "")

    def _say(self, remark: str) -> None:
        self.query_one("#remark", Static).update(remark)
        self._fit()

    def _fit(self) -> None:
        """Makes the box as wide as its widest row, and gives the list the lines that the box has
        for it: what is longer is cut off at the box's end, the chosen row with it, and a page key
        moves by lines that nobody sees."""
        screen = self.app.size
        natural = natural_widths([self._heads, *(row.cells for row in self._rows)])
        rows = MARK + sum(natural) + len(GAP) * sum(map(bool, natural[1:]))
        self._widest = max(self._widest, rows + EDGES, cell_len(self._hint) + EDGE)
        room = min(WIDEST, screen.width * 9 // 10)
        width = min(room, max(NARROWEST, self._widest))
        self.query_one(Vertical).styles.width = width
        said = Content(self._remark).wrap(width - EDGES + 1) if self._remark else [Content()]
        high = screen.height * SHARE // 100
        below = max(FEWEST_LINES, high * 3 // 10)
        self.query_one("#remark").styles.max_height = below
        lines = high - BESIDE - min(len(said), below)
        listed = self.query_one("#rows", OptionList)
        listed.styles.max_height = max(FEWEST_LINES, min(lines, MOST_LINES))

    def hint(self, text: str) -> None:
        """Says other keys at the lower edge."""
        self._hint = text
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
        widths = self._widths(rows)
        self.query_one("#heads", Static).update(self._line(PickerRow("", self._heads), widths))
        listed = self.query_one("#rows", OptionList)
        listed.clear_options()
        section = ""
        parted = not query and len({row.section for row in rows}) > 1
        for row in rows:
            if parted and row.section != section:
                section = row.section
                listed.add_option(Option(Content.styled(section, "bold"), disabled=True))
            listed.add_option(Option(self._line(row, widths), id=row.id))
        ids = [row.id for row in rows]
        marked = [row.id for row in rows if row.mark] if not query else []
        wanted = keep if keep in ids else (marked or ids or [""])[0]
        listed.highlighted = listed.get_option_index(wanted) if wanted else None

    def fitting(self, query: str) -> list[PickerRow]:
        """The rows to show for what was typed, in their order."""
        return matching(query, self._rows, lambda row: row.haystack, ROWS_SHOWN)

    def _widths(self, rows: Sequence[PickerRow]) -> list[int]:
        """The cells of each column, 0 for one that there is no room for."""
        widths = natural_widths([self._heads, *(row.cells for row in rows)])
        widths = [min(width, self._room()) for width in widths]
        if not widths:
            return []
        if 0 < self._flexible < len(widths):
            whole = widths[self._flexible]
            # Where nearly nothing would be left of it, others go before it.
            for column in (None, *self._yields):
                if column is not None:
                    widths[column] = 0
                left = whole - max(widths[0] - self._left(widths), 0)
                if left >= min(whole, SHORTEST_CELL):
                    break
            widths[self._flexible] = left if left >= min(whole, SHORTEST_CELL) else 0
        for column in (*self._yields, *reversed(range(1, len(widths)))):
            if self._left(widths) >= min(widths[0], SHORTEST_CELL):
                break
            widths[column] = 0
        if widths:
            widths[0] = min(widths[0], max(self._left(widths), SHORTEST_CELL))
        return widths

    def _left(self, widths: Sequence[int]) -> int:
        """What the first column may take beside the others."""
        return self._room() - sum(width + len(GAP) for width in widths[1:] if width)

    def _line(self, row: PickerRow, widths: Sequence[int]) -> Content:
        parts = [Content.styled(f"{row.mark or ' '} ", "$primary")]
        for number, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
            if not width:
                continue
            text = Content(cell).truncate(width, ellipsis=True)
            pad = Content(" " * (width - text.cell_length))
            text = pad + text if number in self._right else text + pad
            if number:
                parts.append(Content(GAP))
            parts.append(text if number == 0 else text.stylize(MUTED))
        if row.below:
            under = Content(row.below).stylize(MUTED)
            for start, end in row.found:
                under = under.stylize(FOUND, start, end)
            under = under.truncate(self._room() - MARK, ellipsis=True)
            parts += [Content("\n    "), under]
        return Content("").join(parts)

    def _room(self) -> int:
        """Columns that a row may fill behind its mark."""
        return max(min(WIDEST, self.app.size.width * 9 // 10) - EDGES - MARK, SHORTEST_CELL)

    def action_move(self, how: str) -> None:
        self._moved = True
        getattr(self.query_one("#rows", OptionList), f"action_{how}")()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._moved = False
        self._draw("")

    @on(OptionList.OptionHighlighted, "#rows")
    def _stayed(self, event: OptionList.OptionHighlighted) -> None:
        if self._on_moved is not None and event.option.id is not None:
            if self._trying is not None:
                self._trying.stop()
            self._trying = self.set_timer(TRYING_SECONDS, partial(self._on_moved, event.option.id))

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.choose()

    @on(OptionList.OptionSelected, "#rows")
    def _clicked(self) -> None:
        self.choose()

    def choose(self) -> None:
        if self.chosen is not None:
            self.dismiss(self.chosen)


def natural_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The cells of the widest text of each column."""
    widths = [0] * max(map(len, rows), default=0)
    for row in rows:
        for number, cell in enumerate(row):
            widths[number] = max(widths[number], cell_len(cell))
    return widths
