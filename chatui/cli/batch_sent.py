"""`chatui ask --batch FILE --provider-batch`, and `chatui ask --collect ID` for its answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatui.assistant.batches.provider import PartFetched
from chatui.assistant.batches.run import BatchCall, KeptTurns, LineOutcome, begin
from chatui.cli.batch_report import BatchReport
from chatui.cli.output import complain, warn
from chatui.domain.conversation import TurnState
from chatui.domain.errors import ModelError
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.assistant.chains.state import RunState
    from chatui.bootstrap.services import Services

WITH_PROVIDER = "with the provider"


async def send(
    services: Services, state: RunState, calls: Sequence[BatchCall], text: str | None
) -> int:
    """Sends the lines that have no answer yet; the exit code."""
    files, left_out = services.chains.runs, set[tuple[str, str]]()
    for call in calls:
        options = call.settings.unfilled(call.model).options
        left_out |= {
            (call.model, name) for name in services.catalog.batches(call.model).left_out(options)
        }
    for model, name in sorted(left_out):
        warn(f"The batches of {model} don't take {name}; it is left out.")
    lock = await asyncio.to_thread(files.taken, state.id)
    try:
        await begin(services.store, files, state, text)
        try:
            failed = await services.assistant.provider_batches.send(calls, state, files)
        finally:
            state.ended = WITH_PROVIDER if state.sent else "failed"
            await asyncio.to_thread(files.save, state)
            say_sent(state)
    finally:
        lock.close()
    for one in failed:
        complain(f"line {one.call.line.number} ({one.call.line.id}): {one.error}")
    if failed:
        return 1 if state.sent else max(one.error.exit_code for one in failed if one.error)
    if not state.sent:
        warn(f"All lines are answered; `chatui ask --resume {state.id}` prints them.")
    return 0


def say_sent(state: RunState) -> None:
    for part in state.sent:
        lines = counted(len(part.lines), "line")
        warn(f"Sent to {part.model}: {lines}, as {part.id}.")
    if state.sent:
        warn(f"`chatui ask --collect {state.id}` fetches the answers, within a day.")


async def collect(services: Services, state: RunState, calls: Sequence[BatchCall]) -> int:
    """Fetches what is there, prints all lines that have ended, and says what is still to come; the
    exit code, 1 as long as something is."""
    files = services.chains.runs
    lock = await asyncio.to_thread(files.taken, state.id)
    fetched: dict[int, LineOutcome] = {}
    try:
        events = services.assistant.provider_batches.collect(calls, state, files)
        async for event in events:
            if isinstance(event, PartFetched):
                say_status(event)
            else:
                fetched[event.call.line.number] = event
        report, before = BatchReport(state, calls, sys.stderr), Earlier(services, state)
        for call in calls:
            report.follow(fetched.get(call.line.number) or await before.outcome(call))
        report.clear()
        state.ended = WITH_PROVIDER if state.sent else report.ended
        await asyncio.to_thread(files.save, state)
    finally:
        lock.close()
    costs = services.prices.conversion.total(await services.store.costs(state.conversation))
    if not state.sent:
        return report.sum_up(costs)
    report.say_figures(costs)
    warn(f"`chatui ask --collect {state.id}` fetches what is still to come.")
    return 1


def say_status(event: PartFetched) -> None:
    status = event.status
    counted = f", {status.done:,} of {status.total:,}" if status.total else ""
    warn(f"{event.part.id} at {event.part.model}: {status.word}{counted}.")


class Earlier:
    """How lines ended that were not fetched now."""

    def __init__(self, services: Services, state: RunState) -> None:
        self._store = services.store
        self._kept = KeptTurns(services.store, state)
        self._last = {made.index: made.turn for made in state.calls}
        self._with_provider = {number for part in state.sent for number in part.lines}

    async def outcome(self, call: BatchCall) -> LineOutcome:
        """How the line ended, or that it has not yet."""
        if (kept := await self._kept.of(call)) is not None:
            return LineOutcome(call=call, ending="kept", turn_id=kept[0], turn=kept[1])
        number = call.line.number
        left = LineOutcome(call=call, ending="left")
        if number in self._with_provider or number not in self._last:
            return left
        path = await self._store.path_to(self._last[number])
        if not path or path[-1].turn.state is not TurnState.FAILED:
            return left
        turn = path[-1].turn
        error = ModelError(turn.reply.error or "")
        return replace(left, ending="failed", turn_id=path[-1].id, turn=turn, error=error)
