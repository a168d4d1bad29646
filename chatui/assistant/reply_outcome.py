"""How a call of a run ended, by the events of its reply: of a batch and of a chain alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from chatui.assistant.events import AssistantEvent, MeterChanged, TurnSettled
from chatui.domain.conversation import Turn, TurnState
from chatui.models.base import Retrying

if TYPE_CHECKING:
    from chatui.cost.reading import MeterReading
    from chatui.domain.errors import ChatuiError

Ending = Literal["complete", "kept", "skipped", "failed", "interrupted", "left"]
"""How a call ended: "kept" is complete from an earlier try, "skipped" was left out by a condition,
"left" was not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOutcome:
    """`reading` is the last one of the meter, None for a call that was kept; `retries` say why the
    model was asked again. A call of which nothing was heard yet is interrupted."""

    ending: Ending = "interrupted"
    turn_id: str = ""
    turn: Turn | None = None
    reading: MeterReading | None = None
    error: ChatuiError | None = None
    retries: tuple[Retrying, ...] = ()

    @property
    def answered(self) -> bool:
        return self.ending in {"complete", "kept"}

    def after(self, event: AssistantEvent) -> Self:
        """As it is once the reply has told this. Only a turn that is settled whole is complete."""
        match event:
            case Retrying():
                return replace(self, retries=(*self.retries, event))
            case MeterChanged():
                return replace(self, reading=event.reading)
            case TurnSettled():
                whole = event.turn.state is TurnState.COMPLETE
                ending: Ending = "complete" if whole else "interrupted"
                return replace(self, ending=ending, turn_id=event.turn_id, turn=event.turn)
        return self

    def broken(self, error: ChatuiError) -> Self:
        """As it is where this ended the reply; what had come stays."""
        return replace(self, ending="failed", error=error)
