"""The chat on the screen: transcript and sources above, notice, composer and meter below."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.markup import escape

from chatui.conversation import Turn
from chatui.widgets.completion import CompletionList
from chatui.widgets.composer import Composer
from chatui.widgets.meter_bar import MeterBar
from chatui.widgets.notice import Notice
from chatui.widgets.sources import SourcesPanel
from chatui.widgets.transcript import Transcript
from chatui.widgets.turn_view import TurnView
from chatui.widgets.welcome import Welcome

NARROW = 100
"""Columns below which the sources take the transcript's place."""


class ChatView(Vertical):
    """Puts the parts together; what they mean to a conversation is the app's business."""

    def __init__(self, turns_shown: int, show_reasoning: bool) -> None:
        super().__init__()
        # Attributes, because a query from the app looks through the screen on top, which
        # may be a picker while a reply streams here.
        self.transcript = Transcript(
            turns_shown=turns_shown, show_reasoning=show_reasoning, id="transcript"
        )
        self.sources = SourcesPanel(id="sources")
        self.completions = CompletionList(id="completions")
        self.notice = Notice(id="notice")
        self.composer = Composer(self.completions, id="composer")
        self.meter = MeterBar(id="meter")
        self._chat = Horizontal(id="chat", classes="-empty")
        self.live: TurnView | None = None
        """The turn that was started last."""
        self._head: str | None = None
        self._reasoning_shown = show_reasoning

    def compose(self) -> ComposeResult:
        with self._chat:
            yield Welcome(id="welcome")
            yield self.transcript
            yield self.sources
        yield self.completions
        yield self.notice
        yield self.composer
        yield self.meter

    def on_resize(self, event: events.Resize) -> None:
        self._chat.set_class(event.size.width < NARROW, "-narrow")

    async def show(self, turns: Sequence[tuple[str, Turn]]) -> None:
        """Shows these turns and no other ones."""
        self._chat.set_class(not turns, "-empty")
        await self.transcript.show(turns)
        self._head = turns[-1][0] if turns else None
        self.show_sources(turns[-1][1] if turns else None)

    async def start_turn(self, key: str, question: str, before: Sequence[tuple[str, Turn]]) -> None:
        """A new turn at the end of the turns `before`, which may not be those shown now."""
        if self._head != (before[-1][0] if before else None):
            await self.show(before)
        self._chat.remove_class("-empty")
        self._head = key
        self.live = await self.transcript.start_turn(key, question)

    def show_sources(self, turn: Turn | None) -> None:
        self.sources.show(turn.passages if turn else (), turn.reply.citations if turn else ())

    def toggle_sources(self) -> None:
        self._chat.toggle_class("-sources")
        if self._chat.has_class("-sources"):
            self.sources.focus()
        else:
            self.composer.focus()

    def toggle_reasoning(self) -> bool:
        """Whether it is shown now."""
        self._reasoning_shown = not self._reasoning_shown
        self.transcript.show_reasoning(self._reasoning_shown)
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
