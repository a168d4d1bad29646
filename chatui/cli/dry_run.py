"""`chatui ask --dry-run`: what would be sent, and what sending it would cost."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from chatui.cli.output import Styled, complain, print_json, print_line, print_text, warn
from chatui.cost.tokens.pictures import line_of, rule_of
from chatui.domain.errors import ChatuiError
from chatui.domain.media import PDF

if TYPE_CHECKING:
    from chatui.assistant.plan import Plan
    from chatui.bootstrap.services import Services
    from chatui.cli.question import Request
    from chatui.cost.reading import Quote
    from chatui.domain.conversation import Message
    from chatui.domain.media import Medium


async def show_plan(services: Services, request: Request, *, counted: bool = False) -> int:
    """Prints the prompt, its size and its price, for each model; `counted` by their providers,
    where they do that. The exit code: 1 when some
    of several models would not be asked, the code of the first error when none would be."""
    from chatui.cost.quote import quote

    plans = await planned(services, request)
    errors = [plan for plan in plans if isinstance(plan, ChatuiError)]
    if len(errors) == len(plans):
        raise errors[0]
    for error in errors:
        complain(str(error))
    quoted = []
    for plan in plans:
        if not isinstance(plan, ChatuiError):
            told = await by_provider(services, plan) if counted else plan
            cost = functools.partial(services.prices.cost, plan.info.name)
            rule = services.prices.cache_rule(plan.info.name)
            quoted.append((told, quote(told.prompt, cost, rule=rule)))
    if request.as_json:
        objects = [as_object(plan, price) for plan, price in quoted]
        print_json(objects if len(request.lanes) > 1 else objects[0])
    else:
        for plan, price in quoted:
            print_plan(plan, price)
    return 1 if errors else 0


async def by_provider(services: Services, plan: Plan) -> Plan:
    """The plan with its provider's count of the prompt; as it was where there is none."""
    from chatui.assistant.sight import loaded
    from chatui.cost.tokens.tokens import TokenCount
    from chatui.models.base import CountingModel

    model = await services.catalog.open(plan.info.name)
    tokens = None
    if isinstance(model, CountingModel):
        messages = await loaded(plan.request.messages, services.store)
        tokens = await model.count(replace(plan.request, messages=messages))
    if tokens is None:
        warn(f"{plan.info.name} has nobody to count the prompt; it was estimated.")
        return plan
    return replace(plan, prompt=TokenCount(tokens, exact=True))


async def planned(services: Services, request: Request) -> Sequence[Plan | ChatuiError]:
    cid, question = request.conversation_id, request.question
    if len(request.lanes) > 1:
        return await services.comparer.plans(cid, question, request.lanes, distinct=False)
    plan = await services.assistant.plan(cid, question, request.settings)
    return [services.assistant.bounded(plan)]


def as_object(plan: Plan, quoted: Quote) -> dict[str, Any]:
    return {
        "model": plan.info.name,
        "messages": [as_written(one, plan.info.name) for one in plan.request.messages],
        "options": set_options(plan),
        "usage": {"input": plan.prompt.tokens, "estimated": not plan.prompt.exact},
        "cost": {
            "amount": quoted.cost.amount,
            "currency": quoted.cost.currency,
            "price_source": quoted.cost.source,
        },
    }


def as_written(message: Message, model: str) -> dict[str, Any]:
    """A message with what is told of the pictures in it, in the place of their bytes."""
    written: dict[str, Any] = {
        "role": message.role,
        "content": message.content,
        "name": message.name,
    }
    if message.media:
        written["media"] = [described(one, model) for one in message.media]
    return written


def described(medium: Medium, model: str) -> dict[str, Any]:
    rule = rule_of(model)
    estimated = not rule.published or medium.kind == PDF
    return medium.figures() | {"tokens": rule.of(medium), "estimated": estimated}


def set_options(plan: Plan) -> dict[str, Any]:
    """The sampling options that the call would have."""
    given = asdict(plan.request.options)
    return {name: value for name, value in given.items() if value is not None}


def print_plan(plan: Plan, quoted: Quote) -> None:
    from chatui.bootstrap.sampling import shown
    from chatui.text.figures import approximate, money, tokens

    for message in plan.request.messages:
        print_line(Styled(f"── {message.role}", bold=True))
        for medium in message.media:
            print_line(Styled(line_of(medium, plan.info.name), dim=True))
        print_text(message.content)
    size = approximate(tokens(plan.prompt.tokens), not plan.prompt.exact)
    if given := [f"{name} {shown(name, value)}" for name, value in set_options(plan).items()]:
        warn(f"{plan.info.name}: {', '.join(given)}")
    warn(f"{plan.info.name}: {size} tokens to send, {money(quoted.cost)}")
