"""What the assistant tells while it answers; the window matches on these."""

from __future__ import annotations

from dataclasses import dataclass

from chatui.cost.reading import MeterReading
from chatui.domain.conversation import Turn
from chatui.domain.passage import Passage
from chatui.models.base import ReasoningDelta, TextDelta


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The question is on disk."""

    conversation_id: str
    turn_id: str
    question: str


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """`query` is what was searched for, "" when the question needed nothing."""

    passages: tuple[Passage, ...]
    query: str = ""


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
    TurnStarted | PassagesFound | TextDelta | ReasoningDelta | MeterChanged | TurnSettled
)
