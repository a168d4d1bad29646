"""`chatui ask --dry-run`: what would be sent, and what sending it would cost."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.output import print_json, warn

if TYPE_CHECKING:
    from chatui.bootstrap import Services
    from chatui.cli.ask import Request
    from chatui.cost.reading import Quote
    from chatui.planning import Plan


async def show_plan(services: Services, request: Request) -> None:
    """Prints the prompt, its size and its price, for each model."""
    from chatui.cost.quote import quote

    plans = []
    for model in request.models or (request.settings.model,):
        chosen = replace(request.settings, model=model)
        plan = await services.assistant.plan(request.conversation_id, request.question, chosen)
        plan = services.assistant.bounded(plan)
        cost = functools.partial(services.prices.cost, plan.info.name)
        plans.append((plan, quote(plan.prompt, cost)))
    if request.as_json:
        objects = [as_object(plan, quoted) for plan, quoted in plans]
        print_json(objects if len(request.models) > 1 else objects[0])
        return
    for plan, quoted in plans:
        print_plan(plan, quoted)


def as_object(plan: Plan, quoted: Quote) -> dict[str, Any]:
    return {
        "model": plan.info.name,
        "messages": plan.request.messages,
        "usage": {"input": plan.prompt.tokens, "estimated": not plan.prompt.exact},
        "cost": {
            "amount": quoted.cost.amount,
            "currency": quoted.cost.currency,
            "price_source": quoted.cost.source,
        },
    }


def print_plan(plan: Plan, quoted: Quote) -> None:
    from chatui.cost.figures import approximate, money, tokens
    from chatui.text_safety import strip_controls

    for message in plan.request.messages:
        click.echo(click.style(f"── {message.role}", bold=True))
        click.echo(strip_controls(message.content))
    size = approximate(tokens(plan.prompt.tokens), not plan.prompt.exact)
    warn(f"{plan.info.name}: {size} tokens to send, {money(quoted.cost)}")
