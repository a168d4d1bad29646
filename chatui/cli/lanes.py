"""The answers of several models on the command line: gathered, printed, judged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.compare.compare import LaneEvent, LaneFailed
from chatui.assistant.events import MeterChanged, TurnSettled, retry_told
from chatui.cli.answer import Answer, print_answer, with_data
from chatui.cli.interrupt import EXIT_INTERRUPTED
from chatui.cli.output import Styled, complain, print_line, warn
from chatui.domain.conversation import TurnState
from chatui.domain.errors import BudgetExceeded, ModelError, UsageError
from chatui.models.base import Retrying

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cli.question import Request
    from chatui.cost.reading import MeterReading


@dataclass(frozen=True, slots=True)
class LaneOutcome:
    """How one model's part ended: `place` is its own among the lanes. A failed one may have
    a part of an answer. `profile` is named where several were."""

    place: int
    model: str
    answer: Answer | None = None
    failed: LaneFailed | None = None
    profile: str = ""

    @property
    def name(self) -> str:
        return f"{self.profile} · {self.model}" if self.profile else self.model

    @property
    def interrupted(self) -> bool:
        return self.answer is not None and self.answer.turn.state is TurnState.INTERRUPTED


async def answered(
    services: Services,
    request: Request,
    stop: asyncio.Event,
    *,
    distinct: bool = True,
    on_event: Callable[[LaneEvent], None] = lambda event: None,
) -> AsyncGenerator[LaneOutcome, None]:
    """Each model's part as it ends. Raises UsageError and UnknownModel before any call."""
    profiles = [lane.profile for lane in request.lanes]
    named = profiles if len(set(profiles)) > 1 else [""] * len(profiles)
    readings: dict[int, MeterReading] = {}
    failing: dict[int, LaneOutcome] = {}
    retries: dict[int, tuple[Retrying, ...]] = {}
    events = services.comparer.compare(
        request.conversation_id,
        request.question,
        request.lanes,
        stop=stop,
        distinct=distinct,
        ask=request.ask,
    )
    async with aclosing(events):
        async for told in events:
            on_event(told)
            match told.event:
                case MeterChanged(reading):
                    readings[told.lane] = reading
                case Retrying(seconds=seconds) as retry:
                    retries[told.lane] = (*retries.get(told.lane, ()), retry)
                    warn(f"{retry_told(retry, seconds)}.")
                case TurnSettled() as end:
                    answer = Answer(
                        end.conversation_id,
                        end.turn_id,
                        end.turn,
                        readings.get(told.lane),
                        profile=request.lanes[told.lane].profile,
                        retries=retries.get(told.lane, ()),
                    )
                    lane = LaneOutcome(told.lane, told.model, answer, profile=named[told.lane])
                    if end.turn.state is TurnState.FAILED:
                        failing[told.lane] = lane  # Its reason comes next.
                    else:
                        yield replace(lane, answer=with_data(answer, request.lanes[told.lane]))
                case LaneFailed() as failure:
                    lane = failing.get(told.lane) or LaneOutcome(
                        told.lane, told.model, profile=named[told.lane]
                    )
                    yield replace(lane, failed=failure)


def exit_code(lanes: Sequence[LaneOutcome], *, interrupted: bool) -> int:
    """0 when all answered and 1 when some did. When none did, 4 if the budget refused them
    all, 2 if all were wrong in the same way, else 3."""
    if interrupted:
        return EXIT_INTERRUPTED
    codes = [lane.failed.exit_code for lane in lanes if lane.failed]
    if len(codes) < len(lanes):
        return 1 if codes else 0
    shared = codes[0] if len(set(codes)) == 1 else None
    plain = (UsageError.exit_code, BudgetExceeded.exit_code)
    return shared if shared in plain else ModelError.exit_code


def say_failure(lane: LaneOutcome) -> None:
    """Why the lane failed, to stderr."""
    if lane.failed:
        reason = lane.failed.message
        named = reason if reason.startswith(lane.name) else f"{lane.name}: {reason}"
        complain(named)


def print_lane(lane: LaneOutcome, *, measured: bool = True) -> None:
    """The answer under its model's name; of one that did not come to its end what there is."""
    whole = not (lane.failed or lane.interrupted)
    if lane.answer is None or not (whole or lane.answer.turn.reply.text):
        return
    unfinished = " (interrupted)" if lane.interrupted else " (failed)" if lane.failed else ""
    print_line(Styled(f"── {lane.name}{unfinished}", bold=True))
    print_answer(lane.answer, streamed=False, measured=measured)
