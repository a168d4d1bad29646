"""The chat on the screen: transcript and sources above, notice, composer and meter below."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.markup import escape

from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.meter_bar import MeterBar
from chatui.widgets.notice import Notice
from chatui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from chatui.conversation import Turn
    from chatui.widgets.sources import SourcesPanel
    from chatui.widgets.transcript import Transcript
    from chatui.widgets.turn_view import TurnView

NARROW = 100
"""Columns below which the sources take the transcript's place."""


class ChatView(Vertical):
    """Puts the parts together; what they mean to a conversation is the app's business.

    It starts with what an empty chat shows. `complete` mounts the rest, whose modules and
    style sheets would make the first frame late.
    """

    def __init__(self, turns_shown: int, show_reasoning: bool) -> None:
        super().__init__()
        # Attributes, because a query from the app looks through the screen on top, which
        # may be a picker while a reply streams here.
        self.completions = CompletionList(id="completions")
        self.notice = Notice(id="notice")
        self.composer = Composer(self.completions, id="composer")
        self.meter = MeterBar(id="meter")
        self.transcript: Transcript | None = None
        self.sources: SourcesPanel | None = None
        self.live: TurnView | None = None
        """The turn that was started last."""
        self._chat = Horizontal(id="chat", classes="-empty")
        self._turns_shown = turns_shown
        self._reasoning_shown = show_reasoning
        self._head: str | None = None
        self._completing = asyncio.Lock()

    def compose(self) -> ComposeResult:
        with self._chat:
            yield Welcome(id="welcome")
        yield self.completions
        yield self.notice
        yield self.composer
        yield self.meter

    async def complete(self) -> tuple[Transcript, SourcesPanel]:
        """The parts that hold a conversation, mounted if they are not yet."""
        async with self._completing:
            if self.transcript is None or self.sources is None:
                # In a thread, because the user may be typing already.
                await asyncio.to_thread(import_module, "chatui.widgets.transcript")
                from chatui.widgets.sources import SourcesPanel
                from chatui.widgets.transcript import Transcript

                self.transcript = Transcript(
                    turns_shown=self._turns_shown, show_reasoning=self._reasoning_shown
                )
                self.sources = SourcesPanel(id="sources")
                await self._chat.mount(self.transcript, self.sources)
            return self.transcript, self.sources

    def on_resize(self, event: events.Resize) -> None:
        self._chat.set_class(event.size.width < NARROW, "-narrow")

    async def show(self, turns: Sequence[tuple[str, Turn]]) -> None:
        """Shows these turns and no other ones."""
        transcript, _ = await self.complete()
        self._chat.set_class(not turns, "-empty")
        await transcript.show(turns)
        self._head = turns[-1][0] if turns else None
        self.show_sources(turns[-1][1] if turns else None)

    async def start_turn(self, key: str, question: str, before: Sequence[tuple[str, Turn]]) -> None:
        """A new turn at the end of the turns `before`, which may not be those shown now."""
        transcript, _ = await self.complete()
        if self._head != (before[-1][0] if before else None):
            await self.show(before)
        self._chat.remove_class("-empty")
        self._head = key
        self.live = await transcript.start_turn(key, question)

    def turn(self, key: str) -> TurnView | None:
        """The view of a turn, None when it is not on the screen."""
        return self.transcript.turn(key) if self.transcript else None

    def show_sources(self, turn: Turn | None) -> None:
        if self.sources is not None:
            if turn is None:
                self.sources.show((), ())
            else:
                self.sources.show(turn.passages, turn.reply.citations, turn.reply.text)

    async def toggle_sources(self) -> None:
        _, sources = await self.complete()
        self._chat.toggle_class("-sources")
        (sources if self._chat.has_class("-sources") else self.composer).focus()

    async def toggle_reasoning(self) -> bool:
        """Whether it is shown now."""
        transcript, _ = await self.complete()
        self._reasoning_shown = not self._reasoning_shown
        transcript.show_reasoning(self._reasoning_shown)
        return self._reasoning_shown

    def start_editing(self, question: str) -> None:
        self.composer.add_class("-editing")
        self.composer.border_title = "Editing a question · Esc leaves it"
        self.composer.fill(question)
        self.composer.focus()

    def leave_editing(self) -> None:
        self.composer.remove_class("-editing")
        self.composer.border_title = ""

    def show_state(self, *parts: str) -> None:
        """What answers and from where, on the composer's border."""
        self.composer.border_subtitle = escape(" · ".join(part for part in parts if part))
