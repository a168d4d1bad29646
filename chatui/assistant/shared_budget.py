"""A budget for several calls at once: none may use up what another was promised."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.cost.budget import SURE_OUTPUT, Limit, at_most
from chatui.domain.errors import BudgetExceeded

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.cost.prices.price import Price
    from chatui.domain.usage import Cost

Bound = Callable[["Plan"], "Plan"]
PriceOf = Callable[[str], "Price | None"]
SET_ASIDE = "What the models named before it may cost at most counts as spent."


@dataclass(frozen=True, slots=True)
class Bounded:
    """A plan whose reply is held to its part of the budget, and the limits that its running
    cost is watched by: they count what the calls beside it may cost as spent. `aside` is what
    its repair may cost, in USD; None leaves that as it was."""

    plan: Plan
    limits: Sequence[Limit]
    aside: Decimal | None = None


Hold = Callable[["Plan"], Awaitable[Bounded]]
"""Bounds one of several calls; it may wait for what others leave of the budget. Raises
BudgetExceeded."""


def bounded_together(
    plans: Sequence[Plan], bound: Bound, price: PriceOf
) -> list[Bounded | BudgetExceeded]:
    """Each plan within its part of the budget, or why it may not be called. `bound` holds
    one plan to its own limits. Each call gets an equal share of what the ones before it
    leave; when a share is too small for a call, the first ones come first. It may load the
    price list, so call it in a thread."""
    shared = _in_order(plans, bound, price, evenly=True)
    if any(isinstance(one, BudgetExceeded) for one in shared):
        shared = _in_order(plans, bound, price, evenly=False)
    costs = [None if isinstance(one, BudgetExceeded) else most(one, price) for one in shared]
    return [
        one
        if isinstance(one, BudgetExceeded)
        else Bounded(one, held(one.spent.limits, [*costs[:at], *costs[at + 1 :]]))
        for at, one in enumerate(shared)
    ]


def _in_order(
    plans: Sequence[Plan], bound: Bound, price: PriceOf, *, evenly: bool
) -> list[Plan | BudgetExceeded]:
    done: list[Plan | BudgetExceeded] = []
    before: list[Cost] = []
    for at, plan in enumerate(plans):
        limits = held(plan.spent.limits, before)
        if evenly:
            limits = [part(limit, len(plans) - at) for limit in limits]
        try:
            within = bound(replace(plan, spent=replace(plan.spent, limits=limits)))
        except BudgetExceeded as error:
            done.append(BudgetExceeded(f"{error} {SET_ASIDE}") if before else error)
            continue
        done.append(replace(within, spent=plan.spent))
        before.append(most(within, price))
    return done


def most(plan: Plan, price: PriceOf) -> Cost:
    """The most that a bounded call can cost. A reply whose length nobody bounds is taken
    for one of SURE_OUTPUT tokens: it is stopped where it would take another's part."""
    output = plan.request.options.max_output_tokens or plan.info.max_output or SURE_OUTPUT
    return at_most(price(plan.info.name), plan.prompt, output)


def held(limits: Sequence[Limit], costs: Sequence[Cost | None]) -> list[Limit]:
    """The limits with these costs spent, as far as they can be converted."""
    return [replace(limit, spent=limit.spent + _sum(limit, costs)) for limit in limits]


def _sum(limit: Limit, costs: Sequence[Cost | None]) -> Decimal:
    known = (limit.conversion.amount(cost, limit.currency) for cost in costs if cost)
    return sum((amount for amount in known if amount is not None), Decimal(0))


def part(limit: Limit, shares: int) -> Limit:
    """The limit with no more left than its equal share of what is."""
    return replace(limit, spent=limit.amount - limit.left() / shares)
