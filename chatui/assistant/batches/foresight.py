"""What a batch would cost, line by line and through the provider's batch endpoint, before it is
asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatui.assistant.chains.foresight import ASSUMED_OUTPUT
from chatui.cost.prices.price_list import BATCH
from chatui.domain.usage import Cost, Usage

if TYPE_CHECKING:
    from chatui.assistant.batches.run import BatchCall
    from chatui.assistant.plan import Plan
    from chatui.cost.prices.prices import PriceBook
    from chatui.jobs.profiles import ReplySettings

PlanOf = Callable[[str | None, str, "ReplySettings"], Awaitable["Plan"]]


@dataclass(frozen=True, slots=True)
class Foretold:
    """All lines together. `costs` are those of each line as it is asked now, `batched` what they
    are through a batch endpoint. `assumed` lines have answers whose length nothing bounds."""

    usage: Usage
    costs: Sequence[Cost]
    batched: Sequence[Cost]
    assumed: int


async def foresee(calls: Sequence[BatchCall], plan: PlanOf, prices: PriceBook) -> Foretold:
    """Raises what laying a call out raises."""
    usage, costs, batched, assumed = Usage(estimated=True), list[Cost](), list[Cost](), 0
    for call in calls:
        settings = replace(call.settings, model=call.model)
        laid = await plan(None, call.line.prompt, settings)
        most = laid.request.options.max_output_tokens
        assumed += most is None
        own = Usage(input=laid.prompt.tokens, output=most or ASSUMED_OUTPUT, estimated=True)

        def cost(tier: str, name: str = call.model, own: Usage = own) -> Cost:
            return replace(prices.cost(name, own, tier=tier), estimated=True)

        costs.append(await asyncio.to_thread(cost, ""))
        batched.append(await asyncio.to_thread(cost, BATCH))
        usage += own
    return Foretold(usage, costs, batched, assumed)
