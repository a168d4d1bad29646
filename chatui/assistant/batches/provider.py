"""A batch through the provider's batch endpoint: sent as a whole, fetched later, at half the price.

What is asked is stored before it is sent, as questions without an answer. The provider is given the
ids of their turns, by which its answers find their way back in any order.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.assistant.batches.run import BatchCall, KeptTurns, LineOutcome
from chatui.assistant.booking import ledger_row
from chatui.assistant.chains.state import CallRecord, RunFiles, RunState, SentPart
from chatui.assistant.request_log import CallDetails
from chatui.assistant.settle import record_of, with_citations
from chatui.assistant.shared_budget import held, part
from chatui.cost.budget import SURE_OUTPUT, Limit, at_most, bound_output, spent_in
from chatui.cost.charges import Charge, charging
from chatui.cost.prices.price_list import BATCH
from chatui.domain.conversation import FinishReason, Message, Reply, Role, Turn, TurnState
from chatui.domain.errors import BudgetExceeded, ChatuiError, ModelError
from chatui.domain.usage import Cost, Timing, Usage
from chatui.models.hosted.batches import MOST_BYTES, MOST_REQUESTS
from chatui.text.citations.marks import MarkForm
from chatui.text.safety import one_line

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan, Planner
    from chatui.assistant.repair import Repairer
    from chatui.assistant.request_log import RequestLog
    from chatui.assistant.screen import Screen
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.store.store import ChatStore
    from chatui.models.base import Finished
    from chatui.models.catalog import Catalog
    from chatui.models.hosted.batches import BatchAnswer, BatchEndpoint, BatchStatus

PlanOf = Callable[[str | None, str, "ReplySettings"], Awaitable["Plan"]]


@dataclass(frozen=True, slots=True)
class Laid:
    """A line that is ready to be sent."""

    call: BatchCall
    plan: Plan


@dataclass(frozen=True, slots=True)
class PartFetched:
    """A part of a batch with its state at the provider."""

    part: SentPart
    status: BatchStatus


@dataclass(slots=True)
class Parcel:
    """Requests that go out together, with the numbers of their lines."""

    requests: list[bytes] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    size: int = 0

    def has_room(self, request: bytes) -> bool:
        full = len(self.requests) >= MOST_REQUESTS or self.size + len(request) > MOST_BYTES
        return not (self.requests and full)

    def add(self, request: bytes, line: int) -> None:
        self.requests.append(request)
        self.lines.append(line)
        self.size += len(request) + 1

    async def sent(self, endpoint: BatchEndpoint, model: str) -> SentPart:
        batch = await endpoint.create(self.requests)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return SentPart(batch, model, at, tuple(self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderBatches:
    """Sends batches, and fetches them. `plan` is `Assistant.plan`."""

    store: ChatStore
    catalog: Catalog
    planner: Planner
    plan: PlanOf
    prices: PriceBook
    tokens: TokenCounter
    log: RequestLog
    screen: Screen | None
    repairer: Repairer | None

    async def send(
        self, calls: Sequence[BatchCall], state: RunState, files: RunFiles
    ) -> list[LineOutcome]:
        """Sends what an earlier try has not answered, a batch for each model; returns the lines
        that were not sent, each with its error. Raises BudgetExceeded before anything is sent, and
        what the provider raises; what was sent by then is in the `state`."""
        kept, failed, laid = KeptTurns(self.store, state), list[LineOutcome](), list[Laid]()
        for call in calls:
            if await kept.of(call) is not None:
                continue
            self.catalog.batches(call.model)
            settings = replace(call.settings, model=call.model)
            try:
                plan = await self.plan(state.conversation, call.line.prompt, settings)
            except ChatuiError as error:
                failed.append(LineOutcome(call=call, ending="failed", error=error))
            else:
                laid.append(Laid(call, plan))
        laid = await self._bounded(laid, state)
        by_model: dict[str, list[Laid]] = {}
        for one in laid:
            by_model.setdefault(one.call.model, []).append(one)
        for model, same in by_model.items():
            await self._send(model, same, state, files)
        return failed

    async def _bounded(self, laid: Sequence[Laid], state: RunState) -> list[Laid]:
        """Each reply held to an equal part of what the budgets leave. Raises BudgetExceeded."""
        spent = await self.planner.spent(state.conversation, None)
        limits = list(spent.limits)
        if state.max_cost is not None:
            used = spent_in("USD", spent.conversation, spent.conversion)
            limit = Limit("this run", Decimal(state.max_cost), "USD", used, spent.conversion)
            limits.insert(0, limit)

        def bounded() -> list[Laid]:
            found, costs = [], list[Cost]()
            for at, one in enumerate(laid):
                room = [part(limit, len(laid) - at) for limit in held(limits, costs)]
                found.append(self._within(one, room, costs))
            return found

        return await asyncio.to_thread(bounded) if limits else list(laid)

    def _within(self, one: Laid, room: Sequence[Limit], costs: list[Cost]) -> Laid:
        plan, name = one.plan, one.plan.info.name
        price = self.prices.price(name, tier=BATCH)
        wanted, largest = plan.request.options.max_output_tokens, plan.info.max_output
        try:
            most = bound_output(
                room, price, plan.prompt, model=name, wanted=wanted, max_output=largest
            )
        except BudgetExceeded as error:
            raise BudgetExceeded(f"Nothing was sent. {error}") from error
        if most is None:
            # Nobody watches it on the way, so its length is bounded in any case.
            most = largest or SURE_OUTPUT
        costs.append(at_most(price, plan.prompt, most))
        options = replace(plan.request.options, max_output_tokens=most)
        request = replace(plan.request, options=options)
        return replace(one, plan=replace(plan, request=request))

    async def _send(
        self, model: str, laid: Sequence[Laid], state: RunState, files: RunFiles
    ) -> None:
        endpoint, bare, parcel = self.catalog.batches(model), model.partition("/")[2], Parcel()
        for one in laid:
            turn = await self._stored(one, state, files)
            request = await asyncio.to_thread(endpoint.written, turn, bare, one.plan.request)
            if not parcel.has_room(request):
                state.sent.append(await parcel.sent(endpoint, model))
                # Paid work must not be forgotten, whatever comes next.
                await asyncio.shield(asyncio.to_thread(files.save, state))
                parcel = Parcel()
            parcel.add(request, one.call.line.number)
        state.sent.append(await parcel.sent(endpoint, model))
        await asyncio.shield(asyncio.to_thread(files.save, state))

    async def _stored(self, one: Laid, state: RunState, files: RunFiles) -> str:
        """The id of the turn that waits for the answer."""
        line, passages = one.call.line, one.plan.request.passages
        stored = await self.store.begin_turn(
            state.conversation, line.prompt, parent=None, model=one.call.model
        )
        if passages:
            await self.store.save_passages(stored.id, passages)
        made = CallRecord(
            line.id,
            line.number,
            one.call.digest,
            one.call.item,
            stored.id,
            one.plan.request.mark_prefix,
        )
        await asyncio.to_thread(files.add, state.id, made)
        return stored.id

    async def collect(
        self, calls: Sequence[BatchCall], state: RunState, files: RunFiles
    ) -> AsyncGenerator[PartFetched | LineOutcome, None]:
        """How far each part is, and how the lines ended of those that are over. What was fetched is
        no longer in the `state`. Raises ModelError where the provider can't be asked."""
        by_number = {call.line.number: call for call in calls}
        made = {call.index: call for call in state.calls}
        for one in list(state.sent):
            endpoint = self.catalog.batches(one.model)
            status = await endpoint.status(one.id)
            yield PartFetched(one, status)
            if not status.over:
                continue
            answers: Mapping[str, BatchAnswer] = {}
            if not status.failure:
                answers = {answer.id: answer for answer in await endpoint.answers(one.id)}
            for number in one.lines:
                call = replace(by_number[number], model=one.model)
                fetched = _Fetched(self, state, one, status, made[number], call)
                yield await asyncio.shield(fetched.settled(answers.get(made[number].turn)))
            state.sent.remove(one)
            await asyncio.to_thread(files.save, state)


