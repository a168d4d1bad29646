"""A chat with one server that answers and another that summarises: the real road of a turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from chatui.assistant.events import MeterChanged, TurnSettled
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config, Memory, Provider, Retrieval
from chatui.cost.reading import MemoryState
from chatui.memory.records import Summary, WindowMark
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, ScriptedServer

CHAT, CHEAP = "chat/model", "cheap/model"
CAP = 1200
FACTS = (
    "Anna Berger lives in Leipzig since 2019.",
    "The budget of the trip to Lisbon is 1,800 euros.",
    "The flight TP 563 leaves on 12 May at 14:05.",
    "Karl Weber keeps the keys of the boat in Bremen.",
    "We decided to meet Maria Duarte at the Castelo at 17:30.",
)


async def answering(exchange: Exchange) -> None:
    """A reply of some thirty words, with a fact that goes with the question's number."""
    number = int(exchange.json["messages"][-1]["content"].split()[-1].rstrip("?"))
    await exchange.head()
    await exchange.text(f"{FACTS[number % len(FACTS)]} " + "That is how it is. " * 3)
    await exchange.finish()
    await exchange.done()


async def summarising(exchange: Exchange) -> None:
    """A good summary: the facts that are in the material."""
    given = exchange.json["messages"][-1]["content"]
    await exchange.head()
    await exchange.text("Facts:\n" + "\n".join(f"- {fact}" for fact in FACTS if fact in given))
    await exchange.finish()
    await exchange.usage(prompt_tokens=100, completion_tokens=20)
    await exchange.done()


@dataclass
class Chat:
    services: Services
    chat: ScriptedServer
    cheap: ScriptedServer
    warnings: list[str]
    conversation: str | None = None
    memory: MemoryState = field(default_factory=MemoryState)

    async def ask(self, first: int, last: int | None = None, *, wait: bool = True) -> str:
        """Asks the questions of these numbers; the last prompt, as one text. With `wait`,
        what is prepared after each turn is ready before the next."""
        settings = replace(self.services.settings, model=CHAT)
        for number in range(first, (last or first) + 1):
            question = f"What about number {number}?"
            async for event in self.services.assistant.reply(self.conversation, question, settings):
                match event:
                    case MeterChanged():
                        self.memory = event.reading.memory
                    case TurnSettled():
                        self.conversation = event.conversation_id
            if wait:
                await self.services.background.finish(PATIENCE)
        return str(self.chat.exchanges[-1].json["messages"])

    async def summaries(self) -> list[Summary]:
        assert self.conversation is not None
        return list(await self.services.store.summaries.of(self.conversation))

    async def marks(self) -> list[WindowMark]:
        """Those of all prompts that were sent, in their order."""
        store = self.services.store
        assert self.conversation is not None
        turns = (await store.load(self.conversation)).turns
        found = [await store.window_mark(one.id) for one in turns]
        return [mark for mark in found if mark is not None]

    async def questions(self) -> int:
        assert self.conversation is not None
        return len((await self.services.store.load(self.conversation)).turns)


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with AsyncExitStack() as stack:
        answers = await stack.enter_async_context(ScriptedServer(answering))
        cheap = await stack.enter_async_context(ScriptedServer(summarising))
        config = Config(
            providers={
                name: Provider(base_url=server.base_url, models=("model",), context_size=8000,
                               local=True, retries=0)
                for name, server in (("chat", answers), ("cheap", cheap))
            },
            memory=Memory(
                cap_tokens=CAP, summary_model=CHEAP, summary_tokens=150, recall=False, notes=False
            ),
            retrieval=Retrieval(enabled=False),
        )  # fmt: skip
        folders = (tmp_path / name for name in ("config", "data", "state", "cache"))
        warnings: list[str] = []
        services = await stack.enter_async_context(
            await open_services(config, Paths(*folders), on_warning=warnings.append)
        )
        yield Chat(services, answers, cheap, warnings)
        await services.background.finish(0)
