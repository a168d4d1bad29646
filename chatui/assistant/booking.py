"""What a call has come to, for the ledger: of a reply, of a model asked beside it, of an
embedding endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatui.cost.charges import Charge
from chatui.cost.timings import timings_of
from chatui.domain.usage import Cost, Timing, Usage
from chatui.memory.records import LedgerRow, LongGaps

if TYPE_CHECKING:
    from chatui.cost.meter import Meter
    from chatui.cost.prices.prices import PriceBook
    from chatui.models.base import Finished


def ended(meter: Meter, finished: Finished) -> tuple[Usage, Cost]:
    """What to book, by what the provider said at the end. It counts tokens: in a thread."""
    return meter.finish(
        finished.usage,
        finished.reported_cost,
        finished.tier,
        timings=timings_of(finished.raw_usage),
    )


def ledger_row(
    prices: PriceBook,
    charge: Charge,
    *,
    kind: str,
    model: str,
    started: datetime,
    usage: Usage,
    cost: Cost,
    timing: Timing,
    raw_usage: Mapping[str, Any] | None,
    tier: str = "",
    outcome: str = "complete",
    concise: bool = False,
) -> LedgerRow:
    """The row of a call that is charged to that, with the price of the moment it `started`. It
    may load the price list: in a thread."""
    return LedgerRow(
        kind=kind,
        model=model,
        started=started,
        usage=usage,
        cost=cost,
        conversation_id=charge.conversation_id,
        turn_id=charge.turn_id,
        raw_usage=raw_usage,
        price=prices.row(model, cost, started, tier),
        ttft=timing.first_token,
        seconds=timing.seconds,
        outcome=outcome,
        profile=charge.profile,
        concise=concise,
        streamed=timing.streamed,
        gaps=LongGaps(timing.gaps.p95, timing.gaps.longest) if timing.gaps else None,
    )
