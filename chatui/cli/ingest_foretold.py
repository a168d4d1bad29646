"""What an ingest on a priced embedding endpoint will take, told before anything is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.cli.confirmation import asked_to_pay
from chatui.cli.invocation import Invocation
from chatui.cli.output import warn
from chatui.domain.usage import Usage

if TYPE_CHECKING:
    from chatui.bootstrap.documents import Documents
    from chatui.cost.prices.prices import PriceBook


async def agreed(
    run: Invocation, documents: Documents, paths: Sequence[Path], collection: str, *, yes: bool
) -> bool:
    """Says what embedding the new files takes, and asks where that is more than
    `budget.ask_above`. Whether to go on. Raises BudgetExceeded where there is nobody to ask."""
    from chatui.bootstrap.documents import reading_limits
    from chatui.bootstrap.pricing import embedding_provider, price_book
    from chatui.cost.tokens.tokens import TokenCounter
    from chatui.retrieval.ingest.forecast import forecast
    from chatui.text.figures import approximate, money, tokens

    config = run.config()
    model = f"{embedding_provider(config)}/{config.retrieval.embedder.model}"
    prices = await asyncio.to_thread(price_book, config, run.paths.prices)
    if not await asyncio.to_thread(is_paid, prices, model):
        return True
    count = TokenCounter().counting(model)
    limits = reading_limits(config)
    found = await forecast(
        paths, collection, documents.library, limits=limits, count=count, log=run.paths.log
    )
    if not found.files:
        return True
    usage = Usage(input=found.tokens, estimated=True)
    cost = prices.cost(model, usage, seconds=0)
    files = "1 file" if found.files == 1 else f"{found.files:,} files"
    told = approximate(f"{tokens(found.tokens)} tokens", estimated=True)
    sentence = f"Embedding {files} with {model} takes {told}, {money(cost)}{beside(run, usage)}."
    limit = config.budget.ask_above
    amount = prices.conversion.amount(cost, config.budget.currency)
    if yes or not limit or (amount is not None and amount <= limit):
        warn(sentence)
        return True
    return await asked_to_pay(f"{sentence} Send it?")


def is_paid(prices: PriceBook, model: str) -> bool:
    """Whether a token has a price. One that is not known is held to no sum: a budget refuses it."""
    cost = prices.cost(model, Usage(input=1_000_000), seconds=0)
    return bool(cost.amount)


def beside(run: Invocation, usage: Usage) -> str:
    """What the chat's model would take for the same tokens, read once and written once."""
    from chatui.bootstrap.pricing import price_book
    from chatui.text.figures import money

    config = run.config()
    model = config.chat.model
    if not model:
        return ""
    prices = price_book(config, run.paths.prices)
    read = prices.cost(model, usage, seconds=0)
    written = prices.cost(model, Usage(output=usage.input, estimated=True), seconds=0)
    if not read.amount or written.amount is None:
        return ""
    return f" ({model} would take {money(read)} to read them, {money(written)} to write as many)"
