"""The road of a turn with a model behind a real socket; only documents are left out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from chatui.assistant.assistant import Assistant
from chatui.assistant.events import AssistantEvent
from chatui.assistant.lookup import SearchDefaults
from chatui.assistant.plan import Planner
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.errors import ChatuiError
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.store.store import ChatStore
from chatui.models.catalog import Catalog
from chatui.models.files.model_files import ModelFiles
from chatui.retrieval.search.retriever import Retriever
from tests.models.conftest import endpoint_at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from chatui.domain.conversation import Turn
    from chatui.memory.records import LedgerRow
    from chatui.models.base import ChatModel

MODEL = "test/tiny"
SETTINGS = ReplySettings(model=MODEL, system="Be brief.", rag=False)


def none_built_in() -> ChatModel:
    raise AssertionError("no built-in model is asked here")


class HostedHouse:
    """`url` is the server's; the model has a price and, unless it is 0, a known context."""

    def __init__(
        self,
        store: ChatStore,
        folder: Path,
        url: str,
        *,
        context_size: int = 0,
        retries: int = 0,
        policy: MemoryPolicy | None = None,
    ) -> None:
        self.store = store
        endpoint = endpoint_at(url, context_size=context_size or None, retries=retries)
        self.tokens, self.prices = (
            TokenCounter(),
            PriceBook({MODEL: PriceEntry(input=Decimal(2), output=Decimal(8))}),
        )
        self.catalog = Catalog([endpoint], ModelFiles(folder), none_built_in)
        self.planner = Planner(
            store, self.tokens, self.prices, policy or MemoryPolicy(reserve=64), Budget()
        )
        self.assistant = Assistant(
            store=store,
            catalog=self.catalog,
            retriever=cast("Retriever", None),
            planner=self.planner,
            tokens=self.tokens,
            prices=self.prices,
            search=SearchDefaults(),
        )
        self.conversation: str | None = None

    async def events(
        self,
        question: str,
        stop: asyncio.Event | None = None,
        settings: ReplySettings = SETTINGS,
    ) -> AsyncIterator[AssistantEvent]:
        if self.conversation is None:
            self.conversation = (await self.store.create()).id
        told = self.assistant.reply(self.conversation, question, settings, stop=stop)
        async with aclosing(cast("AsyncGenerator[AssistantEvent, None]", told)) as events:
            async for event in events:
                yield event

    async def ask(
        self, question: str, settings: ReplySettings = SETTINGS
    ) -> tuple[list[AssistantEvent], ChatuiError | None]:
        """All that is told, and what ended the turn if it failed."""
        found: list[AssistantEvent] = []
        try:
            async for event in self.events(question, settings=settings):
                found.append(event)
        except ChatuiError as error:
            return found, error
        return found, None

    async def turns(self) -> list[Turn]:
        assert self.conversation is not None
        return [stored.turn for stored in (await self.store.load(self.conversation)).turns]

    async def rows(self) -> list[LedgerRow]:
        return await self.store.ledger()


@asynccontextmanager
async def house_at(
    url: str,
    folder: Path,
    *,
    context_size: int = 0,
    retries: int = 0,
    policy: MemoryPolicy | None = None,
) -> AsyncIterator[HostedHouse]:
    store = await ChatStore.open(folder / "chats.db")
    house = HostedHouse(
        store, folder, url, context_size=context_size, retries=retries, policy=policy
    )
    try:
        yield house
    finally:
        await house.catalog.close()
        await store.close()
