"""What the first screen tells: what answers, what that costs, and what was found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatui.domain.conversation import is_quoting
from chatui.domain.errors import ChatuiError
from chatui.domain.usage import Cost
from chatui.text.figures import counted, money
from chatui.widgets.welcome import WelcomeFacts

if TYPE_CHECKING:
    from chatui.bootstrap.services import Services
    from chatui.cost.prices.price import Price
    from chatui.jobs.profiles import ReplySettings
    from chatui.models.catalog import AtHand


MOST_NAMED = 4
"""Providers that are named one by one."""


async def welcome_facts(services: Services, settings: ReplySettings) -> WelcomeFacts:
    """Asks nobody but local servers, and those seldom."""
    model = await services.assistant.model_name(settings)
    price = await asyncio.to_thread(services.prices.price, model)
    at_hand = await services.catalog.at_hand()
    documents = await document_count(services, settings.collection)
    documents_there = f"{counted(documents, 'document')} in {settings.collection}"
    told = documents_there if documents else "no documents yet"
    found = " · ".join([*at_hand_words(at_hand), told])
    return WelcomeFacts(f"{model}, {price_words(model, price)}", found, documents > 0)


async def document_count(services: Services, collection: str) -> int:
    try:
        infos = await services.library.collections()
    except ChatuiError:
        # Looking for the answer tells it.
        return 0
    return next((info.files for info in infos if info.name == collection), 0)


def price_words(model: str, price: Price | None) -> str:
    if is_quoting(model):
        return "free: it quotes your documents"
    if price is None:
        return "whose price is not known"
    if price.source == "local":
        return "free"
    rates = [
        f"{money(Cost(rate.base, price.currency))} {way}"
        for rate, way in ((price.input, "in"), (price.output, "out"))
        if rate is not None
    ]
    return f"{' and '.join(rates)} per million tokens" if rates else "whose price is not known"


def at_hand_words(found: AtHand) -> list[str]:
    more = len(found.keys) - MOST_NAMED
    named = [*found.keys[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    keys = " and ".join([", ".join(named[:-1]), *named[-1:]] if len(named) > 1 else named)
    key = f"{'keys' if len(named) > 1 else 'the key'} of {keys}" if named else "no key"
    servers = [f"{name} with {counted(models, 'model')}" for name, models in found.servers]
    files = counted(found.files, "model file") if found.files else "no model file"
    return [key, *(servers or ["no Ollama"]), files]
