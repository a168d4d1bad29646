"""The meter while nothing streams: what sending a draft would take."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from chatui.cost.quote import idle_reading, quote
from chatui.cost.reading import MeterReading
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.usage import Usage

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.cost.meter import Spent
    from chatui.cost.prices.prices import PriceBook
    from chatui.models.base import ModelInfo


def idle_meter(plan: Plan, prices: PriceBook, draft: str) -> MeterReading:
    """Of a plan. The first price reads the price list: for a thread."""
    last = plan.layout.past[-1].turn.reply if plan.layout.past else None
    cost = functools.partial(prices.cost, plan.info.name)
    return idle_reading(
        plan.info.name,
        prompt=plan.prompt,
        free=cost(Usage()).is_free,
        quoted=quote(plan.prompt, cost, plan.over, rule=prices.cache_rule(plan.info.name))
        if draft.strip()
        else None,
        context_size=plan.info.context_size,
        spent=plan.spent,
        memory=plan.memory,
        last=last,
    )


def empty_meter(info: ModelInfo, prices: PriceBook, spent: Spent) -> MeterReading:
    """The meter of a chat in which nothing is said or written: sending it would send nothing."""
    return idle_reading(
        info.name,
        prompt=TokenCount(0, exact=True),
        free=prices.cost(info.name, Usage()).is_free,
        context_size=info.context_size,
        spent=spent,
    )
