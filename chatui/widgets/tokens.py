"""The token panel: a text that can be changed, and its tokens for one model or several."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Paste, Resize
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from textual.worker import Worker

from chatui.cost.tokens.text import TextSize, text_size
from chatui.cost.tokens.tokens import Tokenised
from chatui.text.safety import strip_controls
from chatui.widgets.drawn import border_text, keys_within
from chatui.widgets.token_list import TokenColumn

PAUSE_SECONDS = 0.15
"""The tokens are counted anew when nothing was typed for so long."""
EDITABLE = 20_000
"""Characters that a text field takes without a stutter; a longer text is only counted."""
NARROWEST = 44
"""Columns that a model needs to stand beside another."""
MOST = 4
SHARE = 94
"""Percent of the screen's height that the box may take."""
EDGES = 2
HINT = "F2 model beside · F3 fewer · Tab lists · PgUp PgDn · Esc close"

Count = Callable[[str, str], Tokenised]
"""A text and a model; called in a thread."""
Choose = Callable[[], Awaitable[str | None]]


def editable(text: str) -> bool:
    """Whether a field may hold it: not too long, and without what a terminal obeys."""
    return len(text) <= EDITABLE and strip_controls(text) == text


class TextField(TextArea):
    """Hands on a paste that it must not hold."""

    class Refused(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    async def _on_paste(self, event: Paste) -> None:
        start, end = sorted((self.selection.start, self.selection.end))
        before = self.get_text_range((0, 0), start)
        text = before + event.text + self.get_text_range(end, self.document.end)
        if editable(text):
            await super()._on_paste(event)
        else:
            event.stop()
            event.prevent_default()
            self.post_message(self.Refused(text))


class TokensScreen(ModalScreen[None]):
    """`choose` asks the user for a further model. Raises nothing: `count` takes any text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss", "Close", priority=True),
        Binding("f2", "more", "Another model beside", priority=True),
        Binding("f3", "fewer", "Fewer models", priority=True),
        Binding("pagedown", "page('down')", show=False, priority=True),
        Binding("pageup", "page('up')", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    TokensScreen { align: center top; background: $background 60%; }
    TokensScreen > Vertical {
        width: 96%; max-width: 160; height: 94%; margin-top: 1;
        padding: 0 2; border: round $primary; background: $surface;
        border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    TokensScreen TextArea {
        height: auto; max-height: 5; margin-bottom: 1; padding: 0; border: none;
        background: $foreground 7%; scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
    }
    TokensScreen #fixed { height: auto; margin-bottom: 1; color: $text-muted; }
    TokensScreen.-fixed TextArea { display: none; }
    TokensScreen #fixed { display: none; }
    TokensScreen.-fixed #fixed { display: block; }
    TokensScreen #models { height: 1fr; layout: horizontal; }
    TokensScreen #models TokenColumn { padding-right: 2; }
    TokensScreen.-short > Vertical { height: auto; }
    TokensScreen.-short #models { height: auto; }
    TokensScreen.-short TokenColumn { height: auto; }
    TokensScreen.-short TokenList { height: auto; }
    TokensScreen.-stacked #models { layout: vertical; }
    TokensScreen.-stacked #models TokenColumn { padding-right: 0; }
    TokensScreen.-stacked #models TokenColumn:last-child { margin-top: 1; }
    """

    def __init__(self, text: str, models: Sequence[str], count: Count, choose: Choose) -> None:
        super().__init__()
        self._count = count
        self._choose = choose
        self._field = TextField(soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self._note = Static(markup=False, id="fixed")
        self._columns = [TokenColumn(model) for model in models[:MOST]]
        self._models = list(models[:MOST])
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Tokens"
            box.border_subtitle = border_text(keys_within(HINT, self.app.size.width))
            yield self._field
            yield self._note
            with Container(id="models"):
                yield from self._columns

    def on_mount(self) -> None:
        self._take(self._text)

    def on_resize(self, event: Resize) -> None:
        box = self.query_one(Vertical)
        box.border_subtitle = border_text(keys_within(HINT, self.app.size.width))
        self._arrange()

    def _take(self, text: str) -> None:
        """Shows the text and its tokens."""
        self._text = text
        fixed = not editable(text)
        self.set_class(fixed, "-fixed")
        if fixed:
            why = "too many to" if len(text) > EDITABLE else "with controls among them that can't"
            self._note.update(f"{len(text):,} characters, {why} be changed here.")
        else:
            with self._field.prevent(TextArea.Changed):
                self._field.load_text(text)
            self._field.focus()
        self._recount(0)

    def _recount(self, pause: float) -> None:
        _: Worker[None] = self.run_worker(self._counted(pause), exclusive=True, group="count")

    async def _counted(self, pause: float) -> None:
        await asyncio.sleep(pause)
        text, models, columns = self._text, tuple(self._models), tuple(self._columns)

        def work() -> tuple[TextSize, list[Tokenised]]:
            return text_size(text), [self._count(text, model) for model in models]

        size, found = await asyncio.to_thread(work)
        for column, one in zip(columns, found, strict=True):
            if column.is_attached:
                column.show(one, size)
        self.call_after_refresh(self._fit)

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._text = self._field.text
        self._recount(PAUSE_SECONDS)

    @on(TextField.Refused)
    def _pasted(self, event: TextField.Refused) -> None:
        self._take(event.text)

    def action_more(self) -> None:
        if len(self._models) < MOST:
            _: Worker[None] = self.run_worker(self._add(), exclusive=True, group="model")

    async def _add(self) -> None:
        model = await self._choose()
        if model is None or model in self._models:
            return
        column = TokenColumn(model)
        await self.query_one("#models", Container).mount(column)
        self._models.append(model)
        self._columns.append(column)
        self._arrange()
        self._recount(0)

    async def action_fewer(self) -> None:
        if len(self._models) > 1:
            self._models.pop()
            await self._columns.pop().remove()
            self._arrange()
            self._recount(0)

    def action_page(self, way: str) -> None:
        for column in self._columns:
            getattr(column.list, f"scroll_page_{way}")(animate=False)

    def _arrange(self) -> None:
        room = min(160, self.size.width * 96 // 100) - 6
        self.set_class(room < NARROWEST * len(self._models), "-stacked")
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Makes the box as high as what it holds, where the screen has room for all of that."""
        columns = [column.lines for column in self._columns]
        stacked = self.has_class("-stacked")
        listed = sum(columns) + len(columns) - 1 if stacked else max(columns)
        field = self._note if self.has_class("-fixed") else self._field
        lines = EDGES + field.outer_size.height + 1 + listed
        self.set_class(lines <= self.size.height * SHARE // 100, "-short")