@dataclass(slots=True)
class _Fetched:
    """A line that came back, or did not."""

    parts: ProviderBatches
    state: RunState
    sent: SentPart
    status: BatchStatus
    made: CallRecord
    call: BatchCall
    turn_id: str = field(init=False)
    charge: Charge = field(init=False)

    def __post_init__(self) -> None:
        settings = self.call.settings
        self.turn_id = self.made.turn
        self.charge = Charge(
            self.state.conversation,
            self.turn_id,
            profile=settings.profile,
            filters=settings.filters,
        )

    async def settled(self, answer: BatchAnswer | None) -> LineOutcome:
        """Stores and books it, once: a turn that has an answer is left as it is."""
        path = await self.parts.store.path_to(self.turn_id)
        if not path:
            gone = ModelError("Its conversation was removed meanwhile.")
            return LineOutcome(call=self.call, ending="failed", error=gone)
        turn = path[-1].turn
        ended = LineOutcome(call=self.call, ending="complete", turn_id=self.turn_id)
        if turn.state in {TurnState.COMPLETE, TurnState.FAILED}:
            failure = ModelError(turn.reply.error or "")
            complete = turn.state is TurnState.COMPLETE
            return replace(ended, turn=turn) if complete else self._failed(ended, turn, failure)
        if answer is None or answer.finished is None:
            error = ModelError(self._why(answer))
            reply = Reply(model=self.call.model, finish_reason=FinishReason.ERROR, error=str(error))
            turn = replace(turn, state=TurnState.FAILED, reply=reply)
            await self.parts.store.settle_turn(self.turn_id, turn)
            return self._failed(ended, turn, error)
        return await self._answered(ended, turn, answer, answer.finished)

    def _failed(self, ended: LineOutcome, turn: Turn, error: ChatuiError) -> LineOutcome:
        return replace(ended, ending="failed", turn=turn, error=error)

    def _why(self, answer: BatchAnswer | None) -> str:
        who = self.call.model.partition("/")[0]
        if self.status.failure:
            return f"{who} took none of the batch: {one_line(self.status.failure).rstrip('.')}."
        if answer is None:
            return f"{who} sent nothing for it; the batch is {self.status.word}."
        return f"{who} did not answer it: {one_line(answer.error).rstrip('.')}."

    async def _answered(
        self, ended: LineOutcome, turn: Turn, answer: BatchAnswer, finished: Finished
    ) -> LineOutcome:
        usage = finished.usage
        if usage is None:
            usage = await asyncio.to_thread(self._estimated, turn, answer)
        started = datetime.fromisoformat(self.sent.at)
        price = functools.partial(self.parts.prices.cost, at=started, tier=BATCH)
        cost = await asyncio.to_thread(price, self.call.model, usage)
        failure: ChatuiError | None = None
        text, reasoning = answer.text, answer.reasoning
        try:
            text, reasoning = await self._read(answer)
            text = await self._fitted(text, usage, finished.reason)
        except ChatuiError as error:
            failure = error
        reply = Reply(
            text=text,
            reasoning=reasoning,
            model=self.call.model,
            finish_reason=finished.reason,
            error=str(failure) if failure else None,
            usage=usage,
            cost=cost,
            timing=Timing(0.0),
        )
        state = TurnState.FAILED if failure else TurnState.COMPLETE
        turn = replace(turn, state=state, reply=await asyncio.to_thread(self._cited, reply, turn))
        row = await asyncio.to_thread(
            ledger_row,
            self.parts.prices,
            self.charge,
            kind="reply",
            model=self.call.model,
            started=started,
            usage=usage,
            cost=cost,
            timing=Timing(0.0),
            raw_usage=finished.raw_usage,
            tier=BATCH,
            outcome=type(failure).__name__ if failure else state.value,
        )
        await self.parts.store.settle_turn(self.turn_id, turn, row)
        details = CallDetails(
            messages=(Message(Role.USER, turn.question),),
            options=asdict(self.call.settings.unfilled(self.call.model).options),
            text=reply.text,
            reasoning=reply.reasoning,
            finish_reason=reply.finish_reason,
            passages=len(turn.passages),
            response_model=finished.model,
        )
        await self.parts.log.note(row, details, self.charge)
        told = record_of(turn, reply, self.call.settings, row.outcome)
        self.parts.log.tell(told, self.charge)
        ended = replace(ended, turn=turn)
        return replace(ended, ending="failed", error=failure) if failure else ended

    def _estimated(self, turn: Turn, answer: BatchAnswer) -> Usage:
        count, name = self.parts.tokens.count, self.call.model
        output = count(answer.reasoning, name).tokens + count(answer.text, name).tokens
        return Usage(input=count(turn.question, name).tokens, output=output, estimated=True)

    async def _read(self, answer: BatchAnswer) -> tuple[str, str]:
        """Text and reasoning as filters let them in, with masks put back. Raises FilterBlocked."""
        screen = self.parts.screen
        if screen is None:
            return answer.text, answer.reasoning
        info = await self.parts.catalog.info(self.call.model)
        filters = self.call.settings.unfilled(self.call.model).filters
        screened = await screen.incoming(info, filters, self.state.conversation)
        if screened is None:
            return answer.text, answer.reasoning
        return screened.read(answer.text), screened.read(answer.reasoning)

    def _cited(self, reply: Reply, turn: Turn) -> Reply:
        """The reply with what its marks mean."""
        if not turn.passages:
            return reply
        given = (turn.question, *(passage.text for passage in turn.passages))
        form = MarkForm(self.made.mark_prefix)
        return with_citations(reply, turn.passages, form, given, add=True)

    async def _fitted(self, text: str, usage: Usage, reason: FinishReason) -> str:
        """What fits the schema, after a repair if need be. Raises BadResponse."""
        schema = self.call.settings.unfilled(self.call.model).options.json_schema
        if schema is None or self.parts.repairer is None:
            return text
        most = None if self.state.max_cost is None else Decimal(self.state.max_cost)
        if most is not None:
            spent = await self.parts.planner.spent(self.state.conversation, None)
            used = spent_in("USD", spent.conversation, spent.conversion)
            most = max(Decimal(0), most - used)
        with charging(self.charge):
            return await self.parts.repairer.fitted(
                text,
                schema,
                model=self.call.model,
                reason=reason,
                tokens=usage.output,
                max_cost=most,
            )
