"""A reply as lines that are written once: whole sentences, as a screen reader speaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatui.assistant.events import (
    DocumentTaken,
    MeterChanged,
    PassagesFound,
    TurnSettled,
    retry_told,
)
from chatui.cli.answer import Answer, print_answer
from chatui.cli.output import print_line, print_text
from chatui.domain.conversation import TurnState
from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack
from chatui.text.figures import UNKNOWN, money, moneys, tokens

if TYPE_CHECKING:
    from chatui.assistant.events import AssistantEvent
    from chatui.cost.reading import MeterReading

ENDS = ("\n", ". ", "! ", "? ", ": ", "。", "！", "？")
LONGEST = 600
"""Characters that are held back for the end of a sentence; what has none is cut at a blank."""
TAKEN_BACK = "What stands above was reasoning; the answer follows."


class Sentences:
    """Text that comes in pieces, cut anywhere, given on in sentences and lines."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What of it is whole by now."""
        # An end may have been cut: its last character has come now.
        seen = max(0, len(self._held) - 1)
        self._held += piece
        new = self._held[seen:]
        end = max((seen + new.rfind(mark) + len(mark) for mark in ENDS if mark in new), default=0)
        if not end and len(self._held) > LONGEST:
            end = self._held.rfind(" ") + 1 or len(self._held)
        whole, self._held = self._held[:end], self._held[end:]
        return whole

    def finish(self) -> str:
        whole, self._held = self._held, ""
        return whole


class PlainReply:
    """Writes the events of one reply to stdout. `shows_reasoning` has thoughts written too."""

    def __init__(self, *, shows_reasoning: bool) -> None:
        self._shows_reasoning = shows_reasoning
        self._said, self._thought = Sentences(), Sentences()
        self._thinks = False
        self._at_start = True
        self._told = 0
        self.reading: MeterReading | None = None

    def hear(self, event: AssistantEvent) -> None:
        match event:
            case PassagesFound(passages) if passages:
                count = len(passages)
                self._aside(f"{count} passage{'s' * (count > 1)} of your documents found.")
            case DocumentTaken():
                self._tell_document(event)
            case Retrying(seconds=seconds):
                self._aside(f"{retry_told(event, seconds)}.")
            case ReasoningDelta(text):
                self._think(text)
            case TextDelta(text):
                if self._thinks:
                    self._write(self._thought.finish())
                    self._aside("The answer:")
                    self._thinks = False
                self._write(self._said.feed(text))
            case TextTakenBack():
                self._write(self._said.finish())
                self._aside(TAKEN_BACK)
            case MeterChanged():
                self.reading = event.reading
            case TurnSettled():
                self._settle(event)
            case _:
                pass

    def end(self) -> None:
        """Whatever ended it, what came is written and the line is ended."""
        self._write(self._thought.finish() + self._said.finish())
        self._end_line()

    def _think(self, text: str) -> None:
        if not self._thinks:
            self._thinks = True
            self._aside("Thinking:" if self._shows_reasoning else "Thinking …")
        if self._shows_reasoning:
            self._write(self._thought.feed(text))

    def _tell_document(self, event: DocumentTaken) -> None:
        """What a document takes, then each quarter of its sections."""
        if not event.total:
            self._aside(event.text)
            return
        quarter = 4 * event.done // event.total
        if quarter != self._told:
            self._told = quarter
            self._aside(f"{event.text}: {event.done} of {event.total} sections.")

    def _settle(self, event: TurnSettled) -> None:
        self.end()
        done = Answer(event.conversation_id, event.turn_id, event.turn, self.reading)
        print_answer(done, streamed=True, measured=False)
        if event.turn.state is TurnState.INTERRUPTED:
            print_line("Stopped; what came is kept. /continue goes on with it.")

    def _write(self, text: str) -> None:
        if text:
            print_text(text, end="")
            self._at_start = text.endswith("\n")

    def _end_line(self) -> None:
        if not self._at_start:
            self._write("\n")

    def _aside(self, sentence: str) -> None:
        self._end_line()
        print_line(sentence)


def figures(reading: MeterReading) -> str:
    """What the last reply took, and what the next message takes, as a sentence each."""
    usage, cost = reading.turn, reading.turn_cost
    about = "about " * usage.estimated
    said = [
        f"{reading.model}: {about}{tokens(usage.prompt)} tokens in, {tokens(usage.output)} out, "
        f"{_price(money(cost))}"
    ]
    if reading.conversation:
        said.append(f"this chat {_price(moneys(reading.conversation))}")
    if reading.today:
        said.append(f"today {_price(moneys(reading.today))}")
    return "; ".join(said) + "."


def _price(shown: str) -> str:
    """A dash is not spoken."""
    return "price unknown" if shown == UNKNOWN else shown


def sending(reading: MeterReading) -> str:
    """What sending a message takes, its answer apart."""
    quote, memory = reading.quote, reading.memory
    if quote is None:
        return ""
    room = f" of {tokens(reading.context_size)}" if reading.context_size else ""
    told = f"Sending about {tokens(quote.tokens)}{room} tokens, {_price(money(quote.cost))}"
    if memory.leaving_turns:
        turns = memory.leaving_turns
        told += f"; {turns} turn{'s' * (turns > 1)} leave{'s' * (turns == 1)} the prompt"
    return f"{told}."
