"""A run of a batch: its lines as beginnings of one conversation, some at a time.

Each call goes the road of a reply, so it is stored, booked, screened and stopped like one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.assistant.chains.run_budget import RunBudget
from chatui.assistant.chains.state import CallRecord, RunFiles, RunState
from chatui.assistant.events import TurnStarted
from chatui.assistant.reply_outcome import Ending, ReplyOutcome
from chatui.assistant.side_by_side import SideBySide
from chatui.domain.conversation import Turn, TurnState
from chatui.domain.errors import (
    AuthenticationFailed,
    BudgetExceeded,
    ChatuiError,
    ContextTooLong,
    ModelError,
    UnknownModel,
)
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from chatui.assistant.batches.lines import BatchLine
    from chatui.assistant.chains.run import ReplyPort
    from chatui.assistant.plan import Planner
    from chatui.cost.prices.prices import PriceBook
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.store.store import ChatStore

TRIES = 2
GIVE_UP = 10
"""Lines that fail behind each other before the rest is left: nobody answers there."""


@dataclass(frozen=True, slots=True)
class BatchCall:
    """A line with the settings that it is asked with. `model` is the full name."""

    line: BatchLine
    settings: ReplySettings
    model: str

    @property
    def digest(self) -> str:
        """Tells whether an earlier try asked with the same settings. A variable whose value moves
        by itself, such as the date, is no change."""
        own = self.settings.unfilled(self.model)
        told = [
            self.model,
            own.system,
            own.collection if own.rag else None,
            own.profile,
            asdict(own.options),
            self.line.system,
            dict(self.line.variables),
        ]
        return fingerprint(json.dumps(told, default=str, sort_keys=True))

    @property
    def item(self) -> str:
        return fingerprint(self.line.prompt)


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome(ReplyOutcome):
    """How a line ended; "left" was not asked, and none is skipped."""

    call: BatchCall


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRunner:
    store: ChatStore
    reply: ReplyPort
    planner: Planner
    prices: PriceBook

    async def run(
        self,
        calls: Sequence[BatchCall],
        state: RunState,
        files: RunFiles,
        *,
        jobs: int,
        stop: asyncio.Event,
    ) -> AsyncGenerator[LineOutcome, None]:
        """How each line ended, as they end: first those that an earlier try answered. The run's
        lock is the caller's.

        A line whose model failed is asked once more behind the others. The rest is left where a
        budget or a key refuses, where GIVE_UP of them fail behind each other, and when `stop` is
        set, which settles those under way as interrupted.
        """
        left = deque[BatchCall]()
        kept = KeptTurns(self.store, state)
        for call in calls:
            if (found := await kept.of(call)) is not None:
                yield LineOutcome(call=call, ending="kept", turn_id=found[0], turn=found[1])
            else:
                left.append(call)
        max_cost = None if state.max_cost is None else Decimal(state.max_cost)
        budget = RunBudget(self.planner, self.prices, state.conversation, max_cost)
        run = _BatchWork(self, state, files, budget, stop, left)
        async with aclosing(run.outcomes(jobs)) as outcomes:
            async for outcome in outcomes:
                yield outcome


async def begin(store: ChatStore, files: RunFiles, state: RunState, text: str | None) -> None:
    """Keeps what the run is gone on with, before its first call; without a `text` its prompts are
    those that it has."""
    if not state.conversation:
        state.conversation = (await store.create(f"Batch {state.chain}")).id
    if text is not None:
        await asyncio.to_thread(files.keep_lines, state.id, text)
    state.ended = ""
    await asyncio.to_thread(files.save, state)


class KeptTurns:
    """The complete turns of an earlier try, each for one line that asks the same."""

    def __init__(self, store: ChatStore, state: RunState) -> None:
        self._store = store
        self._known: dict[tuple[str, str], list[str]] = {}
        for call in state.calls:
            self._known.setdefault((call.digest, call.item), []).append(call.turn)

    async def of(self, call: BatchCall) -> tuple[str, Turn] | None:
        """The id of the turn, and the turn."""
        turns = self._known.get((call.digest, call.item), []) if self._known else []
        while turns:
            path = await self._store.path_to(turns.pop(0))
            if path and path[-1].turn.state is TurnState.COMPLETE:
                return path[-1].id, path[-1].turn
        return None


@dataclass(slots=True)
class _BatchWork:
    parts: BatchRunner
    state: RunState
    files: RunFiles
    budget: RunBudget
    stop: asyncio.Event
    left: deque[BatchCall]
    tries: dict[int, int] = field(default_factory=dict)
    failing: int = 0
    """Lines that failed since the last one that was answered."""
    ending: bool = False
    """Whether nothing more is asked."""
    _beside: SideBySide[LineOutcome] = field(default_factory=SideBySide)

    async def outcomes(self, jobs: int) -> AsyncGenerator[LineOutcome, None]:
        async with aclosing(self._beside.events([self._work() for _ in range(jobs)])) as told:
            async for outcome in told:
                yield outcome
        for call in self.left:
            yield LineOutcome(call=call, ending="left")

    async def _work(self) -> None:
        while self.left and not self.ending and not self.stop.is_set():
            call = self.left.popleft()
            outcome = await self._asked(call)
            if not self._again(outcome):
                self._beside.tell(outcome)

    def _again(self, outcome: LineOutcome) -> bool:
        """Whether the line is asked once more; it then waits behind the others."""
        if outcome.ending != "failed":
            self.failing = 0 if outcome.ending == "complete" else self.failing
            return False
        number, error = outcome.call.line.number, outcome.error
        if isinstance(error, BudgetExceeded | AuthenticationFailed):
            self.ending = True
            return False
        self.failing += isinstance(error, ModelError)
        if self.failing >= GIVE_UP:
            self.ending = True
        if not may_pass(error) or self.tries.get(number, 0) >= TRIES or self.ending:
            return False
        self.left.append(outcome.call)
        return True

    async def _asked(self, call: BatchCall) -> LineOutcome:
        self.tries[call.line.number] = self.tries.get(call.line.number, 0) + 1
        ended = LineOutcome(call=call)
        try:
            with self.budget.call() as hold:
                settings = replace(call.settings, max_cost=await self.budget.left())
                told = self.parts.reply(
                    self.state.conversation,
                    call.line.prompt,
                    settings,
                    parent=None,
                    stop=self.stop,
                    hold=hold,
                    last=True,
                )
                async with closed_behind(told) as events:
                    async for event in events:
                        if isinstance(event, TurnStarted):
                            await self._begun(call, event.turn_id)
                        ended = ended.after(event)
        except ChatuiError as error:
            return ended.broken(error)
        return ended

    async def _begun(self, call: BatchCall, turn: str) -> None:
        line = call.line
        made = CallRecord(line.id, line.number, call.digest, call.item, turn)
        await asyncio.to_thread(self.files.add, self.state.id, made)


def may_pass(error: ChatuiError | None) -> bool:
    """Whether the same call may succeed later."""
    lasting = UnknownModel | AuthenticationFailed | ContextTooLong
    return isinstance(error, ModelError) and not isinstance(error, lasting)


def exit_code(endings: Mapping[Ending, int], errors: Sequence[ChatuiError]) -> int:
    """4 where a budget refused, 0 when all lines are answered, 1 when some are; when none is, 2
    if all were wrong in the same way, else 3. `endings` are how many lines ended so."""
    if any(isinstance(error, BudgetExceeded) for error in errors):
        return BudgetExceeded.exit_code
    if not errors and not endings.get("left"):
        return 0
    if endings.get("complete") or endings.get("kept"):
        return 1
    plain = all(error.exit_code == UnknownModel.exit_code for error in errors)
    return UnknownModel.exit_code if plain else ModelError.exit_code
