"""What sending the draft would take, and the meter between two turns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from chatui.cost.budget import left
from chatui.cost.meter import Spent
from chatui.cost.near import near_limits
from chatui.cost.reading import MemoryState, MeterReading, Quote
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.cache_rule import BY_ITSELF, CacheRule
from chatui.domain.conversation import Reply
from chatui.domain.usage import Cost, Usage


def quote(
    prompt: TokenCount,
    cost: Callable[[Usage], Cost],
    over: int = 0,
    *,
    rule: CacheRule | None = BY_ITSELF,
) -> Quote:
    """The price of sending a prompt, without the reply, which nobody knows yet: all of it at the
    uncached rate, or at that of writing it to the cache where that is dearer and the `rule` is
    that it is kept. So it is an upper bound. `over` tokens are too many for it to be sent."""
    tokens, estimated = prompt.tokens, not prompt.exact
    price = cost(Usage(input=tokens, estimated=estimated))
    if rule is not None and tokens >= rule.least:
        written = cost(rule.written(tokens, estimated=estimated))
        price = max(price, written, key=lambda one: one.amount or Decimal(0))
    return Quote(tokens, price, estimated=estimated, over=over)


def idle_reading(
    model: str,
    *,
    prompt: TokenCount,
    quoted: Quote | None = None,
    context_size: int | None = None,
    spent: Spent | None = None,
    memory: MemoryState | None = None,
    last: Reply | None = None,
    free: bool = False,
) -> MeterReading:
    """The meter while nothing streams. `prompt` counts what would be sent now, draft
    included; `last` is the reply of the newest turn, whose cost `spent` contains already.
    `free`: the model costs nothing."""
    last = last or Reply()
    usage = last.usage or Usage()
    # Tokens and money are the turn's; how long it took is the model's, and of no other's worth.
    timing = last.timing if last.model == model else None
    spent = spent or Spent()
    return MeterReading(
        model=model,
        context_used=prompt.tokens,
        context_size=context_size,
        context_estimated=not prompt.exact,
        turn=usage,
        turn_cost=last.cost,
        free=free,
        conversation=spent.conversion.total(spent.conversation),
        today=spent.conversion.total(spent.today),
        budget_left=left(spent.limits),
        near=near_limits(spent.limits),
        first_token=timing.first_token if timing else None,
        tokens_per_second=timing.tokens_per_second(usage) if timing else None,
        between_tokens=timing.between_tokens(usage) if timing else None,
        gaps=timing.gaps if timing else None,
        memory=memory or MemoryState(),
        quote=quoted,
    )
