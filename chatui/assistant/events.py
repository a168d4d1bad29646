"""What the assistant tells while it answers; the window matches on these."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Turn
from chatui.domain.media import Medium
from chatui.domain.passage import Passage
from chatui.models.base import ReasoningDelta, Retrying, TextDelta, TextTakenBack


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The question is on disk."""

    conversation_id: str
    turn_id: str
    question: str
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """`query` is what was searched for, "" when the question needed nothing."""

    passages: tuple[Passage, ...]
    query: str = ""


@dataclass(frozen=True, slots=True)
class DocumentTaken:
    """What a document takes that is read as a whole, before it is sent; or, with a `total`, how
    many of its sections are summed up."""

    text: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class MeterChanged:
    reading: MeterReading


@dataclass(frozen=True, slots=True)
class TurnSettled:
    """The last event. The turn is on disk as complete, interrupted or failed."""

    conversation_id: str
    turn_id: str
    turn: Turn


AssistantEvent = (
    TurnStarted
    | PassagesFound
    | DocumentTaken
    | Retrying
    | TextDelta
    | ReasoningDelta
    | TextTakenBack
    | MeterChanged
    | TurnSettled
)


def retry_told(retry: Retrying, left: float) -> str:
    """The sentence for an attempt that begins in `left` seconds, without its full stop."""
    when = f"in {math.ceil(left)} s" if left > 0 else "now"
    return f"{retry.reason}; asking again {when}, attempt {retry.number} of {retry.most}"
