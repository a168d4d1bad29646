"""What is told of a run of a chain, call by call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chatui.domain.conversation import Turn
from chatui.domain.errors import ChatuiError

if TYPE_CHECKING:
    from chatui.assistant.events import AssistantEvent
    from chatui.cost.reading import MeterReading
    from chatui.models.base import Retrying

Ending = Literal["complete", "kept", "skipped", "failed", "interrupted", "left"]
"""How a call ended: "kept" is complete from an earlier try, "skipped" was left out by its `if`,
"left" was not made, because a step that it waits for was not either."""


@dataclass(frozen=True, slots=True)
class CallPlace:
    """A call of a run: its step, and which of the things of its list (from 1; 0 of 0 without a
    loop)."""

    step: str
    index: int = 0
    of: int = 0

    @property
    def label(self) -> str:
        return f"{self.step} {self.index}/{self.of}" if self.of else self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """How a call ended. `value` is what other steps get of it, `data` what its schema made of
    the answer, `reading` the last one of its meter, None for one that was kept."""

    place: CallPlace
    ending: Ending
    turn_id: str = ""
    turn: Turn | None = None
    reading: MeterReading | None = None
    value: Any = ""
    data: Any = None
    error: ChatuiError | None = None
    retries: tuple[Retrying, ...] = ()


@dataclass(frozen=True, slots=True)
class RunBegan:
    """`changed` are the steps that are asked anew, because the file says something else now."""

    run: str
    conversation: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallBegan:
    place: CallPlace
    model: str


@dataclass(frozen=True, slots=True)
class CallTold:
    place: CallPlace
    event: AssistantEvent


@dataclass(frozen=True, slots=True)
class CallEnded:
    outcome: CallOutcome


@dataclass(frozen=True, slots=True)
class RunEnded:
    """`outcomes` are in the order of the file. `output` is None where not all is there, `error`
    the first one of a step."""

    outcomes: Sequence[CallOutcome]
    output: str | None
    error: ChatuiError | None
    interrupted: bool


ChainEvent = RunBegan | CallBegan | CallTold | CallEnded | RunEnded
