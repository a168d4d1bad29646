"""`chatui cost`: what a conversation cost, and what it would have cost on other models."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING, Any

import click

from chatui.cli.invocation import Invocation, shared_options
from chatui.cli.output import print_json, print_lines, warn
from chatui.cli.stats import WIDEST, on_terminal, written
from chatui.domain.errors import UsageError

if TYPE_CHECKING:
    from chatui.cost.account import Account, Entry, Sum
    from chatui.cost.what_if import Alternative
    from chatui.domain.usage import Cost


@click.command()
@click.argument("cid", required=False)
@click.option("-m", "--model", "models", multiple=True, help="Compare with this model; several.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@shared_options
def cost(run: Invocation, cid: str | None, models: tuple[str, ...], as_json: bool) -> None:
    """Show what the conversation CID cost, the last one without it, and what it would have
    cost on other models."""
    account = asyncio.run(read(run, cid, models))
    if as_json:
        print_json(as_object(account))
        return
    from chatui.cost.stats.account_sheet import account_sheet

    plain = not on_terminal() or bool(os.environ.get("NO_COLOR"))
    width = min(WIDEST, shutil.get_terminal_size().columns - 1)
    print_lines(written(line, plain) for line in account_sheet(account, max(40, width)))


async def read(run: Invocation, cid: str | None, models: tuple[str, ...]) -> Account:
    from chatui.bootstrap.services import open_services
    from chatui.memory.conversation_cost import account_of, compared, models_to_compare

    services = await open_services(run.config(), run.paths, on_warning=warn)
    try:
        store = services.store
        found = cid or await store.latest()
        if found is None:
            raise UsageError("There is no conversation yet: ask something first.")
        names = await asyncio.to_thread(services.catalog.names)
        if models:
            chosen = compared(models, [*await store.recent_models(), *names])
        else:
            chosen = await models_to_compare(store, services.prices, names)
        return await account_of(store, services.tokens, services.prices, found, chosen)
    finally:
        await services.close()


def as_object(account: Account) -> dict[str, Any]:
    return {
        "conversation": account.conversation,
        "title": account.title,
        "total": sum_object(account.total),
        "converted": [cost_object(one) for one in account.conversion.total(account.total.costs)],
        "calls": [call_object(one) for one in account.entries],
        "models": [{"model": name} | sum_object(one) for name, one in account.by_model().items()],
        "apart": [{"kind": name} | sum_object(one) for name, one in account.apart().items()],
        "what_if": [alternative_object(one) for one in account.alternatives],
    }


def cost_object(cost: Cost) -> dict[str, Any]:
    return {
        "amount": cost.amount,
        "currency": cost.currency,
        "price_source": cost.source,
        "estimated": cost.estimated,
        "converted": cost.converted,
    }


def sum_object(one: Sum) -> dict[str, Any]:
    return {
        "calls": one.calls,
        "unpriced": one.unpriced,
        "usage": one.usage,
        "costs": [cost_object(each) for each in one.costs],
        "cache_savings": [cost_object(each) for each in one.savings],
    }


def call_object(one: Entry) -> dict[str, Any]:
    return {
        "turn": one.turn,
        "kind": one.kind,
        "model": one.model,
        "started": one.started,
        "outcome": one.outcome,
        "usage": one.usage,
        "cost": cost_object(one.cost),
        "cache_savings": cost_object(one.savings) if one.savings else None,
    }


def alternative_object(one: Alternative) -> dict[str, Any]:
    return {
        "model": one.model,
        "usage": one.usage,
        "with_caching": [cost_object(each) for each in one.with_caching],
        "without_caching": [cost_object(each) for each in one.without_caching],
        "answered": one.answered,
        "too_long": one.too_long,
    }
