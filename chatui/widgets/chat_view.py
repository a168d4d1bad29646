"""The chat on the screen: transcript and sources above, notice, composer and meter below."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widget import Widget

from chatui.widgets.attached_line import AttachedLine
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.drawn import EDGE, border_text, longest_within, parts_within
from chatui.widgets.meter_bar import MeterBar
from chatui.widgets.notice import Notice
from chatui.widgets.waiting_line import WaitingLine
from chatui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from chatui.cost.near import ToldLimits
    from chatui.cost.reading import MeterReading
    from chatui.domain.conversation import Turn
    from chatui.widgets.find_bar import FindBar
    from chatui.widgets.side_list import SideList
    from chatui.widgets.sources import SourcesPanel
    from chatui.widgets.transcript import Transcript
    from chatui.widgets.turn_view import TurnView

EDGE_GAP = " · "
NARROW = 100
"""Columns below which the sources take the transcript's place."""


class ChatView:
    """Puts the widgets together; what they mean to a conversation is the app's business.

    It starts with what an empty chat shows, side by side on the screen. `complete` mounts
    the rest, whose modules and style sheets would make the first frame late. Widgets are
    held as attributes, because a query from the app looks through the screen on top, which
    may be a picker while a reply streams below it.
    """

    def __init__(self, turns_shown: int, show_reasoning: bool) -> None:
        self.welcome = Welcome(id="welcome")
        self.notice = Notice(id="notice")
        self.waiting = WaitingLine(id="waiting")
        self.attached = AttachedLine(id="attached")
        self.completions = CompletionList(id="completions")
        self.composer = Composer(self.completions, id="composer")
        self.meter = MeterBar(id="meter")
        self.transcript: Transcript | None = None
        self.sources: SourcesPanel | None = None
        self.find: FindBar | None = None
        self.side: SideList | None = None
        self.live: TurnView | None = None
        """The turn that was started last."""
        self._chat = Horizontal(id="chat")
        self._chat.display = False
        self._turns_shown = turns_shown
        self._reasoning_shown = show_reasoning
        self._sources_width = self._side_width = 0
        self.times_shown = False
        self._head: str | None = None
        self._completing = asyncio.Lock()
        self._state: list[str] = []

    def first_widgets(self) -> Iterator[Widget]:
        yield self.welcome
        yield self.notice
        yield self.waiting
        yield self.attached
        yield self.composer
        yield self.meter

    async def warm(self) -> None:
        """Loads what colours code, which the first reply would wait for otherwise."""
        from chatui.widgets.turn_column import load_colours

        await asyncio.to_thread(load_colours)

    async def complete(self) -> tuple[Transcript, SourcesPanel]:
        """The parts that hold a conversation, mounted if they are not yet."""
        async with self._completing:
            if self.transcript is None or self.sources is None:
                # In a thread, because the user may be typing already.
                await asyncio.to_thread(import_module, "chatui.widgets.transcript")
                from chatui.widgets.find_bar import FindBar
                from chatui.widgets.sources import SourcesPanel
                from chatui.widgets.transcript import Transcript

                self.transcript = Transcript(
                    turns_shown=self._turns_shown,
                    show_reasoning=self._reasoning_shown,
                    id="transcript",
                )
                self.sources = SourcesPanel(id="sources")
                screen = self.composer.screen
                self.find = FindBar(id="find")
                await screen.mount(self._chat, self.completions, self.find, before=self.notice)
                await self._chat.mount(self.transcript, self.sources)
                self.set_sources_width(self._sources_width)
            return self.transcript, self.sources

    async def side_list(self) -> SideList:
        """The conversations at the left, mounted if they are not yet."""
        await self.complete()
        async with self._completing:
            if self.side is None:
                await asyncio.to_thread(import_module, "chatui.widgets.side_list")
                from chatui.widgets.side_list import SideList

                self.side = SideList(self._side_width, id="side")
                await self.composer.screen.mount(self.side, before=0)
            return self.side

    async def use_vim(self, on: bool) -> None:
        """Vim's keys in the composer and in the transcript, or no longer."""
        transcript, _ = await self.complete()
        # In a thread, because the user may be typing already.
        keys = await asyncio.to_thread(import_module, "chatui.widgets.vim_keys")
        composer = self.composer
        composer.watch(composer, "mode_told", self._draw_state, init=False)
        composer.use_vim(keys.VimComposer(composer) if on else None)
        transcript.vim = keys.VimTranscript(transcript, lambda: composer.takes_text) if on else None
        self._draw_state()

    def resize(self, width: int) -> None:
        """Fits the panels to a screen of so many columns."""
        self._chat.set_class(width < NARROW, "-narrow")
        if self.side is not None and width < NARROW:
            self.side.display = False
        self.set_sources_width(self._sources_width)

    def set_side_width(self, columns: int) -> None:
        """How wide the conversations at the left stand; 0 is as wide as usual."""
        self._side_width = columns
        if self.side is not None:
            self.side.set_columns(columns)

    def set_sources_width(self, columns: int) -> None:
        """How wide the sources stand beside the transcript; 0 is as wide as usual."""
        self._sources_width = columns
        if self.sources is None:
            return
        if columns and not self._chat.has_class("-narrow"):
            self.sources.styles.width = columns
        else:
            self.sources.styles.clear_rule("width")

    async def show(self, turns: Sequence[tuple[str, Turn]]) -> None:
        """Shows these turns and no other ones."""
        transcript, _ = await self.complete()
        await transcript.show(turns)
        self._head = turns[-1][0] if turns else None
        self.show_sources(turns[-1][1] if turns else None)
        self._choose_upper_part()

    def shows(self, head: str | None) -> bool:
        """Whether the turns that are shown end with that one; None: whether there are none."""
        return self._head == head

    async def start_turn(self, key: str, question: str) -> None:
        """A new turn at the end of those that are shown."""
        transcript, _ = await self.complete()
        self._head = key
        self._choose_upper_part()
        self.live = await transcript.start_turn(key, question)

    def _choose_upper_part(self) -> None:
        """The welcome stands there until there is something to show."""
        self._chat.display = self._head is not None or self._chat.has_class("-sources")
        self.welcome.display = not self._chat.display

    def turn(self, key: str) -> TurnView | None:
        """The view of a turn, None when it is not on the screen."""
        return self.transcript.turn(key) if self.transcript else None

    def show_sources(self, turn: Turn | None) -> None:
        if self.sources is not None:
            self.sources.show(turn.passages if turn else (), turn.reply.citations if turn else ())

    async def toggle_sources(self, turn: Turn | None) -> None:
        """Shows the sources of the turn, or puts them away."""
        await self.complete()
        if self._chat.has_class("-sources"):
            self._chat.remove_class("-sources")
            self._choose_upper_part()
            self.composer.focus()
        else:
            await self.open_sources(turn)

    async def open_sources(self, turn: Turn | None, n: int | None = None) -> None:
        """Shows the sources of the turn, at its citation `n`."""
        _, sources = await self.complete()
        self._chat.add_class("-sources")
        self._choose_upper_part()
        self.show_sources(turn)
        if n is not None:
            sources.highlight(n)
        sources.focus()

    async def toggle_reasoning(self) -> bool:
        """Whether it is shown now."""
        transcript, _ = await self.complete()
        self._reasoning_shown = not self._reasoning_shown
        transcript.show_reasoning(self._reasoning_shown)
        return self._reasoning_shown

    async def show_times(self, shown: bool) -> None:
        """Whether turns tell when they were asked."""
        self.times_shown = shown
        transcript, _ = await self.complete()
        transcript.show_times(shown)

    def start_editing(self, text: str, what: str) -> None:
        """`what` is "question" or "answer"."""
        self.composer.put_aside()
        self.composer.add_class("-editing")
        article = "an" if what == "answer" else "a"
        leave = self.composer.leaving("Esc")
        self.composer.border_title = border_text(f"Editing {article} {what} · {leave} leaves it")
        self.composer.fill(text, whole=True)
        self.composer.focus()

    def leave_editing(self) -> None:
        self.composer.remove_class("-editing")
        self.composer.border_title = ""

    def show_edge(self, *wordings: str) -> None:
        """What is told of the reply that comes, from long to short; "" when none does."""
        self.composer.border_title = border_text(longest_within(wordings, self._edge_room))

    def leave_edge(self) -> None:
        """No reply comes any more; what is being edited stays told."""
        if not self.composer.has_class("-editing"):
            self.show_edge("")

    @cached_property
    def _limits(self) -> ToldLimits:
        from chatui.cost.near import ToldLimits

        return ToldLimits()

    def show_reading(self, reading: MeterReading) -> None:
        """What the meter says; a budget that is nearly used up is told, too."""
        self.meter.show(reading)
        if news := self._limits.news(reading.near):
            self.notice.say(news, "warning")

    def show_state(self, *parts: str) -> None:
        """What answers and from where, on the composer's border."""
        self._state = [part for part in parts if part]
        self._draw_state()

    def edge_resized(self) -> None:
        """The composer has its new size by now, which a screen's resize comes before."""
        self._draw_state()

    def _draw_state(self) -> None:
        mode = self.composer.mode_told
        room = self._edge_room - (len(mode) + len(EDGE_GAP) if mode else 0)
        state = parts_within(self._state, room)
        told = EDGE_GAP.join(part for part in (mode, state) if part)
        self.composer.border_subtitle = border_text(told)

    @property
    def _edge_room(self) -> int:
        return self.composer.outer_size.width - EDGE
