"""One call of a model, from its plan to the settled turn. A reply and each answer of a
comparison go this road, so that the stream is read in one place."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.events import AssistantEvent, MeterChanged, PassagesFound, TurnSettled
from chatui.assistant.hook_events import fire_begin, fire_end
from chatui.assistant.hooks import Hooks
from chatui.assistant.promised_budget import BudgetWatch, CallOf, PromisedBudget
from chatui.assistant.request_log import RequestLog
from chatui.assistant.saving import Saving
from chatui.assistant.settle import Progress, Settlement
from chatui.assistant.shared_budget import most
from chatui.assistant.sight import loaded
from chatui.assistant.stopping import Interrupted, until
from chatui.cost.budget import Limit, bound_output, overrun, with_aside
from chatui.cost.charges import charging
from chatui.cost.meter import Meter
from chatui.cost.reading import MeterReading
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.conversation import FinishReason, Turn, TurnState
from chatui.domain.errors import (
    BadResponse,
    BudgetExceeded,
    ChatuiError,
    ContentRefused,
    ContextTooLong,
)
from chatui.domain.usage import Cost
from chatui.models.base import (
    ChatModel,
    Finished,
    ReasoningDelta,
    Retrying,
    TextDelta,
    TextTakenBack,
    UsageReported,
)
from chatui.models.catalog import AUTO
from chatui.text.citations.marks import MarkForm
from chatui.text.endings import nothing_said

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.assistant.rate_limit import RateLimiter
    from chatui.assistant.repair import Repairer
    from chatui.assistant.retrim import Retrim
    from chatui.assistant.screen import Screen, Screened
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.memory.records import StoredTurn
    from chatui.memory.store.store import ChatStore

SAVE_SECONDS = 0.2
"""A crash loses at most this much of a streaming reply and its cost, whether more comes or not,
and of the question nothing."""
METER_SECONDS = 0.2


def check_said(progress: Progress) -> None:
    """Raises ContentRefused or BadResponse for a reply that ended without any answer."""
    finished = progress.finished
    if finished is None or any(piece.strip() for piece in progress.text):
        return
    reasoned = any(piece.strip() for piece in progress.reasoning)
    said = nothing_said(progress.model, finished.reason, finished.word, reasoned=reasoned)
    refused = finished.reason in (FinishReason.FILTER, FinishReason.REFUSAL)
    raise ContentRefused(said, free=False) if refused else BadResponse(said)


class Incoming:
    """Keeps a text that comes in pieces, as it may be shown."""

    def __init__(self, screened: Screened | None, kept: list[str]) -> None:
        self._screened = screened
        self._reader = screened.reader() if screened else None
        self._kept = kept

    def feed(self, piece: str) -> str:
        """What of it can be shown by now. Raises FilterBlocked."""
        return self._keep(piece if self._reader is None else self._reader.feed(piece))

    def end(self) -> str:
        """The rest, once."""
        reader, self._reader = self._reader, None
        return self._keep(reader.end()) if reader else ""

    def begin_anew(self) -> None:
        """For another text behind this one."""
        self.end()
        self._reader = self._screened.reader() if self._screened else None

    def _keep(self, text: str) -> str:
        if text:
            self._kept.append(text)
        return text


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is ready to be made: `past` are the turns before its question, `query` is
    what its passages were searched for. The reply is stopped when it passes one of the
    `limits`; `retrimmed` plans it once more when the prompt was too long for the server.
    `chosen`: the model is remembered as the one used last."""

    model: ChatModel
    plan: Plan
    past: Sequence[StoredTurn]
    query: str
    limits: Sequence[Limit]
    retrimmed: Retrim
    chosen: bool = True
    together: bool = False
    """Whether it was bounded beside others of this process."""
    limited: tuple[str, ...] = ()
    """The files that alone were looked into."""


