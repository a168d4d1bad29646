"""One model's answer among those that are compared: a head over Markdown that streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.passage import Passage
from chatui.text.safety import strip_controls
from chatui.widgets.answer_parts import code_blocks
from chatui.widgets.compare_head import (
    ROWS,
    Best,
    LaneFacts,
    LaneState,
    Widths,
    booked,
    head_lines,
    standing_of,
)
from chatui.widgets.follow_scroll import FollowScroll
from chatui.widgets.line_view import LineGroup, joined
from chatui.widgets.links import open_link
from chatui.widgets.turn_parts import notes_section
from chatui.widgets.turn_view import TurnView
from chatui.widgets.word_diff import marked, words

SECONDS_BETWEEN_ANSWERS = 1 / 25
"""What lies between the drawings of two answers: drawn at once, they would hold up a key as
many times as long as one does."""


class TakingTurns:
    """Keeps the drawings of several answers apart."""

    def __init__(self) -> None:
        self._free = 0.0

    def next(self, earliest: float) -> float:
        """The first moment from `earliest` on that no other answer has."""
        at = max(earliest, self._free, monotonic())
        self._free = at + SECONDS_BETWEEN_ANSWERS
        return at


class AnswerView(TurnView):
    """A turn without its question and its figures, which stand once for all answers."""

    DEFAULT_CSS = "AnswerView { margin: 0; }"

    def __init__(self, model: str, drawings: TakingTurns) -> None:
        super().__init__(model, Turn("", datetime.now(UTC), reply=Reply(model=model)))
        self._drawings = drawings
        self.different: frozenset[int] | None = None
        """The numbers of the words that are marked; None when none is to be."""

    def drawing_time(self, earliest: float) -> float:
        return self._drawings.next(earliest)

    def words(self) -> list[str]:
        """The answer's words as they are drawn."""
        return [word.text for word in words(self._reply.document.lines)]

    def mark_words(self, different: frozenset[int] | None) -> None:
        """Marks the words of these numbers; None takes the marks off."""
        if different != self.different:
            self.different = different
            self.renew()

    def lay_out(self, width: int) -> list[LineGroup]:
        self._reply.document.reflow(width)
        lines = self._reply.document.lines
        if self.different is not None and not self.pending:
            lines = marked(lines, self.different)
        streaming = self.pending and bool(self._reply.text or self._reasoning.words)
        told = replace(self.turn, recalled=(), reply=replace(self.turn.reply, model=""))
        notes = LineGroup() if streaming else notes_section(told, width, self._waited)
        return joined([*self._reasoning_sections(width), LineGroup(lines), notes])


class LaneHead(Widget):
    """Draws LaneFacts, and an edge where its answer is the one that the keys are for."""

    DEFAULT_CSS = f"""
    LaneHead {{ height: {ROWS}; background: $foreground 5%; }}
    Lane.-chosen > LaneHead {{ background: $primary 20%; }}
    """

    def __init__(self, head: LaneFacts) -> None:
        super().__init__()
        self.head = head
        self._best = Best()
        self._widths: Widths = {}

    def show(self, head: LaneFacts, best: Best) -> None:
        if (head, best) != (self.head, self._best):
            self.head, self._best = head, best
            self.refresh()

    def render(self) -> Content:
        chosen = self.parent is not None and self.parent.has_class("-chosen")
        chosen = chosen and self.head.standing is not LaneState.READY
        edge = Content.styled("▌" if chosen else " ", "$primary")
        width = self.size.width - 2
        lines = head_lines(self.head, self._best, max(1, width), self._widths)
        return Content("\n").join([edge + line for line in lines])


