"""One turn, top to bottom. The window and `chatui ask` use the same road."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from chatui.afterwards import Afterwards, Settled
from chatui.asking import Ask
from chatui.conversation import TurnState
from chatui.cost.budget import overrun
from chatui.cost.charges import charging
from chatui.cost.meter import Meter
from chatui.cost.reading import MeterReading
from chatui.errors import BudgetExceeded, ChatuiError, UsageError
from chatui.events import AssistantEvent, MeterChanged, PassagesFound, TurnSettled, TurnStarted
from chatui.foreseeing import idle_meter, last_found
from chatui.interrupt import Interrupted, until
from chatui.looking_up import LookingUp, SearchDefaults
from chatui.memory.records import HEAD, StoredTurn
from chatui.models.base import ChatModel, Finished, ReasoningDelta, TextDelta, UsageReported
from chatui.models.catalog import AUTO
from chatui.profiles.profile import ReplySettings
from chatui.remembering import Remembering
from chatui.settlement import Progress, Settlement

if TYPE_CHECKING:
    from chatui.cost.prices import PriceBook
    from chatui.cost.tokens import TokenCounter
    from chatui.memory.store import ChatStore
    from chatui.models.catalog import Catalog
    from chatui.pacing import Pacing
    from chatui.planning import Plan, Planner
    from chatui.query_writing import QueryWriter
    from chatui.retrieval.retriever import Retriever

SAVE_SECONDS = 1.0
"""A crash loses at most this much of a streaming reply, and of the question nothing."""

METER_SECONDS = 0.2


class Assistant:
    """Answers questions. Raises UsageError for an empty question before anything is stored,
    and whatever ended a turn after its TurnSettled was given out."""

    def __init__(
        self,
        *,
        store: ChatStore,
        catalog: Catalog,
        retriever: Retriever,
        planner: Planner,
        tokens: TokenCounter,
        prices: PriceBook,
        search: SearchDefaults,
        writer: QueryWriter | None = None,
        remembering: Remembering | None = None,
        afterwards: Afterwards | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._looking_up = LookingUp(retriever, search, writer)
        self._remembering = remembering or Remembering()
        self._afterwards = afterwards or Afterwards()
        self._planner = planner
        self._pacing = pacing
        self._tokens = tokens
        self._prices = prices
        self._settlement = Settlement(store, prices)

    async def reply(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        parent: str | None = HEAD,
        stop: asyncio.Event | None = None,
    ) -> AsyncIterator[AssistantEvent]:
        """One turn. None as conversation begins a new one. Setting `stop` ends the reply in
        good order: it is settled as interrupted, with what had come of it."""
        if not question.strip():
            raise UsageError("The question is empty; type one, or pipe text in.")
        conversation, past, stored = await self._begin(conversation_id, question, parent)
        yield TurnStarted(conversation, stored.id, question)
        progress = Progress(conversation, stored.id, stored.turn, settings)
        answer = self._answer(progress, past, settings)
        state, failure = TurnState.FAILED, None
        try:
            async for event in until(answer, stop or asyncio.Event()):
                yield event
            state = TurnState.COMPLETE
        except Interrupted:
            state = TurnState.INTERRUPTED
        except ChatuiError as error:
            failure = error
        # A fault of ours: the turn must not look as if it still went on.
        except Exception as error:
            fault = ChatuiError(f"Something went wrong inside chatui ({error}); ask again.")
            await self._settlement.settle(progress, TurnState.FAILED, fault)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.shield(self._settlement.settle(progress, TurnState.INTERRUPTED))
            raise
        turn, reading = await self._settlement.settle(progress, state, failure)
        if reading is not None:
            yield MeterChanged(reading)
        if progress.plan is not None and state is TurnState.COMPLETE:
            self._afterwards.turn_settled(
                Settled(conversation, stored.id, turn, progress.plan, settings)
            )
        yield TurnSettled(conversation, stored.id, turn)
        if failure is not None:
            raise failure

    async def reading(
        self, conversation_id: str | None, draft: str, settings: ReplySettings
    ) -> MeterReading:
        """The meter while nothing streams: what sending the draft would take, without the
        passages, which only sending looks up."""
        info = await self._catalog.info(await self.model_name(settings))
        turns = (await self._store.load(conversation_id)).turns if conversation_id else ()
        ask = Ask(
            info=info,
            past=turns,
            question=draft,
            settings=settings,
            conversation_id=conversation_id,
            likely=turns[-1].turn.passages if turns and settings.rag else (),
            remembered=await self._remembering.standing(settings),
        )
        plan = await self._planner.plan(ask)
        return await asyncio.to_thread(idle_meter, plan, self._prices, draft)

    async def plan(
        self,
        conversation_id: str | None,
        question: str,
        settings: ReplySettings,
        *,
        look_up: bool = True,
    ) -> Plan:
        """The call that `reply` would make, passages and all, without making it. Without
        `look_up`, the last turn's passages stand for those that would be found."""
        turns = (await self._store.load(conversation_id)).turns if conversation_id else ()
        info = await self._catalog.info(await self.model_name(settings))
        if look_up:
            found, remembered = await asyncio.gather(
                self._looking_up.look_up(question, turns, settings, info.name),
                self._remembering.remember(question, turns, settings),
            )
        else:
            found = last_found(turns, settings)
            remembered = await self._remembering.standing(settings)
        ask = Ask(
            info=info,
            past=turns,
            question=question,
            settings=settings,
            conversation_id=conversation_id,
            passages=found.passages,
            query=found.query,
            remembered=remembered,
        )
        return await self._planner.plan(ask)

    def bounded(self, plan: Plan) -> Plan:
        """The plan within the budget. Raises BudgetExceeded."""
        return self._planner.bounded(plan)

    async def model_name(self, settings: ReplySettings) -> str:
        """The full name of the model that would answer. Raises UnknownModel."""
        if settings.model != AUTO:
            return await self._catalog.resolve(settings.model)
        return await self._catalog.auto(await self._store.last_model())

    async def _begin(
        self, conversation_id: str | None, question: str, parent: str | None
    ) -> tuple[str, tuple[StoredTurn, ...], StoredTurn]:
        """Stores the question. Returns the conversation's id, the turns before the new one,
        and the new one."""
        if conversation_id is None:
            created = await self._store.create()
            return created.id, (), await self._store.begin_turn(created.id, question)
        before = await self._store.load(conversation_id)
        stored = await self._store.begin_turn(before.id, question, parent=parent)
        ids = [turn.id for turn in before.turns]
        if parent == HEAD or parent in ids:
            # Not read again: the path of a long conversation takes its time.
            past = before.turns if parent == HEAD else before.turns[: ids.index(parent) + 1]
            return before.id, past, stored
        return before.id, (await self._store.load(before.id)).turns[:-1], stored

    async def _answer(
        self,
        progress: Progress,
        past: tuple[StoredTurn, ...],
        settings: ReplySettings,
    ) -> AsyncIterator[AssistantEvent]:
        """From the stored question to the last token; fills `progress` on the way."""
        progress.model = await self.model_name(settings)
        with charging(progress.charge):
            model, found, remembered = await asyncio.gather(
                self._catalog.open(progress.model),
                self._looking_up.look_up(progress.turn.question, past, settings, progress.model),
                self._remembering.remember(progress.turn.question, past, settings),
            )
        ask = Ask(
            info=model.info,
            past=past,
            question=progress.turn.question,
            settings=settings,
            conversation_id=progress.conversation_id,
            passages=found.passages,
            query=found.query,
            remembered=remembered,
        )
        plan = await self._planner.plan(ask)
        plan = progress.plan = await asyncio.to_thread(self._planner.bounded, plan)
        if self._pacing is not None:
            await self._pacing.wait(progress.model, plan.prompt.tokens)
        progress.passages, progress.searched = plan.request.passages, found.query
        found_before = (one.turn.passages for one in past[::-1] if one.turn.passages)
        progress.earlier = tuple(next(found_before, ()))
        progress.cites = settings.rag and not plan.request.library_empty
        meter = progress.meter = self._meter(plan, progress)
        # What is only good to know later is written while the model is already asked.
        remembering = asyncio.create_task(self._remember(progress.turn_id, plan, settings))
        try:
            if settings.rag:
                yield PassagesFound(progress.passages, found.query)
            async for event in self._stream(model, plan, meter, progress):
                yield event
        finally:
            await remembering

    async def _stream(
        self, model: ChatModel, plan: Plan, meter: Meter, progress: Progress
    ) -> AsyncIterator[AssistantEvent]:
        loop = asyncio.get_running_loop()
        saved = shown = loop.time()
        async for event in model.stream(plan.request):
            match event:
                case TextDelta(text):
                    progress.text.append(text)
                    meter.text(text)
                    yield event
                case ReasoningDelta(text):
                    progress.reasoning.append(text)
                    meter.reasoning(text)
                    yield event
                case UsageReported(usage):
                    meter.report(usage)
                case Finished():
                    progress.finished = event
            if loop.time() - shown >= METER_SECONDS:
                shown = loop.time()
                yield MeterChanged(await self._watched(meter, plan))
            if loop.time() - saved >= SAVE_SECONDS:
                saved = loop.time()
                text, reasoning = "".join(progress.text), "".join(progress.reasoning)
                await self._store.save_partial(progress.turn_id, text, reasoning)

    async def _watched(self, meter: Meter, plan: Plan) -> MeterReading:
        """The reading, as long as the running cost is within the budget."""
        reading = await asyncio.to_thread(meter.reading)
        passed = overrun(plan.spent.limits, reading.turn_cost) if reading.turn_cost else None
        if passed is not None:
            raise BudgetExceeded(
                f"The reply was stopped because {passed.amount:f} {passed.currency} for "
                f"{passed.span} are used up; raise the limit under [budget] to hear the rest."
            )
        return reading

    async def _remember(self, turn_id: str, plan: Plan, settings: ReplySettings) -> None:
        if plan.request.passages:
            await self._store.save_passages(turn_id, plan.request.passages)
        await self._store.save_window(turn_id, plan.mark(turn_id))
        # What `auto` fell back to is no choice: a key that is set later must win over it.
        if settings.model != AUTO or plan.info.provider != "builtin":
            await self._store.remember_model(plan.info.name)

    def _meter(self, plan: Plan, progress: Progress) -> Meter:
        name = plan.info.name
        return Meter(
            name,
            prompt=plan.prompt,
            count=lambda text: self._tokens.count(text, name).tokens,
            # The hour of the question: some prices change in the middle of a reply.
            cost=functools.partial(self._prices.cost, name, at=progress.turn.asked),
            context_size=plan.info.context_size,
            spent=plan.spent,
            memory=plan.memory.sent(),
            per_counted=plan.calibration.output,
            aside=progress.charge.costs,
        )
