"""The end of a turn: what has come of it goes to disk and into the ledger, however it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chatui.assistant.booking import ended, ledger_row
from chatui.assistant.request_log import CallDetails, RequestLog
from chatui.cost.charges import Charge
from chatui.cost.meter import Meter
from chatui.cost.reading import MeterReading
from chatui.domain.conversation import FinishReason, RecalledTurn, Reply, Turn, TurnState
from chatui.domain.errors import ChatuiError, ModelError, StoreError
from chatui.domain.passage import Citation, Passage
from chatui.domain.usage import Gaps, Timing, Usage, total_cost
from chatui.models.base import Finished
from chatui.text.citations.marks import PLAIN, MarkForm, settled
from chatui.text.citations.support import supported

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.assistant.saving import Saving
    from chatui.cost.prices.prices import PriceBook
    from chatui.jobs.profiles import ReplySettings
    from chatui.memory.records import LedgerRow
    from chatui.memory.store.store import ChatStore


@dataclass(slots=True)
class Progress:
    """What has come of a turn so far. `meter` is there once a call has been made."""

    conversation_id: str
    turn_id: str
    turn: Turn
    settings: ReplySettings
    model: str = ""
    meter: Meter | None = None
    plan: Plan | None = None
    charge: Charge = field(init=False)
    """What was spent before the model was asked. It is booked where it is spent."""
    passages: tuple[Passage, ...] = ()
    searched: str = ""
    limited: tuple[str, ...] = ()
    earlier: tuple[Passage, ...] = ()
    """What the marks of a reply mean that was given no passages of its own ("make that
    shorter"): those of the last turn before it that was."""
    form: MarkForm = PLAIN
    """How the marks of the reply are written."""
    cites: bool = False
    """Whether the model was told to cite, and there was something to be cited."""
    begun: Turn | None = None
    """The turn as it was, where its reply is gone on with; `text` and `reasoning` begin with
    what it had."""
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    finished: Finished | None = None
    asks_again: float = 0.0
    """When the provider is asked again that did not take the call, on the loop's clock."""

    def __post_init__(self) -> None:
        named = [self.settings.profile, self.settings.step]
        job = " ".join(name for name in named if name)
        self.charge = Charge(
            self.conversation_id,
            self.turn_id,
            profile=job,
            filters=self.settings.filters,
            run=self.settings.run,
            # Going on with a reply is work of its own.
            part=f"+{self.turn.asked.isoformat()}" if self.begun else "",
        )

    @property
    def untouched(self) -> bool:
        """Whether nothing has come of the call."""
        pieces = len(self.text) + len(self.reasoning) - (2 if self.begun else 0)
        return not (pieces or self.finished)

    @property
    def waiting(self) -> bool:
        """Whether the provider refused the call and is yet to be asked again."""
        return asyncio.get_running_loop().time() < self.asks_again

    def took_nothing(self, failure: ChatuiError | None) -> bool:
        """Whether no model was at work when the call ended with that."""
        free = isinstance(failure, ModelError) and failure.free
        return self.untouched and (free or (failure is None and self.waiting))

    def ending(self, state: TurnState) -> Finished:
        """How the model ended, or how we did it when it never came to that."""
        interrupted = state is TurnState.INTERRUPTED
        reason = FinishReason.CANCELLED if interrupted else FinishReason.ERROR
        return self.finished or Finished(reason)


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """The turn as it ended, and the last reading when a call was made. `unsaved`: why it is not
    in the store yet."""

    turn: Turn
    reading: MeterReading | None
    unsaved: StoreError | None


class Settlement:
    """Writes the turn, and books the call if one was made."""

    def __init__(
        self, store: ChatStore, prices: PriceBook, saving: Saving, log: RequestLog | None = None
    ) -> None:
        self._store = store
        self._log = log or RequestLog()
        self._prices = prices
        self._saving = saving

    async def settle(
        self, progress: Progress, state: TurnState, failure: ChatuiError | None = None
    ) -> TurnEnd:
        finished = progress.ending(state)
        if failure is not None and finished.reason is FinishReason.STOP:
            finished = replace(finished, reason=FinishReason.ERROR)
        said = Reply(
            text="".join(progress.text),
            reasoning="".join(progress.reasoning),
            model=progress.model,
            finish_reason=finished.reason,
            error=str(failure) if failure else finished.word or None,
        )
        reply = await asyncio.to_thread(_cited, said, finished.cited, progress, state)
        meter, reading = progress.meter, None
        outcome = type(failure).__name__ if failure else state.value
        if meter is not None:
            if progress.took_nothing(failure):
                await asyncio.to_thread(meter.void)
            reply, reading = await asyncio.to_thread(_metered, reply, meter, finished)
        turn = replace(
            progress.turn,
            state=state,
            reply=reply,
            passages=progress.passages,
            searched=progress.searched,
            limited=progress.limited,
            cut=progress.plan.layout.cut if progress.plan else 0,
            recalled=_recalled(progress.plan) if progress.plan else (),
        )
        if progress.begun is not None:
            turn = _gone_on(progress, progress.begun, turn)
        call = None
        if meter is not None:
            call = await asyncio.to_thread(self._row, progress, reply, finished, outcome)
        unsaved = await self._saving.now_or_later(
            lambda: self._store.settle_turn(progress.turn_id, turn, call)
        )
        if call is not None:
            await self._log.note(call, _details(progress, reply, meter), progress.charge)
        told = record_of(progress.turn, reply, progress.settings, outcome)
        self._log.tell(told, progress.charge)
        return TurnEnd(turn, reading, unsaved)

    async def refused(self, progress: Progress, refusal: ModelError) -> None:
        """Books a call that is made anew: it took nothing."""
        meter, progress.meter = progress.meter, None
        assert meter is not None

        def row() -> LedgerRow:
            meter.void()
            reply, _ = _metered(Reply(model=progress.model), meter, Finished(FinishReason.ERROR))
            ended = progress.ending(TurnState.FAILED)
            return self._row(progress, reply, ended, type(refusal).__name__)

        booked = await asyncio.to_thread(row)
        await self._saving.now_or_later(lambda: self._store.book(booked))
        details = _details(progress, Reply(model=progress.model), meter)
        await self._log.note(booked, details, progress.charge)

    async def keep(self, progress: Progress) -> None:
        """What has come so far goes to disk, and what it costs by now: the next process books
        that if this one dies."""
        call = await asyncio.to_thread(self._row_so_far, progress, progress.waiting)
        text, reasoning = "".join(progress.text), "".join(progress.reasoning)
        await self._saving.if_possible(
            lambda: self._store.save_partial(progress.turn_id, text, reasoning, call)
        )

    def _row_so_far(self, progress: Progress, waiting: bool) -> LedgerRow:
        meter = progress.meter
        assert meter is not None
        usage = Usage() if waiting else meter.usage()
        cost = meter.nothing() if waiting else meter.cost(usage)
        so_far = Reply(model=progress.model, usage=usage, cost=cost, timing=meter.timing())
        outcome = TurnState.INTERRUPTED.value
        return self._row(progress, so_far, progress.ending(TurnState.INTERRUPTED), outcome)

    def _row(self, progress: Progress, reply: Reply, finished: Finished, outcome: str) -> LedgerRow:
        assert reply.usage is not None
        assert reply.cost is not None
        assert reply.timing is not None
        return ledger_row(
            self._prices,
            progress.charge,
            kind="reply",
            model=reply.model,
            started=progress.turn.asked,
            usage=reply.usage,
            cost=reply.cost,
            timing=reply.timing,
            raw_usage=finished.raw_usage,
            tier=finished.tier,
            outcome=outcome,
            concise=progress.settings.concise,
        )


def _gone_on(progress: Progress, before: Turn, turn: Turn) -> Turn:
    """The turn of a reply that was gone on with: what both calls took together. Where nothing
    came of the second one, the turn is what it was."""
    if progress.untouched:
        return before
    first, second = before.reply, turn.reply
    usage = [one for one in (first.usage, second.usage) if one]
    costs = [one for one in (first.cost, second.cost) if one]
    total = total_cost(costs)
    timing = second.timing
    if first.timing and timing:
        timing = gone_on_timing(first.timing, timing)
    reply = replace(
        second,
        usage=sum(usage[1:], usage[0]) if usage else None,
        cost=total[0] if len(total) == 1 else second.cost,
        timing=timing,
    )
    return replace(
        turn,
        reply=reply,
        searched=before.searched,
        limited=before.limited,
        recalled=before.recalled,
        passages=before.passages,
        asked=before.asked,
    )


def gone_on_timing(first: Timing, second: Timing) -> Timing:
    """Of both calls together."""
    known = first.streamed is not None and second.streamed is not None
    gaps = [one.gaps for one in (first, second) if one.gaps]
    return Timing(
        first.seconds + second.seconds,
        first.first_token,
        (first.streamed or 0) + (second.streamed or 0) if known else None,
        Gaps(
            sum(one.mean for one in gaps) / len(gaps),
            max(one.p95 for one in gaps),
            max(one.longest for one in gaps),
        )
        if gaps
        else None,
    )


def _details(progress: Progress, reply: Reply, meter: Meter | None) -> CallDetails:
    plan = progress.plan
    return CallDetails(
        messages=plan.request.messages if plan else (),
        options=asdict(plan.request.options) if plan else {},
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=reply.finish_reason,
        gaps=meter.gaps() if meter else None,
        began=datetime.now(UTC) - timedelta(seconds=meter.age) if meter else None,
        passages=len(progress.passages),
        profile=progress.settings.profile,
        step=progress.settings.step,
        response_model=progress.finished.model if progress.finished else "",
    )


def record_of(turn: Turn, reply: Reply, settings: ReplySettings, outcome: str) -> dict[str, Any]:
    """What a turn that ends now is to a collector: all that its calls have in common."""
    return {
        "kind": "turn",
        "time": turn.asked.isoformat(),
        "seconds": (datetime.now(UTC) - turn.asked).total_seconds(),
        "model": reply.model or settings.model,
        "profile": settings.profile or None,
        "step": settings.step or None,
        "finish_reason": reply.finish_reason,
        "outcome": outcome,
    }


def _recalled(plan: Plan) -> tuple[RecalledTurn, ...]:
    found = ((one.stored, one.score) for one in plan.recalled)
    return tuple(
        RecalledTurn(stored.id, stored.turn.asked, stored.turn.question, score)
        for stored, score in found
    )


def _metered(reply: Reply, meter: Meter, finished: Finished) -> tuple[Reply, MeterReading]:
    usage, cost = ended(meter, finished)
    return replace(reply, usage=usage, cost=cost, timing=meter.timing()), meter.reading()


def _cited(
    said: Reply, cited: tuple[int, ...] | None, progress: Progress, state: TurnState
) -> Reply:
    """The reply with its citations. `cited` are the numbers of a model that keeps count itself."""
    passages, form = progress.passages or progress.earlier, progress.form
    if cited is not None:
        numbered = tuple(Citation(n, passages[n - 1]) for n in cited)
        citations = supported(said.text, numbered, passages, form, add=False)
        return replace(said, citations=citations, mark_prefix=form.prefix)
    if not passages and not progress.cites:
        return said
    messages = progress.plan.request.messages if progress.plan else ()
    given = (message.content for message in messages)
    return with_citations(said, passages, form, given, add=state is TurnState.COMPLETE)


def with_citations(
    reply: Reply, passages: Sequence[Passage], form: MarkForm, given: Iterable[str], *, add: bool
) -> Reply:
    """The reply with its marks resolved and in their one form, those of no passage taken out, and
    with `add` what it left uncited added. `given` are the texts that the model was given."""
    answer = settled(reply.text, passages, form, given)
    return replace(
        reply,
        text=answer.text,
        citations=supported(answer.text, answer.citations, passages, form, add=add),
        dangling=answer.dangling,
        mark_prefix=form.prefix,
    )
