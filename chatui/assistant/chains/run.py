"""A run of a chain: its steps as turns of one conversation, those at a time that wait for none.

Each call goes the road of a reply, so it is stored, booked, cited and stopped like one. The turns
stand in one line, in the order in which they were begun, while their replies come side by side.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from chatui.assistant.chains.chain import Chain, Step
from chatui.assistant.chains.events import (
    CallBegan,
    CallEnded,
    CallOutcome,
    CallPlace,
    CallTold,
    ChainEvent,
    RunBegan,
    RunEnded,
)
from chatui.assistant.chains.filling import Known, filled, holds, items_of, plain_text
from chatui.assistant.chains.run_budget import RunBudget
from chatui.assistant.chains.state import CallRecord, RunFiles, RunState
from chatui.assistant.events import AssistantEvent, TurnStarted
from chatui.assistant.side_by_side import SideBySide
from chatui.cost.charges import Charge
from chatui.domain.conversation import Turn, TurnState
from chatui.domain.errors import BadResponse, ChatuiError, UsageError
from chatui.jobs.profiles import ReplySettings, settings_on
from chatui.jobs.templates import Texts, as_text
from chatui.memory.records import HEAD
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from chatui.assistant.plan import Planner
    from chatui.assistant.request_log import RequestLog
    from chatui.assistant.shared_budget import Hold
    from chatui.cost.prices.prices import PriceBook
    from chatui.memory.store.store import ChatStore

AT_ONCE = 4
"""Calls side by side: more are refused by many providers, and local ones come one by one."""


class ReplyPort(Protocol):
    """`Assistant.reply`."""

    def __call__(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        parent: str | None = HEAD,
        stop: asyncio.Event | None = None,
        hold: Hold | None = None,
        last: bool = False,
    ) -> AsyncIterator[AssistantEvent]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRunner:
    """Runs chains. `model_name` gives the full name that settings mean."""

    store: ChatStore
    reply: ReplyPort
    model_name: Callable[[ReplySettings], Awaitable[str]]
    planner: Planner
    prices: PriceBook
    log: RequestLog

    async def run(
        self,
        chain: Chain,
        state: RunState,
        files: RunFiles,
        stop: asyncio.Event | None = None,
    ) -> AsyncGenerator[ChainEvent, None]:
        """A new run, or one that is gone on with: calls that are complete are not made again,
        unless their step was changed or one that it waits for is asked anew. The chain has no
        faults, and its variables their values.

        A step that fails ends those that wait for it, and no other ones. `stop` settles all
        calls under way as interrupted. Raises UsageError and UnknownModel before anything is
        stored; what ends a step is told.
        """
        began, charge = datetime.now(UTC), Charge(run=uuid.uuid4().hex)
        models = {step.name: await self.model_name(step.settings) for step in chain.steps}
        lock = await asyncio.to_thread(files.taken, state.id)
        try:
            if not state.conversation:
                title = chain.description or chain.name
                state.conversation = (await self.store.create(title)).id
            done = await self._done(state)
            max_cost = None if state.max_cost is None else Decimal(state.max_cost)
            budget = RunBudget(self.planner, self.prices, state.conversation, max_cost)
            run = _Run(
                self, chain, state, files, models, done, budget, stop or asyncio.Event(), charge.run
            )
            try:
                async with aclosing(run.events()) as events:
                    async for event in events:
                        yield event
            finally:
                self.log.tell(_told(chain, state, began), charge)
        finally:
            lock.close()

    async def _done(self, state: RunState) -> dict[str, Turn]:
        """The complete turns of an earlier try, by their ids."""
        ids = [call.turn for call in state.calls]
        stored = await self.store.load(state.conversation)
        found = {one.id: one.turn for one in stored.turns}
        for turn_id in reversed(ids):
            if turn_id not in found:
                # The conversation went on elsewhere: an /undo, an edit.
                found |= {one.id: one.turn for one in await self.store.path_to(turn_id)}
        return {one: found[one] for one in ids if one in found and is_whole(found[one])}


def _told(chain: Chain, state: RunState, began: datetime) -> dict[str, Any]:
    """What a run is to a collector: all that its turns have in common."""
    return {
        "kind": "chain",
        "name": chain.name,
        "time": began.isoformat(),
        "seconds": (datetime.now(UTC) - began).total_seconds(),
        "conversation": state.conversation,
        "outcome": state.ended or "failed",
    }


def is_whole(turn: Turn) -> bool:
    return turn.state is TurnState.COMPLETE


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call on its way: what its templates may name, and the fingerprint of the `item` that it is
    about. Its turn is begun when that of the one before it in the list is, or won't be."""

    step: Step
    place: CallPlace
    values: Mapping[str, Any]
    item: str = ""
    after: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Run:
    parts: ChainRunner
    chain: Chain
    state: RunState
    files: RunFiles
    models: Mapping[str, str]
    done: Mapping[str, Turn]
    budget: RunBudget
    stop: asyncio.Event
    id: str
    """Of this try, for what is told of it."""
    known: Known = field(init=False)
    digests: dict[str, str] = field(init=False)
    needs: dict[str, frozenset[str]] = field(init=False)
    """Of each step. Reading them from its templates takes its time."""
    ended: dict[str, list[CallOutcome]] = field(default_factory=dict)
    """How the calls of each step ended, by its name."""
    anew: set[str] = field(default_factory=set)
    """Steps of which not all is as it was in the earlier try."""
    _beside: SideBySide[ChainEvent] = field(default_factory=SideBySide)
    _over: dict[str, asyncio.Event] = field(default_factory=dict)
    _before: dict[str, set[int]] = field(default_factory=dict)
    """The calls of each step that an earlier try had begun."""
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def __post_init__(self) -> None:
        self.known = Known(self.chain.variables)
        self.digests = {step.name: step.digest(self.chain.variables) for step in self.chain.steps}
        self.needs = {step.name: step.needs for step in self.chain.steps}
        for step in self.chain.steps:
            self._over[step.name] = asyncio.Event()
            self._before[step.name] = {
                call.index for call in self.state.calls if call.step == step.name
            }

    async def events(self) -> AsyncGenerator[ChainEvent, None]:
        changed = tuple(
            step.name
            for step in self.chain.steps
            if any(
                call.step == step.name and call.digest != self.digests[step.name]
                for call in self.state.calls
            )
        )
        self.state.ended = ""
        await self._save()
        yield RunBegan(self.state.id, self.state.conversation, changed)
        works = [self._step(step) for step in self.chain.steps]
        try:
            async with aclosing(self._beside.events(works)) as events:
                async for event in events:
                    yield event
            end = await self._end()
            self.state.ended = (
                "complete"
                if end.output is not None
                else ("interrupted" if end.interrupted else "failed")
            )
        # Whoever left in the middle, also by a cancel: the file must not say that it still runs.
        except BaseException:
            self.state.ended = "interrupted"
            raise
        finally:
            await self._save()
        yield end

    async def _end(self) -> RunEnded:
        outcomes = [one for step in self.chain.steps for one in self.ended[step.name]]
        errors = [one.error for one in outcomes if one.error]
        stopped = any(one.ending == "interrupted" for one in outcomes)
        if errors or stopped:
            return RunEnded(outcomes, None, errors[0] if errors else None, stopped)
        try:
            return RunEnded(outcomes, await asyncio.to_thread(self._output), None, False)
        except UsageError as error:
            return RunEnded(outcomes, None, error, False)

    def _output(self) -> str:
        if self.chain.output is not None:
            return filled(self.chain.output, self.known.values(), "")
        said = [step.name for step in self.chain.steps if self.known.answers[step.name]]
        return str(as_text(self.known.answers[said[-1]])) if said else ""

    async def _step(self, step: Step) -> None:
        """One step to its end. Raises only faults of our own."""
        try:
            for need in self.needs[step.name]:
                await self._over[need].wait()
            self.ended[step.name] = outcomes = await self._outcomes(step)
            kept = {one.place.index for one in outcomes if one.ending == "kept"}
            if kept != self._before[step.name] or any(one.ending == "complete" for one in outcomes):
                self.anew.add(step.name)
            values = [one.value for one in outcomes]
            looped = bool(step.items)
            self.known.answers[step.name] = Texts(values) if looped else values[0]
        finally:
            self._over[step.name].set()

    async def _outcomes(self, step: Step) -> list[CallOutcome]:
        whole = CallPlace(step.name)
        needed = [one for need in self.needs[step.name] for one in self.ended.get(need, [])]
        if any(one.ending not in {"complete", "kept", "skipped"} for one in needed):
            return [self._tell(CallOutcome(place=whole, ending="left"))]
        if self.stop.is_set():
            return [self._tell(CallOutcome(place=whole, ending="interrupted"))]
        try:
            if not step.items:
                return [await self._call(_Asked(step, whole, self.known.values()))]
            items = await asyncio.to_thread(items_of, step, self.known)
        except ChatuiError as error:
            return [self._tell(CallOutcome(place=whole, ending="failed", error=error))]
        asked: list[_Asked] = []
        for at, item in enumerate(items, 1):
            place = CallPlace(step.name, at, len(items))
            after = asked[-1].begun if asked else None
            values = self.known.values(item, at)
            asked.append(_Asked(step, place, values, fingerprint(item), after))
        calls = [asyncio.create_task(self._call(one)) for one in asked]
        try:
            return list(await asyncio.gather(*calls))
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    def _tell(self, outcome: CallOutcome) -> CallOutcome:
        self._beside.tell(CallEnded(outcome))
        return outcome

    async def _call(self, asked: _Asked) -> CallOutcome:
        """One call, or what an earlier try made of it."""
        try:
            # First of all, so that those of a list come in its order, and none waits in here for
            # one that has no room.
            async with self._room:
                if not await asyncio.to_thread(holds, asked.step, asked.values):
                    return self._tell(CallOutcome(place=asked.place, ending="skipped"))
                return self._tell(await self._kept(asked) or await self._answered(asked))
        except ChatuiError as error:
            return self._tell(CallOutcome(place=asked.place, ending="failed", error=error))
        finally:
            asked.begun.set()

    async def _kept(self, asked: _Asked) -> CallOutcome | None:
        step, place = asked.step, asked.place
        call = self.state.call(place.step, place.index)
        if call is None or call.turn not in self.done or self.needs[step.name] & self.anew:
            return None
        if (call.digest, call.item) != (self.digests[step.name], asked.item):
            return None
        try:
            turn = self.done[call.turn]
            kept = CallOutcome(place=place, ending="kept", turn_id=call.turn, turn=turn)
            return await self._whole(step, kept)
        except BadResponse:
            return None

    async def _answered(self, asked: _Asked) -> CallOutcome:
        """Asks. Raises what ended the call before it had a turn."""
        ended = CallOutcome(place=asked.place)
        if self.stop.is_set():
            return ended
        prompt, settings = await asyncio.to_thread(self._filled, asked)
        with self.budget.call() as hold:
            settings = replace(settings, max_cost=await self.budget.left())
            told = self.parts.reply(
                self.state.conversation, prompt, settings, stop=self.stop, hold=hold
            )
            async with closed_behind(told) as events:
                await self._begun(events, asked)
                try:
                    async for event in events:
                        self._beside.tell(CallTold(asked.place, event))
                        ended = ended.after(event)
                except ChatuiError as error:
                    return ended.broken(error)
        if ended.ending != "complete":
            return ended
        try:
            return await self._whole(asked.step, ended)
        except BadResponse as error:
            return ended.broken(error)

    def _filled(self, asked: _Asked) -> tuple[str, ReplySettings]:
        """The prompt, and what it is asked with. Blocks."""
        step, model = asked.step, self.models[asked.step.name]
        prompt = filled(step.prompt, asked.values, model)
        if not prompt:
            raise UsageError(f"{step.prompt.place}: the prompt of {asked.place.label} is empty.")
        settings = replace(
            step.settings,
            model=model,
            query=filled(step.query, asked.values, model) if step.query else "",
            remember=False,
            step=f"{self.chain.name}/{step.name}",
            run=self.id,
        )
        return prompt, settings

    async def _begun(self, events: AsyncIterator[AssistantEvent], asked: _Asked) -> None:
        """Stores the question, behind those of the calls before, and which call it is."""
        if asked.after is not None:
            await asked.after.wait()
        started = await anext(events)
        asked.begun.set()
        assert isinstance(started, TurnStarted)
        place, digest = asked.place, self.digests[asked.step.name]
        self.state.record(CallRecord(place.step, place.index, digest, asked.item, started.turn_id))
        await self._save()
        self._beside.tell(CallBegan(place, self.models[asked.step.name]))
        self._beside.tell(CallTold(place, started))

    async def _whole(self, step: Step, ended: CallOutcome) -> CallOutcome:
        """A complete answer with what it is to others. Raises BadResponse where it doesn't fit
        its schema."""
        turn = ended.turn
        assert turn is not None
        settings = await settings_on(step.settings, self.models[step.name])
        schema = settings.options.json_schema
        if schema is None:
            return replace(ended, value=plain_text(turn.reply).strip())
        from chatui.jobs.schema import parse

        data = await asyncio.to_thread(parse, turn.reply.text, dict(schema))
        return replace(ended, value=data, data=data)

    async def _save(self) -> None:
        async with self._writing:
            await asyncio.to_thread(self.files.save, self.state)


def fingerprint(item: Any) -> str:
    """Tells whether a thing of a list is the one that an earlier try was about."""
    return hashlib.sha256(repr(item).encode(errors="replace")).hexdigest()[:32]