class Replier:
    """Makes calls, and settles the turns that they are for. `limiter` waits where a provider
    takes only so much in a minute; `saving` keeps what the store fails to write."""

    def __init__(
        self,
        store: ChatStore,
        tokens: TokenCounter,
        prices: PriceBook,
        limiter: RateLimiter | None = None,
        saving: Saving | None = None,
        *,
        repairer: Repairer | None = None,
        log: RequestLog | None = None,
        hooks: Hooks | None = None,
        screen: Screen | None = None,
    ) -> None:
        self._store = store
        self._screen = screen
        self._repairer = repairer
        self._saving = saving or Saving()
        self._tokens = tokens
        self._prices = prices
        self._limiter = limiter
        self._hooks = hooks or Hooks()
        self._log = log or RequestLog()
        self._promised = PromisedBudget(store)
        self._settlement = Settlement(store, prices, self._saving, self._log)

    async def settled(
        self,
        progress: Progress,
        answer: AsyncIterator[AssistantEvent],
        stop: asyncio.Event | None,
        on_complete: Callable[[Turn], None],
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The events of `answer`, then those of its end: whatever ends it, the turn is
        settled, and only then what ended it is raised."""
        state, failure = TurnState.FAILED, None
        self._log.begins()
        fire_begin(self._hooks, progress)
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
            fault = ChatuiError(
                f"Something went wrong inside chatui ({type(error).__name__}); ask again."
            )
            await self._settlement.settle(progress, TurnState.FAILED, fault)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.shield(self._settlement.settle(progress, TurnState.INTERRUPTED))
            raise
        end = await self._settlement.settle(progress, state, failure)
        fire_end(self._hooks, progress, end.turn, failure)
        if end.reading is not None:
            yield MeterChanged(end.reading)
        if progress.plan is not None and state is TurnState.COMPLETE and end.unsaved is None:
            on_complete(end.turn)
        yield TurnSettled(progress.conversation_id, progress.turn_id, end.turn)
        failure = failure or end.unsaved
        if failure is not None:
            raise failure

    async def call(self, progress: Progress, call: Call) -> AsyncIterator[AssistantEvent]:
        """From the plan to the last token; fills `progress` on the way. A prompt that the
        server finds too long is trimmed and sent once more."""
        aside = tuple(progress.charge.costs)

        def bounded(limits: Sequence[Limit]) -> Plan:
            info, options = call.plan.info, call.plan.request.options
            price, prompt = self._prices.price(info.name), call.plan.prompt
            tokens = bound_output(
                with_aside(limits, aside),
                price,
                prompt,
                model=info.name,
                wanted=options.max_output_tokens,
                max_output=info.max_output,
            )
            options = replace(options, max_output_tokens=tokens)
            return replace(call.plan, request=replace(call.plan.request, options=options))

        def dearest(limits: Sequence[Limit]) -> Cost:
            return most(bounded(limits), self._prices.price)

        whose = CallOf(progress.conversation_id, progress.turn_id, call.together)
        async with self._promised.promised(whose, call.limits, dearest) as share:
            plan = await asyncio.to_thread(bounded, share.limits) if share.limits else call.plan
            watch = BudgetWatch(share, aside)
            held = replace(call, plan=plan, limits=share.limits)
            async with aclosing(self._tried(progress, held, watch)) as events:
                async for event in events:
                    yield event

    async def _tried(
        self, progress: Progress, call: Call, watch: BudgetWatch
    ) -> AsyncGenerator[AssistantEvent, None]:
        try:
            async for event in self._attempt(progress, call, watch):
                yield event
        except ContextTooLong as error:
            if not progress.untouched:
                raise
            await self._settlement.refused(progress, error)
            again = await call.retrimmed(error)
        else:
            return
        yield Retrying(again.reason, 0.0, 2, 2, shorter=True)
        async for event in self._attempt(progress, replace(call, plan=again.plan), watch):
            yield event

    async def _attempt(
        self, progress: Progress, call: Call, watch: BudgetWatch
    ) -> AsyncIterator[AssistantEvent]:
        plan, screened = await self.screened(
            call.plan, progress.settings.filters, progress.conversation_id
        )
        if screened is not None and self._screen is not None:
            await self._screen.confirmed(screened, plan.info.name)
        call = replace(call, plan=plan)
        progress.plan = plan
        settings = progress.settings
        if self._limiter is not None:
            await self._limiter.wait(progress.model, plan.prompt.tokens)
        progress.passages, progress.searched = plan.request.passages, call.query
        progress.limited = call.limited
        turns = (one.turn for one in call.past[::-1])
        found_before = (turn for turn in turns if turn.passages and turn.left_out is None)
        before = next(found_before, None)
        progress.earlier = tuple(before.passages) if before else ()
        leans_on = None if progress.passages else before
        progress.form = MarkForm((leans_on.reply if leans_on else plan.request).mark_prefix)
        progress.cites = settings.rag and not plan.request.library_empty
        progress.meter = self._meter(plan, progress)
        # What is only good to know later is written while the model is already asked.
        remembering = asyncio.create_task(self._remember(progress, call))
        keeping = asyncio.create_task(self._keep(progress))
        try:
            if settings.rag:
                yield PassagesFound(progress.passages, call.query)
            async for event in self._stream(call, watch, progress, screened):
                yield event
            check_said(progress)
            await self._fit(progress, call)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await remembering

    async def screened(
        self, plan: Plan, filters: Sequence[str], conversation_id: str | None
    ) -> tuple[Plan, Screened | None]:
        """The plan with its messages as filters leave them, counted as they are sent. Raises
        FilterBlocked."""
        if self._screen is None:
            return plan, None
        sent = plan.request.messages
        screened = await self._screen.outgoing(sent, plan.info, filters, conversation_id)
        if screened is None or not screened.changed:
            return plan, screened

        def counted() -> int:
            pairs = zip(sent, screened.messages, strict=True)
            changed = [(one, other) for one, other in pairs if one is not other]
            count, name = self._tokens.count_messages, plan.info.name
            before, after = zip(*changed, strict=True)
            more = count(after, name).tokens - count(before, name).tokens
            return max(1, plan.prompt.tokens + more)

        prompt = TokenCount(await asyncio.to_thread(counted), exact=False)
        request = replace(plan.request, messages=screened.messages)
        return replace(plan, request=request, prompt=prompt), screened

    async def _stream(
        self, call: Call, watch: BudgetWatch, progress: Progress, screened: Screened | None
    ) -> AsyncIterator[AssistantEvent]:
        loop, meter = asyncio.get_running_loop(), progress.meter
        assert meter is not None
        shown = loop.time()
        text, reasoning = Incoming(screened, progress.text), Incoming(screened, progress.reasoning)
        try:
            async for event in self._events(call, meter, progress, text, reasoning):
                if event is not None:
                    yield event
                if loop.time() - shown >= METER_SECONDS:
                    shown = loop.time()
                    yield MeterChanged(await self._watched(meter, watch))
        finally:
            # What is held back when a reply breaks off came all the same.
            reasoning.end()
            text.end()

    async def _events(
        self, call: Call, meter: Meter, progress: Progress, text: Incoming, reasoning: Incoming
    ) -> AsyncIterator[AssistantEvent | None]:
        """What the model says, as it may be shown; None where nothing of it is."""
        loop, begun = asyncio.get_running_loop(), len(progress.text)
        messages = await loaded(call.plan.request.messages, self._store)
        request = replace(
            call.plan.request, messages=messages, on_sent=meter.sent, on_limits=meter.limits
        )
        async for event in call.model.stream(request):
            match event:
                case TextDelta(piece):
                    meter.text(piece)
                    yield TextDelta(shown) if (shown := text.feed(piece)) else None
                case ReasoningDelta(piece):
                    meter.reasoning(piece)
                    yield ReasoningDelta(shown) if (shown := reasoning.feed(piece)) else None
                case TextTakenBack():
                    text.begin_anew()
                    progress.reasoning += progress.text[begun:]
                    del progress.text[begun:]
                    meter.take_back()
                    yield event
                case UsageReported(usage):
                    meter.report(usage)
                    yield None
                case Retrying(seconds=seconds):
                    progress.asks_again = loop.time() + seconds
                    yield event
                case Finished():
                    progress.finished = event
                    if rest := reasoning.end():
                        yield ReasoningDelta(rest)
                    yield TextDelta(rest) if (rest := text.end()) else None

    async def _fit(self, progress: Progress, call: Call) -> None:
        """Has an answer that does not fit its JSON schema repaired. Raises BadResponse."""
        schema, meter = call.plan.request.options.json_schema, progress.meter
        if schema is None or self._repairer is None or meter is None:
            return
        text = "".join(progress.text)
        with charging(progress.charge):
            fitted = await self._repairer.fitted(
                text,
                schema,
                model=progress.model,
                reason=progress.finished.reason if progress.finished else None,
                tokens=(await asyncio.to_thread(meter.usage)).output,
                max_cost=progress.settings.max_cost,
            )
        progress.text[:] = [fitted]

    async def _keep(self, progress: Progress) -> None:
        """Saves what has come by the clock, so that a server that stalls puts nothing at risk."""
        saved = (0, 0, False)
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            come = (len(progress.text), len(progress.reasoning), progress.waiting)
            if come != saved:
                saved = come
                await self._settlement.keep(progress)

    async def _watched(self, meter: Meter, watch: BudgetWatch) -> MeterReading:
        """The reading, as long as the running cost is within the budget."""
        reading = await asyncio.to_thread(meter.reading)
        limits = await watch.limits()
        passed = overrun(limits, reading.turn_cost) if reading.turn_cost else None
        if passed is not None:
            raise BudgetExceeded(
                f"The reply was stopped because {passed.amount:f} {passed.currency} for "
                f"{passed.span} are used up; raise the limit under [budget] to hear the rest."
            )
        return reading

    async def _remember(self, progress: Progress, call: Call) -> None:
        plan, turn_id, store = call.plan, progress.turn_id, self._store
        await self._settlement.keep(progress)
        writes = [lambda: store.save_window(turn_id, plan.mark(turn_id))]
        if plan.request.passages:
            writes.insert(0, lambda: store.save_passages(turn_id, plan.request.passages))
        # What `auto` fell back to is no choice: a key that is set later must win over it.
        named = progress.settings.model != AUTO or plan.info.provider != "builtin"
        if call.chosen and named:
            writes.append(lambda: store.remember_model(plan.info.name))
        await self._saving.now_or_later(*writes)

    def _meter(self, plan: Plan, progress: Progress) -> Meter:
        name = plan.info.name
        return Meter(
            name,
            prompt=plan.prompt,
            count=self._tokens.counting(name),
            # The hour of the question: some prices change in the middle of a reply.
            cost=functools.partial(self._prices.cost, name, at=progress.turn.asked),
            context_size=plan.info.context_size,
            spent=plan.spent,
            memory=plan.memory.sent(),
            per_counted=plan.calibration.output,
            aside=progress.charge.costs,
        )
