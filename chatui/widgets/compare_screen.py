"""Answers of several models to one question, side by side, or as tabs where that is too narrow;
one key keeps one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Click, Resize
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from chatui.cost.reading import MeterReading
from chatui.text.safety import SENTENCE_LIMIT, one_line, strip_controls
from chatui.widgets.compare_head import best_of, tab_line, tab_table, totals, verdict
from chatui.widgets.compare_lane import Lane, TakingTurns
from chatui.widgets.compare_question import QuestionField
from chatui.widgets.drawn import longest_within
from chatui.widgets.notice import SECONDS_SHOWN
from chatui.widgets.word_diff import differences

MOST_LANES = 4
NARROWEST = 38
"""Columns in which an answer can be read beside another."""
PADDING = 2
"""Columns beside a line above or below the answers."""
ROWS_BESIDE_TABLE = 17
"""Of the screen, for the answer and all else, where the others have a line each."""

SECONDS_BETWEEN_FIGURES = 0.5
"""All figures change at once and seldom: what is drawn with them spans the screen."""

WRITE = ("Write the question for all of them", "The question for all")
AGAIN = (
    "Write the question, or press Enter to ask the last one again",
    "The question, or Enter for the last one again",
    "The question; Enter: the last one",
)
"""What an empty field says, from long to short."""
Hint = tuple[int, str]
"""What a key does; the higher the number, the sooner it gives way where there is little room."""
ASK_KEYS: Sequence[Hint] = (
    (3, "Compare"),
    (1, "Enter ask"),
    (2, "Shift+Enter new line"),
    (0, "Esc close"),
)


class Lanes(Horizontal):
    BLANK = True


class CompareScreen(ModalScreen[int | None]):
    """Dismissed with the number of the answer to keep, from 1, or None. `ask` takes the
    question, "" for the last one again, and `stop` ends the answers in good order; whoever
    asked hands what comes to the `lanes`, and says `ended`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "cancel", "Stop, then close"),
        Binding("enter,k", "keep", "Keep the answer"),
        *(Binding(str(n), f"choose({n})", show=False) for n in range(1, MOST_LANES + 1)),
        Binding("tab,right", "turn(1)", "Next answer"),
        Binding("shift+tab,left", "turn(-1)", "Answer before"),
        Binding("d", "differences", "Differences"),
        Binding("y", "copy", "Copy the answer"),
    ]
    # No border and no box: each layer over the whole screen is drawn anew with each word.
    DEFAULT_CSS = """
    CompareScreen { background: $surface; }
    CompareScreen .question {
        height: auto; max-height: 3; padding: 0 1; text-style: bold; background: $foreground 7%;
    }
    CompareScreen .said { height: auto; max-height: 50%; padding: 0 1; color: $text-warning; }
    CompareScreen .tabs { height: auto; padding: 0 1; }
    CompareScreen .verdict { display: none; height: 1; padding: 0 1; text-style: bold; }
    CompareScreen .verdict.-shown { display: block; }
    CompareScreen .totals, CompareScreen .keys { height: 1; padding: 0 1; }
    CompareScreen .keys { color: $text-muted; }
    CompareScreen Lane.-beside { border-left: solid $border-blurred; }
    CompareScreen.-low .question {
        max-height: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    CompareScreen .said, CompareScreen .question, CompareScreen .tabs { display: none; }
    CompareScreen.-asked .question, CompareScreen .said.-shown { display: block; }
    CompareScreen.-asked QuestionField { display: none; }
    CompareScreen.-tabs .tabs { display: block; }
    CompareScreen.-tabs Lane { display: none; border: none; }
    CompareScreen.-tabs Lane.-chosen { display: block; }
    """

    def __init__(
        self,
        models: Sequence[str],
        *,
        again: bool,
        question: str = "",
        remark: str = "",
        ask: Callable[[str], None],
        stop: Callable[[], None],
    ) -> None:
        """`again`: there is a last question that can be asked anew. A `question` is asked at
        once; till one is, the `remark` is shown."""
        super().__init__()
        drawings = TakingTurns()
        self.lanes = [Lane(n, model, drawings) for n, model in enumerate(models, start=1)]
        self._ask = ask
        self._stop = stop
        self._again = again
        self._first = question
        self._remark = remark
        self._chosen = 1
        self._running = False
        self._stopping = False
        self._different = False
        self._table = False
        """Whether the answers that have no room have a line each."""
        self._idle: MeterReading | None = None
        self._passing: Timer | None = None
        self._field = QuestionField(AGAIN if again else WRITE)
        self._question = Static(markup=False, classes="question")
        self._said = Static(markup=False, classes="said")
        self._tabs = Static(markup=False, classes="tabs")
        self._verdict = Static(markup=False, classes="verdict")
        self._totals = Static(markup=False, classes="totals")
        self._keys = Static(markup=False, classes="keys")

    def compose(self) -> ComposeResult:
        yield self._field
        yield self._question
        yield self._said
        yield self._tabs
        with Lanes():
            yield from self.lanes
        yield self._verdict
        yield self._totals
        yield self._keys

    def on_mount(self) -> None:
        self._choose(1)
        self._field.focus()
        self.say(self._remark)
        self._draw()
        self.set_interval(SECONDS_BETWEEN_FIGURES, self._show_figures)
        if self._first:
            self._ask(self._first)

    def on_resize(self, event: Resize) -> None:
        count = len(self.lanes)
        room = (event.size.width - (count - 1)) // count
        self.set_class(room < NARROWEST, "-tabs")
        self.set_class(event.size.height < 30, "-low")
        self._table = event.size.height - count >= ROWS_BESIDE_TABLE
        self.call_after_refresh(self._rearranged)

    def _rearranged(self) -> None:
        if self._asked:
            self.lanes[self._chosen - 1].scroll.focus()
        self._draw()
        # Where a long word breaks depends on the width, and so does which word is which.
        self._mark()

    @property
    def _asked(self) -> bool:
        return self.has_class("-asked")

    # What whoever asks tells

    async def begin(self, question: str) -> None:
        """The question is on its way to all models."""
        self._question.update(strip_controls(question).strip())
        self.say("")
        self.add_class("-asked")
        self._running, self._stopping = True, False
        for lane in self.lanes:
            await lane.begin()
        self.lanes[self._chosen - 1].scroll.focus()
        self._draw()

    def ended(self) -> None:
        """No answer goes on any more."""
        self._running = self._stopping = False
        self._draw()

    def refuse(self, question: str, sentence: str) -> None:
        """Nothing could be asked: the question is to be written again."""
        self.remove_class("-asked")
        self._running = False
        self._field.load_text(question)
        self._field.focus()
        self.say(sentence)
        self._draw()

    def say(self, sentence: str) -> None:
        """Shows a sentence above the answers, "" none."""
        if self._passing is not None:
            self._passing.stop()
            self._passing = None
        self._said.update(sentence)
        self._said.set_class(bool(sentence), "-shown")

    def pass_on(self, sentence: str) -> None:
        """Shows for a while what the chat's own notice says, which is covered."""
        self.say(one_line(sentence, SENTENCE_LIMIT))
        self._passing = self.set_timer(SECONDS_SHOWN, lambda: self.say(""))

    def show_totals(self, idle: MeterReading) -> None:
        """The meter between two turns: what the conversation and the day have cost by now."""
        self._idle = idle
        self._draw()

    # What the user does

    @on(QuestionField.Asked)
    def _written(self, event: QuestionField.Asked) -> None:
        event.stop()
        if event.question or self._again:
            self._ask(event.question)

    @on(Lane.Chosen)
    def _lane_chosen(self, event: Lane.Chosen) -> None:
        event.stop()
        self._choose(event.number)

    @on(Click, ".tabs")
    def _tab_clicked(self, event: Click) -> None:
        if self._table:
            self.action_choose(event.y + 1)

    @on(Lane.Changed)
    def _lane_changed(self, event: Lane.Changed) -> None:
        event.stop()
        self._draw()
        if self._different:
            self._mark()

    def action_choose(self, number: int) -> None:
        if self._asked and number <= len(self.lanes):
            self._choose(number)
            self.lanes[number - 1].scroll.focus()

    def action_turn(self, step: int) -> None:
        self.action_choose((self._chosen - 1 + step) % len(self.lanes) + 1)

    def _choose(self, number: int) -> None:
        self._chosen = number
        for lane in self.lanes:
            lane.choose(lane.head.number == number)
        self._draw()
        if self._different:
            self._mark()

    def action_keep(self) -> None:
        lane = self.lanes[self._chosen - 1]
        if not self._asked:
            return
        if not lane.standing.ended:
            self.say("This answer has not ended yet: wait for it, or stop all with Esc.")
        elif not lane.text:
            self.say("There is nothing to keep here; choose another answer, or close with Esc.")
        else:
            self.dismiss(self._chosen)

    def action_cancel(self) -> None:
        """Stops the answers first. When they don't end, it closes all the same."""
        if self._running and not self._stopping:
            self._stopping = True
            self._stop()
            self._draw()
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        lane = self.lanes[self._chosen - 1]
        if lane.text:
            self.app.copy_to_clipboard(lane.text)
            self.say(f"Copied {len(lane.text):,} characters of {lane.head.model}.")

    def action_differences(self) -> None:
        ended = [lane for lane in self.lanes if lane.standing.ended and lane.text]
        if not self._different and len(ended) < 2:
            self.say("Differences can be shown once two answers have ended.")
            return
        self._different = not self._different
        self.say("")
        self._mark()
        self._draw()

    # What is on the screen

    def _mark(self) -> None:
        _: Worker[None] = self.run_worker(self._marked, exclusive=True, group="differences")

    async def _marked(self) -> None:
        """Marks the words that the chosen answer doesn't have; in that one those that only it
        has."""
        ended = [lane.answer for lane in self.lanes if lane.answer and lane.standing.ended]
        chosen = self.lanes[self._chosen - 1].answer
        if not self._different or chosen not in ended:
            for answer in ended:
                answer.mark_words(None)
            return
        texts = [answer.words() for answer in ended]
        found = await asyncio.to_thread(differences, texts, ended.index(chosen))
        for answer, different in zip(ended, found, strict=True):
            answer.mark_words(different)

    def _draw(self) -> None:
        heads = [lane.head for lane in self.lanes]
        best = best_of(heads)
        for lane in self.lanes:
            lane.rank(best)
        if not self.is_attached:
            return
        width = max(1, self.size.width - PADDING)
        tabs = tab_line(heads, self._chosen, width)
        if self._table:
            tabs = tab_table(heads, self._chosen, best, width)
        # All keep their height: a new layout for each figure would hold up the streams.
        lines = len(heads) if self._table else 1
        self._tabs.styles.height = lines
        self._tabs.update(tabs, layout=False)
        wordings = verdict(heads, best) if self._asked else []
        self._verdict.set_class(bool(wordings), "-shown")
        if wordings:
            self._verdict.update(longest_within(wordings, width), layout=False)
        if self._asked:
            costs = [head.reading.turn_cost for head in heads]
            self._totals.update(totals(costs, self._idle, width), layout=False)
        self._keys.update(hint(self._hints(), width), layout=False)

    def _show_figures(self) -> None:
        shown = [lane.show_reading() for lane in self.lanes]
        if any(shown):
            self._draw()

    def _hints(self) -> Sequence[Hint]:
        if not self._asked:
            return ASK_KEYS
        end = "Esc close" if not self._running else "stopping …" if self._stopping else "Esc stop"
        difference = "d no marks" if self._different else "d differences"
        return (
            (2, f"1–{len(self.lanes)} Tab answer"),
            (1, "Enter keep"),
            (4, difference),
            (3, "y copy"),
            (0, end),
        )


def hint(hints: Sequence[Hint], width: int) -> str:
    """Those that there is room for in so many cells, in their order."""
    shown = list(hints)
    while len(shown) > 1 and len(_joined(shown)) > width:
        shown.remove(max(shown))
    return _joined(shown)


def _joined(hints: Sequence[Hint]) -> str:
    return " · ".join(words for _, words in hints)
