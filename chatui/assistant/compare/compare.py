"""The same question on several models at once: one prompt, as many answers, each a branch.

What the question finds is looked up once, and laid out once for the model with the least
room, so that all are sent the same bytes. Then each answer is a reply like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.background import Settled
from chatui.assistant.compare.calls import Compared
from chatui.assistant.events import AssistantEvent, TurnStarted
from chatui.assistant.settle import Progress
from chatui.assistant.side_by_side import SideBySide
from chatui.cost.charges import Charge
from chatui.domain.conversation import Turn
from chatui.domain.errors import ChatuiError, UsageError
from chatui.jobs.profiles import settings_on
from chatui.memory.records import HEAD, StoredConversation, StoredTurn

if TYPE_CHECKING:
    from chatui.assistant.background import BackgroundJobs
    from chatui.assistant.compare.calls import ComparedCalls
    from chatui.assistant.plan import Plan
    from chatui.assistant.reply import Call, Replier
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.store.store import ChatStore

FEWEST, MOST = 2, 4
"""How many models are compared: more columns than four can't be read."""


@dataclass(frozen=True, slots=True)
class LaneFailed:
    """Why a model gave no whole answer, in one sentence; `exit_code` is the error's own. Its
    TurnSettled came before."""

    message: str
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class LaneEvent:
    """What one model tells: `lane` is its place among those that were named, `model` its
    full name."""

    lane: int
    model: str
    event: AssistantEvent | LaneFailed


