"""Comparing models in the window: answers side by side, and one key that keeps one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatui.config import PriceEntry
from chatui.memory.records import LedgerRow
from chatui.services import StartOptions
from chatui.widgets.compare_screen import CompareScreen
from tests.app.scripted_chat import Chat, ScriptedModel, says
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

USAGE = {"prompt_tokens": 100, "completion_tokens": 20}
QUESTION = "What is tea?"
PRICES = {
    "dear/*": PriceEntry(input=Decimal(3), output=Decimal(15)),
    "cheap/*": PriceEntry(input=Decimal(1), output=Decimal(2)),
    "third/*": PriceEntry(input=Decimal(2), output=Decimal(2)),
}
ANSWERS = {
    "dear": "Tea is a **drink** of leaves.",
    "cheap": "Tea is a plant of Asia.",
    "third": "Tea is a meal.",
}


class Table:
    """A chat at which three scripted servers sit; each holds its answer back when told to."""

    def __init__(self, chat: Chat, servers: dict[str, ScriptedServer]) -> None:
        self.chat = chat
        self.servers = servers

    @property
    def screen(self) -> CompareScreen:
        found = self.chat.window.screen
        assert isinstance(found, CompareScreen)
        return found

    async def compare(self, pilot: Pilot[None], *names: str, question: str = QUESTION) -> None:
        """Asks and waits until all answers have ended."""
        await self.begin(pilot, *names, question=question)
        await self.chat.until(lambda: all(lane.standing.ended for lane in self.screen.lanes))
        await self.chat.until(lambda: not self.chat.window.at_work("compare", "totals"))
        await pilot.pause()

    async def begin(self, pilot: Pilot[None], *names: str, question: str = QUESTION) -> None:
        behind = f" -- {question}" if question else ""
        await self.chat.write(pilot, f"/compare {' '.join(names)}{behind}")
        await pilot.pause()

    async def press(self, pilot: Pilot[None], *keys: str) -> None:
        """Keys, and the wait until the panel is gone and what it leaves is drawn."""
        await pilot.press(*keys)
        await self.chat.until(lambda: self.chat.idle)
        await pilot.pause()

    async def ledger(self) -> list[LedgerRow]:
        services = await self.chat.window.session.services()
        return await services.store.ledger(self.chat.window.session.conversation_id)


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(
                ScriptedServer(saying(*words(answer), usage=USAGE))
            )
            for name, answer in ANSWERS.items()
        }
        chat = Chat(tmp_path, ScriptedModel([says("Hello there")]))
        chat.endpoints = [
            endpoint_at(server.base_url, name=name, models=("model",), context_size=8_000)
            for name, server in servers.items()
        ]
        chat.prices = PRICES
        chat.reopen(StartOptions())
        yield Table(chat, servers)


def words(answer: str) -> list[str]:
    return [f"{word} " for word in answer.split()]


def held(gate: asyncio.Event, answer: str) -> Script:
    """Begins to speak, and ends only when the gate opens."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Well,")
        await gate.wait()
        await exchange.text(f" {answer}")
        await exchange.finish()
        await exchange.usage(**USAGE)
        await exchange.done()

    return script


async def test_the_answers_stand_side_by_side(table: Table) -> None:
    async with table.chat.open(size=(80, 24)) as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        rows = [row for row in table.chat.screen.splitlines() if "Tea is" in row]
        assert any(row.count("Tea is") == 2 for row in rows)
