"""A chat model asked for something beside the reply: a query, a summary, a note.

Such a call is bounded by the budget before it is made, and booked in the ledger however it
ended, under its own kind and for the turn or conversation whose charge is open.
"""

from __future__ import annotations

import asyncio
import functools
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from chatui.assistant.booking import ended, ledger_row
from chatui.assistant.promised_budget import CallOf, PromisedBudget
from chatui.assistant.request_log import CallDetails, RequestLog
from chatui.cost.budget import SURE_OUTPUT, at_most, bound_output
from chatui.cost.charges import Charge, open_charge
from chatui.cost.meter import Meter
from chatui.cost.tokens.calibration import calibrated
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.conversation import FinishReason, Message
from chatui.domain.errors import ChatuiError, ModelError
from chatui.models.base import (
    ChatModel,
    Finished,
    ModelRequest,
    ReasoningDelta,
    SamplingOptions,
    TextDelta,
    TextTakenBack,
)
from chatui.system.streams import closed_behind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from chatui.assistant.plan import Planner
    from chatui.assistant.promised_budget import Share
    from chatui.assistant.rate_limit import RateLimiter
    from chatui.assistant.screen import Screen, Screened
    from chatui.cost.budget import Limit
    from chatui.cost.prices.prices import PriceBook
    from chatui.cost.tokens.calibration import Calibration
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.domain.usage import Cost
    from chatui.memory.records import LedgerRow
    from chatui.memory.store.store import ChatStore
    from chatui.models.catalog import Catalog


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """What the model said, without its reasoning, and why it ended."""

    text: str
    reason: FinishReason | None


@dataclass(slots=True)
class _SideCall:
    """One call under way."""

    kind: str
    model: ChatModel
    meter: Meter
    started: datetime
    request: ModelRequest
    text: list[str] = field(default_factory=list)
    finished: Finished | None = None


@dataclass(frozen=True, slots=True)
class _SideBudget:
    """What a call has of the budget, and what is known of its size."""

    share: Share
    learnt: Calibration
    prompt: TokenCount