@dataclass(slots=True)
class _LaneRun:
    """One model's part: its turn, and how that stands once it is complete."""

    progress: Progress
    complete: Turn | None = None

    def settled(self) -> Settled:
        """The complete turn."""
        progress, turn, plan = self.progress, self.complete, self.progress.plan
        assert turn is not None
        assert plan is not None
        return Settled(progress.conversation_id, progress.turn_id, turn, plan, progress.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparer:
    """Compares models. `model_name` gives the full name that settings mean."""

    store: ChatStore
    model_name: Callable[[ReplySettings], Awaitable[str]]
    calls: ComparedCalls
    replier: Replier
    background: BackgroundJobs

    async def compare(
        self,
        conversation_id: str | None,
        question: str,
        lanes: Sequence[ReplySettings],
        *,
        parent: str | None = HEAD,
        stop: asyncio.Event | None = None,
        distinct: bool = True,
        ask: bool = False,
    ) -> AsyncGenerator[LaneEvent, None]:
        """The answers to each of the settings, which name their models, as they come. None as
        conversation begins a new one, which as an `ask` is no chat until it is gone on with.

        Each answer is a turn after `parent`, and all of them are branches; the head is the
        first model's, or that of the first one that answered. A model that fails tells
        LaneFailed and leaves the others; `stop` settles all as interrupted. Raises
        UsageError and UnknownModel before anything is stored; `distinct` refuses a model
        that is named twice, and more than MOST.
        """
        if not question.strip():
            raise UsageError("The question is empty; type one, or pipe text in.")
        chosen = await self._on_models(lanes, distinct=distinct)
        if conversation_id is None:
            conversation_id = (await self.store.create(ask=ask)).id
        before = await self.store.load(conversation_id)
        behind = before.head if parent == HEAD else parent
        runs: list[_LaneRun] = []
        for one, named in zip(chosen, lanes, strict=True):
            stored = await self.store.begin_turn(
                before.id, question, parent=behind, move=not runs, media=one.media
            )
            settings = replace(one, model=named.model)
            runs.append(_LaneRun(Progress(before.id, stored.id, stored.turn, settings, one.model)))
        past = await self._past(before, behind)
        for at, lane in enumerate(runs):
            started = TurnStarted(before.id, lane.progress.turn_id, question)
            yield LaneEvent(at, lane.progress.model, started)
        async with aclosing(_ComparisonRun(self, runs, past, stop).events()) as events:
            async for event in events:
                yield event

    async def plans(
        self,
        conversation_id: str | None,
        question: str,
        lanes: Sequence[ReplySettings],
        *,
        distinct: bool = True,
    ) -> list[Plan | ChatuiError]:
        """The calls that `compare` would make behind the head, without making them; for a
        model that would not be asked, why."""
        asked = Compared(
            lanes=await self._on_models(lanes, distinct=distinct),
            question=question,
            past=(await self.store.load(conversation_id)).turns if conversation_id else (),
            conversation_id=conversation_id,
            charge=Charge(),
        )
        calls = await self.calls.of(asked)
        return [call if isinstance(call, ChatuiError) else call.plan for call in calls]

    async def _on_models(
        self, lanes: Sequence[ReplySettings], *, distinct: bool
    ) -> list[ReplySettings]:
        """The settings for their models, by the full names. Raises what `names` raises."""
        names = await self.names(lanes, distinct=distinct)
        return [
            replace(await settings_on(lane, name), model=name)
            for lane, name in zip(lanes, names, strict=True)
        ]

    async def names(self, lanes: Sequence[ReplySettings], *, distinct: bool = True) -> list[str]:
        """The full names of the models. Raises UnknownModel; where they have to be `distinct`,
        UsageError for one that is named twice, and for too few or too many."""
        if distinct and not FEWEST <= len(lanes) <= MOST:
            raise UsageError(f"Name {FEWEST} to {MOST} models to compare, not {len(lanes)}.")
        names = [await self.model_name(lane) for lane in lanes]
        twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if distinct and twice:
            raise UsageError(f"{twice} is named twice; name another model beside it.")
        return names

    async def _past(self, before: StoredConversation, parent: str | None) -> tuple[StoredTurn, ...]:
        """The turns that the question follows."""
        ids = [turn.id for turn in before.turns]
        if parent is None or parent in ids:
            return before.turns[: ids.index(parent) + 1] if parent else ()
        return (await self.store.load(before.id)).turns[:-1]


class _ComparisonRun:
    """One question on its way. The lanes run side by side; what they share is made ready
    once, by a task that they all wait for."""

    def __init__(
        self,
        parts: Comparer,
        lanes: Sequence[_LaneRun],
        past: Sequence[StoredTurn],
        stop: asyncio.Event | None,
    ) -> None:
        self._parts = parts
        self._lanes = lanes
        self._past = past
        self._stop = stop
        self._beside: SideBySide[LaneEvent] = SideBySide()

    async def events(self) -> AsyncGenerator[LaneEvent, None]:
        first = self._lanes[0].progress
        asked = Compared(
            lanes=[
                replace(lane.progress.settings, model=lane.progress.model) for lane in self._lanes
            ],
            question=first.turn.question,
            past=self._past,
            conversation_id=first.conversation_id,
            charge=first.charge,
        )
        calls = asyncio.create_task(self._parts.calls.of(asked))
        works = [self._run(at, calls) for at in range(len(self._lanes))]
        try:
            async with aclosing(self._beside.events(works)) as events:
                async for event in events:
                    yield event
        except Exception:
            # A fault of ours in one lane leaves the answers of the others.
            await self._keep()
            raise
        else:
            await self._keep()
        finally:
            calls.cancel()
            await asyncio.gather(calls, return_exceptions=True)

    async def _run(self, at: int, calls: asyncio.Task[list[Call | ChatuiError]]) -> None:
        """One lane to its end. Raises only faults of our own."""
        lane = self._lanes[at]

        def tell(event: AssistantEvent | LaneFailed) -> None:
            self._beside.tell(LaneEvent(at, lane.progress.model, event))

        def complete(turn: Turn) -> None:
            lane.complete = turn

        answer = self._answer(at, calls)
        settled = self._parts.replier.settled(lane.progress, answer, self._stop, complete)
        try:
            async with aclosing(settled) as events:
                async for event in events:
                    tell(event)
        except ChatuiError as error:
            tell(LaneFailed(str(error), error.exit_code))

    async def _answer(
        self, at: int, calls: asyncio.Task[list[Call | ChatuiError]]
    ) -> AsyncIterator[AssistantEvent]:
        # One lane that is left must not take what the others wait for with it.
        call = (await asyncio.shield(calls))[at]
        if isinstance(call, ChatuiError):
            raise call
        async for event in self._parts.replier.call(self._lanes[at].progress, call):
            yield event

    async def _keep(self) -> None:
        """Leaves the head where the conversation goes on, and prepares for that."""
        answered = [lane for lane in self._lanes if lane.complete]
        for lane in answered[1:]:
            self._parts.background.answered(lane.settled())
        if not answered:
            return
        kept = answered[0].settled()
        if answered[0] is not self._lanes[0]:
            await self._parts.store.move_head(kept.conversation_id, kept.turn_id)
        self._parts.background.turn_settled(kept)
