"""`/cost`: what this conversation cost, and what it would have cost on other models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatui.app.commands.command import Command
from chatui.app.commands.models import model_figures
from chatui.cost.account import Account
from chatui.memory.conversation_cost import account_of, compared, models_to_compare

if TYPE_CHECKING:
    from chatui.app.window import Window

PATIENCE_SECONDS = 0.5
COUNTING = "Counting the conversation in the tokens of other models …"


async def cost(window: Window, argument: str) -> None:
    """With names of models, those alone are compared."""
    from chatui.widgets.cost import CostScreen

    services = await window.session.services()
    store, prices = services.store, services.prices
    names = await asyncio.to_thread(services.catalog.names)
    wanted = [word for word in argument.split() if word not in {"-m", "--model"}]
    if wanted:
        models = compared(wanted, [*await store.recent_models(), *names])
    else:
        models = await models_to_compare(store, prices, names)
    conversation = window.session.conversation_id
    account = Account(conversation="", title="")
    if conversation is not None:
        loop = asyncio.get_running_loop()
        telling = loop.call_later(PATIENCE_SECONDS, window.say, COUNTING)
        try:
            account = await account_of(store, services.tokens, prices, conversation, models)
        finally:
            telling.cancel()
    await window.push_screen_wait(CostScreen(account))


async def choices(window: Window) -> list[str]:
    services = await window.session.services()
    return list(await asyncio.to_thread(services.catalog.names))


COMMAND = Command(
    "cost",
    "[MODEL]…",
    "Show what this conversation cost, here and elsewhere",
    cost,
    choices,
    model_figures,
    leads=True,
)