class SideCaller:
    """Asks models by name, one call at a time or several side by side."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        planner: Planner,
        store: ChatStore,
        tokens: TokenCounter,
        prices: PriceBook,
        limiter: RateLimiter | None = None,
        log: RequestLog | None = None,
        screen: Screen | None = None,
    ) -> None:
        self._catalog = catalog
        self._planner = planner
        self._store = store
        self._tokens = tokens
        self._prices = prices
        self._limiter = limiter
        self._log = log or RequestLog()
        self._screen = screen
        self._promised = PromisedBudget(store)

    async def ask(
        self,
        kind: str,
        name: str,
        messages: Sequence[Message],
        *,
        most_tokens: int,
        max_cost: Decimal | None = None,
        json_schema: Mapping[str, Any] | None = None,
    ) -> SideAnswer:
        """What the model called `name` answers to the messages, in at most `most_tokens`,
        reasoning included, where `json_schema` is given in JSON that fits it. `kind` is what
        the ledger calls it. Raises UnknownModel, BudgetExceeded, FilterBlocked and what the
        model raises; it waits as long as the model takes."""
        model = await self._catalog.open(name)
        screened = None
        if self._screen is not None:
            screened = await self._screen.side(messages, model.info)
            messages = screened.messages if screened else messages
        wanted = SamplingOptions(max_output_tokens=most_tokens, json_schema=json_schema)
        request = ModelRequest(tuple(messages), question=messages[-1].content, options=wanted)
        async with self._promised_part(model, request, max_cost) as part:
            return await self._answer(await self._begin(kind, model, request, part), screened)

    async def _answer(self, call: _SideCall, screened: Screened | None) -> SideAnswer:
        outcome, model = "interrupted", call.model
        try:
            request = replace(call.request, on_sent=call.meter.sent)
            async with closed_behind(model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        call.text.append(event.text)
                        call.meter.text(event.text)
                    elif isinstance(event, ReasoningDelta):
                        call.meter.reasoning(event.text)
                    elif isinstance(event, TextTakenBack):
                        call.text.clear()
                        call.meter.take_back()
                    elif isinstance(event, Finished):
                        call.finished = event
            outcome = "complete"
        except ChatuiError as error:
            outcome = type(error).__name__
            if isinstance(error, ModelError) and error.free and not call.text:
                await asyncio.to_thread(call.meter.void)
            raise
        finally:
            await asyncio.shield(self._book(call, outcome))
        text = "".join(call.text)
        text = screened.read(text) if screened else text
        return SideAnswer(text, call.finished.reason if call.finished else None)

    async def calibration(self, name: str) -> Calibration:
        """What the reports of the model of that full name have taught about our counts."""
        known = await self._store.observations.of(name)
        return await asyncio.to_thread(calibrated, known, self._tokens, name)

    async def _begin(
        self,
        kind: str,
        model: ChatModel,
        request: ModelRequest,
        part: _SideBudget,
    ) -> _SideCall:
        """The call with its meter, and its reply held to the budget. Raises BudgetExceeded."""
        name, learnt, prompt = model.info.name, part.learnt, part.prompt
        if self._limiter is not None:
            await self._limiter.wait(name, prompt.tokens)

        def bounded() -> _SideCall:
            most = self._output(model, request, part.share.limits, prompt)
            options = replace(request.options, max_output_tokens=most)
            started = datetime.now(UTC)
            meter = Meter(
                name,
                prompt=prompt,
                count=self._tokens.counting(name),
                cost=functools.partial(self._prices.cost, name, at=started),
                per_counted=learnt.output,
            )
            return _SideCall(kind, model, meter, started, replace(request, options=options))

        return await asyncio.to_thread(bounded)

    @asynccontextmanager
    async def _promised_part(
        self, model: ChatModel, request: ModelRequest, max_cost: Decimal | None
    ) -> AsyncIterator[_SideBudget]:
        """The call's part of the budget, which is promised to it while this is entered."""
        name, charge = model.info.name, open_charge()
        learnt = await self.calibration(name)
        counted = await asyncio.to_thread(self._tokens.count_messages, request.messages, name)
        prompt = TokenCount(learnt.prompt(counted.tokens), exact=False)
        spent = await self._planner.spent(charge.conversation_id, max_cost)

        def dearest(limits: Sequence[Limit]) -> Cost:
            output = self._output(model, request, limits, prompt)
            return at_most(self._prices.price(name), prompt, output or SURE_OUTPUT)

        # A turn's own promise is for its reply; what it is asked beside that is not held up by it.
        whose = CallOf(charge.conversation_id or "", charge.turn_id or f"side {uuid4().hex}")
        async with self._promised.promised(whose, spent.limits, dearest) as share:
            yield _SideBudget(share, learnt, prompt)

    def _output(
        self,
        model: ChatModel,
        request: ModelRequest,
        limits: Sequence[Limit],
        prompt: TokenCount,
    ) -> int | None:
        """The most tokens to ask for. Raises BudgetExceeded."""
        name, wanted = model.info.name, request.options.max_output_tokens
        return bound_output(limits, self._prices.price(name), prompt, model=name, wanted=wanted)

    async def _book(self, call: _SideCall, outcome: str) -> None:
        charge = open_charge()
        row = await asyncio.to_thread(self._row, call, charge, outcome)
        charge.costs.append(row.cost)
        await self._store.book(row)
        details = CallDetails(
            messages=call.request.messages,
            options=asdict(call.request.options),
            text="".join(call.text),
            finish_reason=call.finished.reason if call.finished else None,
            response_model=call.finished.model if call.finished else "",
            gaps=call.meter.gaps(),
        )
        await self._log.note(row, details, charge)

    def _row(self, call: _SideCall, charge: Charge, outcome: str) -> LedgerRow:
        finished = call.finished or Finished(FinishReason.CANCELLED)
        usage, cost = ended(call.meter, finished)
        return ledger_row(
            self._prices,
            charge,
            kind=call.kind,
            model=call.model.info.name,
            started=call.started,
            usage=usage,
            cost=cost,
            timing=call.meter.timing(),
            raw_usage=finished.raw_usage,
            tier=finished.tier,
            outcome=outcome,
        )
