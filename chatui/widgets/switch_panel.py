"""What a switch of the model costs, beside what staying does; one key confirms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from chatui.cost.switch import Side, SwitchQuote, Verdict, cheaper
from chatui.domain.usage import Cost
from chatui.text.figures import APPROXIMATELY, UNKNOWN, counted, money
from chatui.text.figures import tokens as figure
from chatui.text.safety import SENTENCE_LIMIT, one_line
from chatui.widgets.drawn import border_text
from chatui.widgets.key_names import key_names
from chatui.widgets.quiet import MUTED
from chatui.widgets.scrolled_box import ScrolledBox

Answer = Literal["switch", "keep", "next"]
COUNTING = "Counting …"
GAP = 1
NAMES = 18
WIDEST = 71
EDGES = 7
"""Cells that border, padding and scrollbar take of a line."""
LEAST_COLUMN = 14
"""Cells: with less for each model a row's name stands above its figures."""
LESS = "bold $text-success"
NOTE = (
    "Typical questions and replies of this chat, in each model's tokens; "
    "what was read before at the price of the cache."
)


class SwitchPanel(ScrolledBox[Answer]):
    """Asks before the model changes; the figures may come later. `next_keys` also lets the
    user go on to the next model, "" doesn't."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer('switch')", "Switch"),
        Binding("escape,ctrl+c", "answer('keep')", "Keep the model"),
        Binding("f2", "next", "The next model", id="next_model"),
    ]
    DEFAULT_CSS = """
    SwitchPanel > VerticalScroll { width: auto; height: auto; max-width: 100%; max-height: 90%; }
    SwitchPanel Static { width: 71; max-width: 100%; height: auto; }
    SwitchPanel .note { margin-top: 1; color: $text-muted; }
    """

    def __init__(self, old: str, new: str, next_keys: str = "") -> None:
        super().__init__()
        self._old = old
        self._new = new
        self._next_keys = next_keys
        self._told: SwitchQuote | str = COUNTING
        self._text = Static(COUNTING, markup=False)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Switch the model?"
            more = f" · {key_names(self._next_keys)} next model" if self._next_keys else ""
            box.border_subtitle = border_text(f"Enter switch · Esc keep{more}")
            yield self._text
            yield Static(NOTE, markup=False, classes="note")

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def show_quote(self, quote: SwitchQuote) -> None:
        self._told = quote
        self._draw()

    def tell_slow(self) -> None:
        """The figures wait for a server that doesn't tell what it has."""
        provider = self._new.partition("/")[0]
        self.fail(f"{provider} has not said yet what it knows of the model. The figures follow.")

    def fail(self, fault: str) -> None:
        """Nothing could be computed; the switch is the user's all the same."""
        self._told = one_line(fault, SENTENCE_LIMIT)
        self._draw()

    def _draw(self) -> None:
        room = min(WIDEST, self.app.size.width - EDGES)
        if isinstance(self._told, SwitchQuote):
            self._text.update(quote_content(self._told, room))
            return
        told = Content.styled(self._told, "$text-warning" if self._told != COUNTING else "")
        lines = [told, Content(""), heading(self._old, self._new, room)]
        self._text.update(Content("\n").join(lines))

    def action_answer(self, answer: Answer) -> None:
        self.dismiss(answer)

    def action_next(self) -> None:
        if self._next_keys:
            self.dismiss("next")


def heading(old: str, new: str, room: int) -> Content:
    column = column_of(room)
    return line("Model", (shortened(old, column), shortened(new, column)), room, "bold $primary")


def quote_content(quote: SwitchQuote, room: int) -> Content:
    """What follows from the switch, and then a row for each figure, the old model's beside the
    new one's, in `room` cells. Where both are the same the row says nothing, and is dim."""
    old, new = quote.old, quote.new
    words: list[tuple[str, Callable[[Side], str]]] = [
        ("Context", context_words),
        ("The next prompt", used_words),
        ("Turns that fit", turns_words),
        ("To read anew", lambda side: approximately(side.reread)),
    ]
    rows = [Content.styled(new.doubt, "$text-warning bold")] if new.doubt else []
    rows.append(Content.styled(verdict_words(quote), "bold"))
    rows += [Content.styled(remark, "$text-warning") for remark in remarks(quote)]
    rows += [Content(""), heading(old.model, new.model, room)]
    rows.append(costs_row("The next turn", old.costs.next_turn, new.costs.next_turn, quote, room))
    rows.append(costs_row("A turn after that", old.costs.typical, new.costs.typical, quote, room))
    for name, told in words:
        cells = told(old), told(new)
        rows.append(line(name, cells, room, MUTED if cells[0] == cells[1] else ""))
    return Content("\n").join(rows)


