"""What is done in the background when a turn has been settled, for later turns to find ready.

Nothing of it is waited for by a reply, and a failure costs nothing but what it would have
prepared: it goes to the log, and to the user where the job says so itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatui.cost.charges import Charge, charging

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.domain.conversation import Turn
    from chatui.jobs.profiles import ReplySettings

CLOSING_SECONDS = 2.0
"""How long closing waits for a job to come to its end by itself."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A complete turn, and the call that it was."""

    conversation_id: str
    turn_id: str
    turn: Turn
    plan: Plan
    settings: ReplySettings

    def charge(self) -> Charge:
        return Charge(
            self.conversation_id,
            self.turn_id,
            profile=self.settings.profile,
            filters=self.settings.filters,
            run=self.settings.run,
        )


Job = Callable[[Settled], Awaitable[None]]


class BackgroundJobs:
    """Runs the jobs for one turn after another, in their order. Of turns that settle while
    it is at work, only the newest is kept: it holds what the ones before it would have.
    `learning` from an answer is done first, for each of them."""

    def __init__(self, jobs: Sequence[Job] = (), learning: Sequence[Job] = ()) -> None:
        self._jobs = tuple(jobs)
        self._learning = tuple(learning)
        self._answered: list[Settled] = []
        self._next: Settled | None = None
        self._task: asyncio.Task[None] | None = None

    def turn_settled(self, settled: Settled) -> None:
        """Begins the jobs, and returns at once."""
        self._next = settled
        self.answered(settled)

    def answered(self, settled: Settled) -> None:
        """Begins to learn from an answer that the conversation may not go on with."""
        if not (self._jobs or self._learning):
            return
        self._answered.append(settled)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._answered or self._next is not None:
            while self._answered:
                await self._do(self._learning, self._answered.pop(0))
            if self._next is not None:
                settled, self._next = self._next, None
                await self._do(self._jobs, settled)

    async def _do(self, jobs: Sequence[Job], settled: Settled) -> None:
        for job in jobs:
            try:
                with charging(settled.charge()):
                    await job(settled)
            # A job prepares what can be done without; none may end the others.
            except Exception:
                logging.getLogger(__name__).exception("Work after a turn failed")

    async def finish(self, seconds: float) -> None:
        """Waits for the jobs under way, at most so long; then they are cancelled."""
        if seconds <= 0:
            self._next, self._answered = None, []
        task = self._task
        if task is None or task.done():
            return
        try:
            await asyncio.wait([task], timeout=seconds)
        finally:
            # Also when the caller is cancelled, who is to hear of that.
            task.cancel()
        await asyncio.wait([task])

    async def close(self) -> None:
        await self.finish(CLOSING_SECONDS)
