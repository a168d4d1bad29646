"""Budgets: what is left, whether a call may be made, and how long its reply may be.

Pure rules over what was spent before; amounts in different currencies are compared and added
at the user's own rates only, and spending whose price is unknown can't be counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from chatui.cost.prices.conversion import NO_CONVERSION, Conversion
from chatui.cost.prices.price import PER, Price
from chatui.cost.tokens.tokens import TokenCount
from chatui.domain.errors import BudgetExceeded
from chatui.domain.usage import Cost, Usage

if TYPE_CHECKING:
    from chatui.config.schema import Budget

ESTIMATE_MARGIN = Decimal("1.2")
"""How far a prompt's true tokens may lie above an estimate: 1.16 was measured for English
and code in other families' vocabularies."""

LEAST_OUTPUT = 16
"""Tokens below which a reply isn't worth asking for, and which some servers refuse."""

SURE_OUTPUT = 4096
"""A cap on the reply's length that every hosted chat model accepts. Larger ones are refused
by models that can't write as much, so above this the running cost is watched instead."""


TURN = "this turn"
"""The span of the limits for which nothing was spent before the turn."""


REASONED_OUTPUT = 32_768
"""The same for models that reason, which all write as much."""

MAY_REASON = (
    r"(?i)(^|[/:._-])(o[1-9]|gpt-[5-9]|gpt-oss|gemini-(2\.5|[3-9])|grok-[3-9]|deepseek-r|qwq|qwen-?3"
    r"|magistral|glm-[4-9]|kimi-k|minimax-m|claude-.{0,20}[4-9]|seed-|nova-2)|reason|think"
)
"""Names of models that may reason where nobody sees it, so that the running cost shows it only at
the end: their replies get a limit under every budget. As text: `re` compiles it when it is used."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` of money for `span` ("this turn", "this conversation", "today", "this
    month"), of which `spent` is gone. `conversion` turns other currencies into its own."""

    span: str
    amount: Decimal
    currency: str
    spent: Decimal = Decimal(0)
    conversion: Conversion = NO_CONVERSION

    def left(self, turn: Cost | None = None) -> Decimal:
        """What remains after `turn`, never below 0."""
        running = self.conversion.amount(turn, self.currency) if turn is not None else None
        return max(Decimal(0), self.amount - self.spent - (running or Decimal(0)))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the user set one conversation to cost at most; 0 lifts the limit of the settings."""

    amount: Decimal
    currency: str


def limits(
    budget: Budget,
    *,
    own: Allowance | None = None,
    max_cost: Decimal | None = None,
    conversation: Sequence[Cost] = (),
    today: Sequence[Cost] = (),
    month: Sequence[Cost] = (),
    conversion: Conversion = NO_CONVERSION,
) -> tuple[Limit, ...]:
    """The limits in force for one turn. The conversation's `own` stands in the place of the
    budget's; `max_cost` is USD for this turn; a budget of 0 is
    no limit; `conversation`, `today` and `month` are what was spent before."""
    currency = budget.currency
    chat = own or Allowance(budget.conversation, currency)
    spans: tuple[tuple[str, Decimal, str, Sequence[Cost]], ...] = (
        (TURN, budget.turn, currency, ()),
        ("this conversation", chat.amount, chat.currency, conversation),
        ("today", budget.day, currency, today),
        ("this month", budget.month, currency, month),
    )
    found = tuple(
        Limit(span, amount, unit, spent_in(unit, costs, conversion), conversion)
        for span, amount, unit, costs in spans
        if amount
    )
    if max_cost is None:
        return found
    return (*found, Limit(TURN, max_cost, "USD", conversion=conversion))


def left(limits: Sequence[Limit], turn: Cost | None = None) -> Cost | None:
    """What may still be spent: the tightest limit, in the first one's currency, after what
    `turn` costs. None without limits."""
    if not limits:
        return None
    currency = limits[0].currency
    rooms = (Cost(limit.left(turn), limit.currency) for limit in limits)
    amounts = (limits[0].conversion.amount(room, currency) for room in rooms)
    amount = min(amount for amount in amounts if amount is not None)
    estimated = turn is not None and (turn.estimated or turn.amount is None)
    return Cost(amount, currency, "budget", estimated)


def with_aside(limits: Sequence[Limit], aside: Sequence[Cost]) -> list[Limit]:
    """The limits for a call of a turn that has cost `aside` before it: those of the turn don't
    count that as spent by themselves, all others do."""
    return [
        replace(limit, spent=limit.spent + spent_in(limit.currency, aside, limit.conversion))
        if limit.span == TURN
        else limit
        for limit in limits
    ]


def for_whole_turn(limits: Sequence[Limit], aside: Sequence[Cost]) -> list[Limit]:
    """The limits for what all of the turn costs, `aside` included: it counts once."""
    return [
        limit
        if limit.span == TURN
        else replace(limit, spent=limit.spent - spent_in(limit.currency, aside, limit.conversion))
        for limit in limits
    ]


def overrun(limits: Sequence[Limit], turn: Cost) -> Limit | None:
    """The limit that a running turn has gone past, so that its reply must be stopped."""
    for limit in limits:
        amount = limit.conversion.amount(turn, limit.currency)
        if amount is not None and limit.spent + amount > limit.amount:
            return limit
    return None


def bound_output(
    limits: Sequence[Limit],
    price: Price | None,
    prompt: TokenCount,
    *,
    model: str,
    wanted: int | None = None,
    max_output: int | None = None,
) -> int | None:
    """The most output tokens to ask for; None leaves it to the provider.

    `wanted` is the user's own cap and is never raised; `max_output` is the model's, None
    when unknown. Raises BudgetExceeded when the prompt alone, or the shortest reply, would
    go past a limit, and when the price is unknown or in another currency, because then no
    limit could be kept.
    """
    if not limits or (price is not None and price.source == "local"):
        return wanted
    room = [_affordable(limit, price, prompt, model) for limit in limits]
    affordable = min((tokens for tokens in room if tokens is not None), default=None)
    if affordable is None:
        return wanted
    if wanted is not None:
        return min(wanted, affordable)
    if affordable <= (max_output or SURE_OUTPUT):
        return affordable
    # Where its longest reply is known, the model itself stops before the money does.
    if max_output is None and re.search(MAY_REASON, model):
        return min(affordable, REASONED_OUTPUT)
    return None


def _affordable(limit: Limit, price: Price | None, prompt: TokenCount, model: str) -> int | None:
    """Output tokens that the limit has room for; None for any number."""
    if price is None or price.input is None or price.output is None:
        raise BudgetExceeded(
            f"{model} was not asked: its price is unknown, so the budget of {_money(limit)} for "
            f"{limit.span} can't be kept. Set its price under [prices] or lift the budget."
        )
    factor = limit.conversion.factor(limit.currency, price.currency)
    if factor is None:
        raise BudgetExceeded(
            f"{model} was not asked: its price is in {price.currency}, the budget for "
            f"{limit.span} in {limit.currency}. Set its price under [prices] in {limit.currency}, "
            "or a rate under [conversion.rates]."
        )
    tokens = _at_most_tokens(prompt)
    dearest = _dearest(price, tokens)
    room = limit.left() * factor
    rest = room - dearest
    rate = _output_rate(price, tokens)
    needed = rate * LEAST_OUTPUT / PER
    # What an hour costs can't be known before; a reply is stopped when it has used the room up.
    if rest < needed or (price.hour and not room):
        raise BudgetExceeded(
            f"{model} was not asked: {_money(limit)} for {limit.span} leaves "
            f"{limit.left():f} {limit.currency}, and this prompt needs about "
            f"{(dearest + needed) / factor:.6f}. Shorten it, take a cheaper model or raise the "
            "budget."
        )
    if not rate:
        return None
    return int((rest * PER / rate).to_integral_value(ROUND_FLOOR))


def at_most(price: Price | None, prompt: TokenCount, output: int) -> Cost:
    """What a call costs at most whose reply has so many tokens, its time not counted; an
    unknown price gives 0, because no call is made under a limit that can't be kept."""
    if price is None or price.input is None or price.output is None:
        return Cost(Decimal(0))
    tokens = _at_most_tokens(prompt)
    amount = _dearest(price, tokens) + _output_rate(price, tokens) * output / PER
    return Cost(amount, price.currency, price.source, estimated=True)


def _at_most_tokens(prompt: TokenCount) -> int:
    if prompt.exact:
        return prompt.tokens
    return int((prompt.tokens * ESTIMATE_MARGIN).to_integral_value(ROUND_CEILING))


def _output_rate(price: Price, prompt: int) -> Decimal:
    """The dearest of what a token of the reply can cost."""
    rates = (price.output, price.reasoning)
    return max((rate.at(prompt) for rate in rates if rate is not None), default=Decimal(0))


def _dearest(price: Price, tokens: int) -> Decimal:
    """What the prompt costs at most, without the time: a provider may write all of it to its
    cache, which can cost more than reading it."""
    ways = (Usage(input=tokens), Usage(cache_write=tokens))
    return max(price.cost(usage, seconds=0).amount or Decimal(0) for usage in ways)


def spent_in(currency: str, costs: Sequence[Cost], conversion: Conversion) -> Decimal:
    """The sum of what is known in that currency, or can be converted into it."""
    known = [conversion.amount(cost, currency) for cost in costs]
    return sum((amount for amount in known if amount is not None), Decimal(0))


def _money(limit: Limit) -> str:
    return f"{limit.amount:f} {limit.currency}"
