"""A conversation that goes from one model to another and back: two real servers, the real
road of a turn, and what each of them was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.events import MeterChanged, TurnSettled
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config, Memory, ProfileTable, Provider, Retrieval
from chatui.cost.reading import MemoryState
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.errors import ContextTooLong
from chatui.jobs.profiles import apply
from chatui.memory.records import Summary
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, ScriptedServer, saying

LARGE, SMALL, TWIN, TINY = "large/model", "small/model", "twin/model", "tiny/model"
SECRET = "private thought"


async def thinking(exchange: Exchange) -> None:
    """A reply of 60 words after some reasoning."""
    await exchange.head()
    await exchange.delta(reasoning_content=SECRET)
    await exchange.text("answer " + "word " * 59)
    await exchange.finish()
    await exchange.done()


@dataclass
class Chat:
    services: Services
    servers: dict[str, ScriptedServer]
    conversation: str | None = None
    memory: MemoryState = field(default_factory=MemoryState)

    def reply_with(self, text: str) -> None:
        for server in self.servers.values():
            server.script(saying(text))

    async def compact(self, text: str, turns: int) -> None:
        """Accepts a summary of so many turns, as `/compact` does."""
        assert self.conversation is not None
        store = self.services.store
        path = (await store.load(self.conversation)).turns
        await store.summaries.compact(
            Summary(
                "", self.conversation, path[turns - 1].id, text, "compact", LARGE, turns,
                datetime.now(UTC), head=path[-1].id,
            )
        )  # fmt: skip

    async def ask(self, model: str, question: str, profile: str = "") -> list[dict[str, Any]]:
        """The messages that the model's server was sent."""
        settings = replace(self.services.settings, model=model)
        if profile:
            settings = apply(self.services.profiles.load(profile), settings)
        async for event in self.services.assistant.reply(self.conversation, question, settings):
            match event:
                case MeterChanged():
                    self.memory = event.reading.memory
                case TurnSettled():
                    self.conversation = event.conversation_id
        messages = self.servers[model.partition("/")[0]].exchanges[-1].json["messages"]
        assert isinstance(messages, list)
        return messages


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(ScriptedServer(thinking))
            for name in ("large", "small", "twin", "tiny")
        }
        sizes = {"large": 8000, "small": 900, "twin": 900, "tiny": 700}
        config = Config(
            providers={
                name: Provider(
                    base_url=server.base_url,
                    models=("model",),
                    context_size=sizes[name],
                    local=True,
                )
                for name, server in servers.items()
            },
            profiles={"pirate": ProfileTable(system="Talk like a pirate.", model=SMALL)},
            retrieval=Retrieval(enabled=False),
            memory=Memory(recall=False, notes=False),
        )
        folders = (tmp_path / name for name in ("config", "data", "state", "cache"))
        services = await stack.enter_async_context(await open_services(config, Paths(*folders)))
        yield Chat(services, servers)


def roles(messages: Sequence[dict[str, Any]]) -> str:
    return "".join(message["role"][0] for message in messages)


def tokens(messages: Sequence[dict[str, Any]]) -> int:
    count = TokenCounter()
    return sum(count.count(message["content"], "gpt-4o").tokens for message in messages)


async def test_the_whole_conversation_goes_along_and_reasoning_stays_behind(chat: Chat) -> None:
    await chat.ask(LARGE, "one")
    sent = await chat.ask(SMALL, "two")
    assert roles(sent) == "suau"
    assert [sent[1]["content"], sent[3]["content"]] == ["one", "two"]
    assert SECRET not in str(sent)


async def test_a_profiles_system_prompt_stands_first_and_alone(chat: Chat) -> None:
    await chat.ask(LARGE, "one")
    sent = await chat.ask(SMALL, "two", profile="pirate")
    assert roles(sent) == "suau"
    assert sent[0]["content"] == "Talk like a pirate."


async def test_the_cap_follows_the_model_down_and_up_again(chat: Chat) -> None:
    for number in range(12):
        await chat.ask(LARGE, f"question {number}")
    assert chat.memory.dropped_turns == 0
    small = await chat.ask(SMALL, "small?")
    state = chat.memory
    large = await chat.ask(LARGE, "large?")

    assert state.cap == 450
    assert state.dropped_turns > 5
    assert tokens(small) <= 450
    assert roles(small) == "s" + "ua" * (12 - state.dropped_turns) + "u"
    assert chat.memory.cap == 8000 - 1024
    assert (chat.memory.dropped_turns, roles(large)) == (0, "s" + "ua" * 13 + "u")


async def test_the_summary_goes_along_to_a_model_of_the_same_size_and_in_short_to_a_smaller(
    chat: Chat,
) -> None:
    chat.reply_with("Anna Berger moved to Leipzig in 2019, and the budget is 1,800 euros.")
    for number in range(20):
        await chat.ask(SMALL, f"My question has the number {number + 100}.")
        await chat.services.background.finish(PATIENCE)
    before = chat.memory
    small = await chat.ask(SMALL, "small?")
    twin = await chat.ask(TWIN, "twin?")
    tiny = await chat.ask(TINY, "tiny?")

    assert before.summary_tokens > 0
    assert "What was said earlier" in small[0]["content"]
    assert twin[0] == small[0]
    assert roles(twin) == "s" + "ua" * (len(twin) // 2 - 1) + "u"
    assert "What was said earlier" in tiny[0]["content"]
    assert len(tiny[0]["content"]) < len(twin[0]["content"])
    assert tokens(tiny) <= 350


async def test_a_larger_model_gets_the_turns_themselves_but_keeps_a_compact_summary(
    chat: Chat,
) -> None:
    chat.reply_with("Anna Berger moved to Leipzig in 2019, and the budget is 1,800 euros.")
    for number in range(20):
        await chat.ask(SMALL, f"My question has the number {number + 100}.")
        await chat.services.background.finish(PATIENCE)
    large = await chat.ask(LARGE, "large?")
    await chat.compact("- Anna Berger lives in Leipzig.", turns=19)
    compact = await chat.ask(LARGE, "compact?")
    small = await chat.ask(SMALL, "small?")

    assert roles(large) == "s" + "ua" * 20 + "u"
    assert "What was said earlier" not in large[0]["content"]
    assert roles(compact) == "s" + "ua" * 2 + "u"
    assert "Anna Berger lives in Leipzig." in compact[0]["content"]
    assert small[0] == compact[0]


async def test_a_turn_that_failed_on_one_model_leaves_valid_roles_for_the_other(
    chat: Chat,
) -> None:
    await chat.ask(LARGE, "one")
    with pytest.raises(ContextTooLong):
        await chat.ask(SMALL, "word " * 2000)
    assert roles(await chat.ask(SMALL, "three")) == "suau"
