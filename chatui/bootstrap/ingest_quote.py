"""What an ingest on a priced embedding endpoint will take, told before anything is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatui.bootstrap.pricing import ask_above, embedding_provider, price_book
from chatui.config.paths import Paths
from chatui.config.schema import Config
from chatui.domain.usage import Usage
from chatui.retrieval.ingest.reading import ReadingLimits
from chatui.text.figures import counted

if TYPE_CHECKING:
    from chatui.cost.prices.prices import PriceBook
    from chatui.retrieval.library.library import Library


@dataclass(frozen=True, slots=True)
class IngestQuote:
    """`asks`: it is more than `budget.ask_above`."""

    sentence: str
    asks: bool


class IngestQuotes:
    def __init__(
        self, config: Config, paths: Paths, library: Library, limits: ReadingLimits
    ) -> None:
        self._config = config
        self._paths = paths
        self._library = library
        self._limits = limits

    async def of(self, paths: Sequence[Path], collection: str) -> IngestQuote | None:
        """None where it takes no money: on this machine, or where no file is new. Raises UsageError
        for a path that is not there, LibraryFailed."""
        config = self._config
        if config.retrieval.embedder.provider == "local":
            return None
        from chatui.cost.tokens.tokens import TokenCounter
        from chatui.retrieval.ingest.forecast import forecast
        from chatui.text.figures import approximate, money, tokens

        model = f"{embedding_provider(config)}/{config.retrieval.embedder.model}"
        prices = await asyncio.to_thread(price_book, config, self._paths.prices)
        if not await asyncio.to_thread(is_paid, prices, model):
            return None
        found = await forecast(
            paths,
            collection,
            self._library,
            limits=self._limits,
            count=TokenCounter().counting(model),
            log=self._paths.log,
        )
        if not found.files:
            return None
        usage = Usage(input=found.tokens, estimated=True)
        cost = prices.cost(model, usage, seconds=0)
        files = counted(found.files, "file")
        told = approximate(f"{tokens(found.tokens)} tokens", estimated=True)
        beside = self._beside(prices, usage)
        return IngestQuote(
            f"Embedding {files} with {model} takes {told}, {money(cost)}{beside}.",
            ask_above(config, prices).asks(cost),
        )

    def _beside(self, prices: PriceBook, usage: Usage) -> str:
        """What the chat's model would take for the same tokens, read once and written once."""
        from chatui.text.figures import money

        model = self._config.chat.model
        if not model:
            return ""
        read = prices.cost(model, usage, seconds=0)
        written = prices.cost(model, Usage(output=usage.input, estimated=True), seconds=0)
        if not read.amount or written.amount is None:
            return ""
        return (
            f" ({model} would take {money(read)} to read them, {money(written)} to write as many)"
        )


def is_paid(prices: PriceBook, model: str) -> bool:
    """Whether a token has a price. One that is not known is held to no sum: a budget refuses it."""
    cost = prices.cost(model, Usage(input=1_000_000), seconds=0)
    return bool(cost.amount)
