"""What is said of a turn before it is sent: the meter between two turns, and the passages
that stand for those that only sending looks up."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatui.cost.quote import idle_reading, quote
from chatui.looking_up import Found

if TYPE_CHECKING:
    from chatui.cost.prices import PriceBook
    from chatui.cost.reading import MeterReading
    from chatui.memory.records import StoredTurn
    from chatui.planning import Plan
    from chatui.profiles.profile import ReplySettings


def last_found(past: Sequence[StoredTurn], settings: ReplySettings) -> Found:
    """The last turn's passages, where the settings still look into documents."""
    return Found(tuple(past[-1].turn.passages) if past and settings.rag else ())


def idle_meter(plan: Plan, prices: PriceBook, draft: str) -> MeterReading:
    """The meter while nothing streams. The first price reads the price list: for a thread."""
    last = plan.layout.past[-1].turn.reply if plan.layout.past else None
    cost = functools.partial(prices.cost, plan.info.name)
    return idle_reading(
        plan.info.name,
        prompt=plan.prompt,
        quoted=quote(plan.prompt, cost) if draft.strip() else None,
        context_size=plan.info.context_size,
        spent=plan.spent,
        memory=plan.memory,
        last=last.usage if last else None,
        last_cost=last.cost if last else None,
        last_timing=last.timing if last else None,
    )
