"""`/budget`: what is left of each span, and what this conversation may cost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.cost.budget import Allowance, Limit
from chatui.domain.errors import UsageError
from chatui.domain.usage import Cost, LimitLeft
from chatui.memory.spending import BudgetSpan, Spending
from chatui.text.figures import money, moneys, seconds, tokens
from chatui.text.safety import one_line
from chatui.widgets.details import Details, Fact

if TYPE_CHECKING:
    from chatui.app.window import Window

AMOUNT = re.compile(r"\$?\s*([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})\s*([A-Za-z]{3})?")
BAR = 20


async def budget(window: Window, argument: str) -> None:
    services = await window.session.services()
    if argument:
        await choose(window, argument, services.budget.currency)
        return
    spending = Spending(services.store, services.prices, services.budget)
    spans = await spending.spans(window.session.conversation_id)
    told = limit_facts(window.replies.limits_of, window.replies.limits)
    await window.push_screen_wait(Details("Budget", [*facts(spans), *told]))


async def choose(window: Window, argument: str, currency: str) -> None:
    """Sets what this conversation may cost, from the next call on."""
    allowance = read_allowance(argument, currency)
    session = window.session
    services = await session.services()
    if session.conversation_id is None:
        session.conversation_id = (await services.store.create()).id
    await services.store.budgets.set(session.conversation_id, allowance)
    spending = Spending(services.store, services.prices, services.budget)
    spent = await spending.spent(session.conversation_id, None)
    limit = next((each for each in spent.limits if each.span == "this conversation"), None)
    if limit is None:
        window.say("This chat has no limit of its own now; those of the day and month hold.")
    else:
        window.say(f"This chat may cost {_amount(limit)}; {_left(limit)} left.")
    window.meter.refresh()


def read_allowance(argument: str, currency: str) -> Allowance | None:
    """What "2.50", "2.50 EUR", "off" or "default" means; None is "default". Raises UsageError."""
    word = argument.lower()
    if word == "default":
        return None
    if word == "off":
        return Allowance(Decimal(0), currency)
    match = AMOUNT.fullmatch(argument)
    if match is None or not Decimal(match[1]):
        raise UsageError(
            f"{argument!r} is not an amount; write /budget 2.50, /budget 2.50 EUR, /budget off "
            "or /budget default."
        )
    dollars = "USD" if argument.startswith("$") else currency
    return Allowance(Decimal(match[1]), (match[2] or dollars).upper())


def facts(spans: list[BudgetSpan]) -> list[Fact]:
    lines: list[Fact] = [line for span in spans for line in (*_span_facts(span), ("", ""))]
    lines.append(("/budget 2.50", "limits this chat"))
    lines.append(("/budget off", "lifts its limit"))
    lines.append(("/budget default", "takes the one of the config"))
    return lines


def limit_facts(model: str, limits: Sequence[LimitLeft]) -> list[Fact]:
    """What is left of the provider's limits, as it was told with the last answer."""
    if not limits:
        return []
    lines: list[Fact] = [("", ""), ("Limits", f"of the provider, told with {one_line(model)}")]
    for one in limits:
        of = f" of {tokens(one.most)}" if one.most is not None else ""
        whole = f", whole again in {seconds(one.resets)}" if one.resets is not None else ""
        lines.append((one.what.capitalize(), f"{tokens(one.left)}{of} left{whole}"))
    return lines


def _span_facts(span: BudgetSpan) -> list[Fact]:
    name = span.name.capitalize()
    limit = span.limit
    if limit is None:
        return [(name, f"{moneys(span.spent) if span.spent else 'nothing'} spent, no limit")]
    if span.name == "this turn":
        return [(name, f"at most {_amount(limit)}")]
    share = min(Decimal(1), limit.spent / limit.amount)
    full = round(share * BAR)
    bar = "━" * full + "╌" * (BAR - full)
    spent = money(Cost(limit.spent, limit.currency))
    lines = [(name, f"{_left(limit)} left of {_amount(limit)}"), ("", f"{bar} {spent} spent")]
    if others := [cost for cost in span.spent if _uncounted(cost, limit)]:
        # A dash alone would not say whose price is unknown.
        words = [money(cost) if cost.amount else "calls of unknown price" for cost in others]
        lines.append(("", f"not counted: {', '.join(words)}"))
    return lines


def _uncounted(cost: Cost, limit: Limit) -> bool:
    """Whether the limit can't count it: the price is unknown, or no rate leads there."""
    return limit.conversion.amount(cost, limit.currency) is None


def _amount(limit: Limit) -> str:
    return money(Cost(limit.amount, limit.currency))


def _left(limit: Limit) -> str:
    return money(Cost(limit.left(), limit.currency))


COMMAND = Command(
    "budget", "[AMOUNT|off|default]", "Show what is left, or limit this chat", budget, leads=True
)