class LaneScroll(FollowScroll):
    """Goes by the arrows and the paging keys; the screen has the others. It has a scrollbar
    once the answer has ended: to draw one with each word takes longer than to draw the word."""

    DEFAULT_CSS = """
    LaneScroll {
        height: 1fr; padding-right: 1; scrollbar-size-vertical: 0;
        scrollbar-color: $foreground 20%; scrollbar-background: $surface;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
        &.-ended { padding-right: 0; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "screen.turn(1)", show=False),
        Binding("left", "screen.turn(-1)", show=False),
    ]


class Lane(Vertical):
    """`begin`, then what comes of the answer, then `settle` or `fail`. `number` is from 1."""

    DEFAULT_CSS = """
    Lane { width: 1fr; height: 1fr; }
    Lane > .said {
        display: none; height: auto; max-height: 50%; padding: 0 1; color: $text-warning;
    }
    Lane > .said.-shown { display: block; }
    """

    class Changed(Message):
        """The answer began, or went on to another state."""

    class Chosen(Message):
        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int, model: str, drawings: TakingTurns) -> None:
        super().__init__(classes="-beside" if number > 1 else None)
        self._head = LaneHead(LaneFacts(number, model))
        self._said = Static(markup=False, classes="said")
        self._lasting = False
        self.scroll = LaneScroll()
        self.answer: AnswerView | None = None
        self._drawings = drawings
        self._reading: MeterReading | None = None

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._said
        yield self.scroll

    @property
    def head(self) -> LaneFacts:
        return self._head.head

    @property
    def standing(self) -> LaneState:
        return self.head.standing

    @property
    def text(self) -> str:
        """The answer so far, "" before the first word."""
        return self.answer.text if self.answer else ""

    async def begin(self) -> None:
        """Waits for an answer, another one if there was one."""
        if self.answer is not None:
            await self.answer.remove()
        self.answer = AnswerView(self.head.model, self._drawings)
        await self.scroll.mount(self.answer)
        self.scroll.follow()
        self.say("")
        self._show(replace(self.head, standing=LaneState.WAITING, reading=MeterReading()))

    def say(self, sentence: str, *, lasting: bool = False) -> None:
        """Shows a sentence above the answer, "" none: until the answer comes or ends, or, if it
        is `lasting`, as long as the answer is there."""
        self._lasting = lasting
        self._said.update(strip_controls(sentence))
        self._said.set_class(bool(sentence), "-shown")

    def show_passages(self, passages: Sequence[Passage]) -> None:
        if self.answer:
            self.answer.show_passages(passages)

    def append_text(self, delta: str) -> None:
        if self.answer:
            self.answer.append_text(delta)
            self._streams()

    def append_reasoning(self, delta: str) -> None:
        if self.answer:
            self.answer.append_reasoning(delta)
            self._streams()

    def take_back(self) -> None:
        if self.answer:
            self.answer.take_back()

    def read(self, reading: MeterReading) -> None:
        """Figures of the meter; they are drawn at the next `show_reading`."""
        self._reading = reading

    def show_reading(self) -> bool:
        """Draws the last figures; whether they are new."""
        reading, self._reading = self._reading, None
        if reading is None or self.standing.ended:
            return False
        self._head.show(replace(self.head, reading=reading), Best())
        return True

    async def settle(self, turn: Turn) -> None:
        """The answer as it ended and was booked."""
        self._comes()
        if self.answer:
            await self.answer.settle(turn)
            self._show(replace(self.head, standing=standing_of(turn), reading=booked(turn)))

    async def fail(self, sentence: str) -> None:
        """The answer ended without being stored."""
        if self.answer and self.answer.pending:
            reply = replace(self.answer.turn.reply, text=self.text, error=sentence)
            await self.settle(replace(self.answer.turn, state=TurnState.FAILED, reply=reply))

    def rank(self, best: Best) -> None:
        self._head.show(self.head, best)

    def choose(self, chosen: bool) -> None:
        """Whether this is the answer that the keys are for."""
        if chosen != self.has_class("-chosen"):
            self.set_class(chosen, "-chosen")
            self._head.refresh()

    def _comes(self) -> None:
        if not self._lasting and self._said.has_class("-shown"):
            self.say("")

    def _streams(self) -> None:
        self._comes()
        if self.standing is LaneState.WAITING:
            self._show(replace(self.head, standing=LaneState.STREAMING))

    def _show(self, head: LaneFacts) -> None:
        self._head.show(head, Best())
        self.scroll.set_class(head.standing.ended, "-ended")
        self.post_message(self.Changed())

    def on_descendant_focus(self) -> None:
        self.post_message(self.Chosen(self.head.number))

    def on_click(self) -> None:
        self.scroll.focus()

    def on_turn_view_chosen(self, event: TurnView.Chosen) -> None:
        event.stop()
        self.scroll.focus()

    def on_turn_view_source_chosen(self, event: TurnView.SourceChosen) -> None:
        # The place stands under the answer; its text is to be read once one is kept.
        event.stop()
        self.scroll.focus()

    def on_turn_view_code_chosen(self, event: TurnView.CodeChosen) -> None:
        event.stop()
        blocks = code_blocks(self.text)
        if event.number <= len(blocks):
            self.app.copy_to_clipboard(blocks[event.number - 1].code)
            self.scroll.focus()

    def on_turn_view_link_chosen(self, event: TurnView.LinkChosen) -> None:
        event.stop()
        open_link(self, event.href)