def costs_row(name: str, old: Cost, new: Cost, quote: SwitchQuote, room: int) -> Content:
    """The one that costs less stands out."""
    cells = price_words(old), price_words(new)
    if cells[0] == cells[1]:
        return line(name, cells, room, MUTED)
    less = cheaper(old, new, quote.conversion)
    return line(name, cells, room, "", [LESS if one is less else "" for one in (old, new)])


def price_words(cost: Cost) -> str:
    return "free" if cost.amount == 0 else money(cost)


def column_of(room: int) -> int:
    """The cells for each model's figures."""
    beside = (room - NAMES - GAP) // 2
    return beside if beside >= LEAST_COLUMN else max(1, (room - GAP) // 2)


def line(
    name: str, cells: Sequence[str], room: int, style: str = "", styles: Sequence[str] = ()
) -> Content:
    """A name with its figures, all in `style`, or each in its own of `styles`. Names that leave
    the figures too little room stand above them."""
    column = column_of(room)
    above = NAMES + 2 * column + GAP > room
    parts: list[Content] = [Content(f"{name}\n" if above else f"{name:<{NAMES}}")]
    for number, cell in enumerate(cells):
        figure = Content(" " * (max(0, column - cell_len(cell)) + GAP * (number > 0)))
        parts += [figure, Content.styled(cell, styles[number] if styles else "")]
    return Content("").join(parts).stylize(style)


def shortened(model: str, column: int) -> str:
    """The name in a column's width, without its middle."""
    if len(model) <= column:
        return model
    start = column // 3
    return f"{model[:start]}…{model[start + 1 - column :]}"


def context_words(side: Side) -> str:
    return f"{figure(side.context_size)} tokens" if side.context_size else UNKNOWN


def used_words(side: Side) -> str:
    share = ""
    if side.used is not None and side.context_size:
        share = f" · {side.used / side.context_size:.0%}"
    return approximately(side.used) + share


def turns_words(side: Side) -> str:
    if side.fault:
        return UNKNOWN
    return f"all {side.turns}" if side.kept == side.turns else f"{side.kept} of {side.turns}"


def approximately(tokens: int | None) -> str:
    return UNKNOWN if tokens is None else APPROXIMATELY + figure(tokens)


def remarks(quote: SwitchQuote) -> list[str]:
    """What the switch does to the conversation."""
    old, new = quote.old, quote.new
    gone = old.kept - new.kept
    if new.fault or old.fault or gone <= 0:
        return []
    leave = counted(gone, "turn leaves", "turns leave")
    stands = "; a summary stands for what is left out" if new.summarised else ""
    return [f"{leave} the prompt{stands}. Nothing leaves the chat."]


VERDICTS = {
    Verdict.PAYS: "The switch pays after ≈ {}.",
    Verdict.CHEAPER: "The switch pays from the next turn on.",
    Verdict.AT_FIRST: "The switch pays for ≈ {}; after that staying is cheaper.",
    Verdict.NEVER: "The switch never pays: staying is cheaper.",
    Verdict.EQUAL: "Both cost the same.",
    Verdict.APART: "Two currencies: [conversion] in the config makes them comparable.",
    Verdict.UNKNOWN: "Whether the switch pays is not known: a price is missing.",
}


def verdict_words(quote: SwitchQuote) -> str:
    if quote.new.fault:
        return quote.new.fault
    if quote.is_free:
        return "Neither costs anything."
    payoff = quote.payoff
    turns = counted(payoff.turns, "turn")
    return VERDICTS[payoff.verdict].format(turns)
