"""What is told of a run of a chain, call by call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatui.assistant.reply_outcome import ReplyOutcome
from chatui.domain.errors import ChatuiError

if TYPE_CHECKING:
    from chatui.assistant.events import AssistantEvent


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
class CallOutcome(ReplyOutcome):
    """How a call of a chain ended: skipped by its step's `if`, left because a step that it waits
    for was not made either. `value` is what other steps get of it, `data` what its schema made of
    the answer."""

    place: CallPlace
    value: Any = ""
    data: Any = None


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
