"""What a conversation's replies would have cost on another model: pure functions.

A call that the model really answered keeps the buckets that were reported for it, and the
price that it was booked at. Every other call is laid out anew in that model's tokens: with
caching it reads what the prompt before began with at the cache's price, and writes the rest
at the price of writing, where there is one; without caching all of it is plain input. What
the model would have said instead is not known: its replies are taken to be the same texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean

from chatui.cost.prices.price import Price
from chatui.domain.cache_rule import BY_ITSELF, CacheRule
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage, total_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCall:
    """A reply as it was booked. `after` is the place, among the calls, of the one whose prompt
    this one's begins with; None when no cache could hold that. `price` is what the cost was
    computed from, None when the provider said so itself or nothing was known."""

    model: str
    started: datetime
    usage: Usage
    cost: Cost
    price: Price | None = None
    seconds: float | None = None
    turn_id: str | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Recount:
    """A call in another model's tokens. `prefix` is as much of the prompt as the next one may
    begin with; `reasoning` is a part of `output`. `exact` as in TokenCount. `question` is what of
    the prompt stands behind the earlier turns: where only what is marked is kept, that is not.
    `answer` is the last answer before that, behind which not every provider's mark can stand."""

    prompt: int
    prefix: int
    output: int
    reasoning: int
    exact: bool
    question: int = 0
    answer: int = 0

    def marked(self, rule: CacheRule) -> int:
        """What of the prompt stands before the last mark."""
        return max(0, self.prompt - self.question - (self.answer if rule.asked else 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """All replies on one model, a sum per currency; of a model without a price one unknown
    cost. `usage` is that with caching. `answered` calls really were that model's, and
    `too_long` prompts would not have fitted into its context."""

    model: str
    usage: Usage
    with_caching: tuple[Cost, ...]
    without_caching: tuple[Cost, ...]
    answered: int = 0
    too_long: int = 0


def uncached(usage: Usage) -> Usage:
    return replace(usage, input=usage.prompt, cache_read=0, cache_write=0)


def cache_savings(usage: Usage, price: Price | None) -> Cost | None:
    """What the cached tokens would have cost uncached, less what they did cost; below 0 where
    writing to the cache cost more than reading saved. None when nothing was cached."""
    if not usage.cache_read and not usage.cache_write:
        return None
    if price is None:
        return UNKNOWN_COST
    # Time costs the same either way.
    plain, paid = price.cost(uncached(usage), seconds=0), price.cost(usage, seconds=0)
    if plain.amount is None or paid.amount is None:
        return UNKNOWN_COST
    return replace(plain, amount=plain.amount - paid.amount, estimated=usage.estimated)


def laid_out(
    count: Recount,
    before: Recount | None,
    price: Price | None,
    known: bool,
    rule: CacheRule | None = BY_ITSELF,
) -> Usage:
    """The call's buckets with caching; `before` is the prompt that it begins with. `known`:
    the tokens themselves were reported."""
    cached = written = 0
    if rule is not None and price is not None:
        kept = count.marked(rule) if rule.marked else count.prompt
        if before is not None and price.cache_read is not None:
            held = before.marked(rule) if rule.marked else before.prefix
            cached = rule.read(min(held, kept))
        if price.cache_write is not None and not rule.free and kept >= rule.least:
            written = kept - cached
    return replace(
        Usage() if rule is None else rule.written(written, estimated=False),
        input=count.prompt - cached - written,
        cache_read=cached,
        output=count.output,
        reasoning=count.reasoning,
        # What a cache would have held is an assumption.
        estimated=not known or cached > 0 or written > 0,
    )


def alternative(
    model: str,
    calls: Sequence[ReplyCall],
    counts: Sequence[Recount],
    price_at: Callable[[datetime], Price | None],
    context_size: int | None = None,
    *,
    rule: CacheRule | None = BY_ITSELF,
) -> Alternative:
    """`counts` are the calls in this model's tokens; `price_at` is its price at a moment; `rule` is
    what its provider keeps of prompts. A model that is paid by the hour is priced by the time its
    own replies here took."""
    own_seconds = [call.seconds for call in calls if call.model == model and call.seconds]
    seconds = fmean(own_seconds) if own_seconds else None
    usage, cached, plain = Usage(), [], []
    for call, count in zip(calls, counts, strict=True):
        price = price_at(call.started)
        if call.model == model:
            one, costs = call.usage, _as_answered(call, price)
        else:
            known = count.exact and not call.usage.estimated
            one = laid_out(count, _begun_with(call, calls, counts, rule), price, known, rule)
            bare = replace(uncached(one), estimated=not known)
            costs = _cost(price, one, seconds), _cost(price, bare, seconds)
        usage += one
        cached.append(costs[0])
        plain.append(costs[1])
    return Alternative(
        model=model,
        usage=usage,
        with_caching=total_cost(cached),
        without_caching=total_cost(plain),
        answered=sum(call.model == model for call in calls),
        too_long=sum(count.prompt > context_size for count in counts) if context_size else 0,
    )


def _begun_with(
    call: ReplyCall,
    calls: Sequence[ReplyCall],
    counts: Sequence[Recount],
    rule: CacheRule | None,
) -> Recount | None:
    """The prompt that the call's own begins with, while it is still kept."""
    if call.after is None or rule is None:
        return None
    kept = call.started - calls[call.after].started <= rule.lifetime
    return counts[call.after] if kept else None


def _as_answered(call: ReplyCall, listed: Price | None) -> tuple[Cost, Cost]:
    """The cost with and without caching of a call that the model did answer."""
    if call.price is None and call.cost.amount is not None:
        # The provider's own word; what its cache saved is known from the list at most.
        saved = cache_savings(call.usage, listed)
        if saved is None:
            return call.cost, call.cost
        if saved.amount is None or saved.currency != call.cost.currency:
            return call.cost, UNKNOWN_COST
        amount = call.cost.amount + saved.amount
        return call.cost, replace(call.cost, amount=amount, estimated=True)
    price = call.price or listed
    plain = _cost(price, uncached(call.usage), call.seconds)
    if call.cost.amount is None:
        return _cost(price, call.usage, call.seconds), plain
    # Booked with what the ledger keeps no count of: writes for an hour, audio, searches.
    saved = cache_savings(call.usage, price)
    if saved is None or saved.amount is None or saved.currency != call.cost.currency:
        return call.cost, call.cost if saved is None else plain
    return call.cost, replace(call.cost, amount=call.cost.amount + saved.amount)


def _cost(price: Price | None, usage: Usage, seconds: float | None) -> Cost:
    return price.cost(usage, seconds) if price is not None else UNKNOWN_COST
