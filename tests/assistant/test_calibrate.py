"""What is learnt from reported usage, over the real road of a turn and a server whose models
count with a vocabulary that chatui doesn't take for theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatui.assistant.events import TurnSettled
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config, Memory, Provider, Retrieval
from chatui.cost.tokens.calibration import ENOUGH
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Message, Reply, Role, Turn, TurnState
from chatui.domain.errors import ChatuiError
from chatui.memory.records import StoredConversation
from chatui.models.base import TextDelta
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, Script, ScriptedServer

GUESSED, EXACT = "mine/unheard-of", "mine/gpt-4o"
TRUTH = {GUESSED: "r50k_base", EXACT: "o200k_base"}
CONTEXT = 32_000
HEAD = 40
"""Tokens that the server puts before every prompt."""
SAID = (
    "Die Übertragungsgeschwindigkeit hängt von der Leitungslänge ab, und größere "
    "Entfernungen brauchen Zwischenverstärker. Außerdem müssen Prüfsummen berechnet werden. "
) * 4
COUNTER = TokenCounter()


def truth(text: str, model: str) -> int:
    return COUNTER.count(text, TRUTH[model]).tokens


def reporting(model: str, share: float = 1.0) -> Script:
    """Reports the tokens of the model's vocabulary; of the prompt only a share."""

    async def script(exchange: Exchange) -> None:
        messages = [Message(Role(m["role"]), m["content"]) for m in exchange.json["messages"]]
        prompt = COUNTER.count_messages(messages, TRUTH[model]).tokens + HEAD
        await exchange.head()
        await exchange.text(SAID)
        await exchange.finish()
        await exchange.usage(
            prompt_tokens=int(prompt * share), completion_tokens=truth(SAID, model)
        )
        await exchange.done()

    return script


def breaking_off(words: Sequence[str], *, wait: bool) -> Script:
    """Streams the words and never reports: waits to be cancelled, or drops the connection."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for word in words:
            await exchange.text(word)
        await (exchange.until_the_client_leaves() if wait else exchange.cut())

    return script


@dataclass
class House:
    services: Services
    server: ScriptedServer
    warnings: list[str]
    conversation: str | None = None

    async def ask(self, model: str, question: str, stop_after: str = "") -> Turn:
        """The turn as it was settled; stopped once all of `stop_after` has come."""
        settings = replace(self.services.settings, model=model)
        stop, came, turn = asyncio.Event(), "", None
        reply = self.services.assistant.reply(self.conversation, question, settings, stop=stop)
        try:
            async for event in reply:
                match event:
                    case TextDelta(text):
                        came += text
                        if stop_after and came == stop_after:
                            stop.set()
                    case TurnSettled():
                        self.conversation, turn = event.conversation_id, event.turn
        except ChatuiError:
            pass
        await self.services.background.finish(PATIENCE)
        assert turn is not None
        return turn

    async def conversation_shown(self) -> StoredConversation:
        assert self.conversation is not None
        return await self.services.store.load(self.conversation)

    async def learn(self, model: str) -> None:
        self.server.script(reporting(model))
        for _ in range(ENOUGH):
            await self.ask(model, f"Und was bedeutet das? {SAID}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ScriptedServer())
        mine = Provider(
            base_url=server.base_url,
            models=("unheard-of", "gpt-4o"),
            context_size=CONTEXT,
            local=True,
            retries=0,
        )
        config = Config(
            providers={"mine": mine},
            memory=Memory(summarise=False, summary_model=GUESSED, recall=False, notes=False),
            retrieval=Retrieval(enabled=False),
        )
        paths = Paths(*(tmp_path / name for name in ("config", "data", "state", "cache")))
        warnings: list[str] = []
        services = await stack.enter_async_context(
            await open_services(config, paths, on_warning=warnings.append)
        )
        yield House(services, server, warnings)


@pytest.mark.parametrize("model", [GUESSED, EXACT])
async def test_after_a_few_replies_a_prompt_is_estimated_as_it_is_reported(
    house: House, model: str
) -> None:
    await house.learn(model)
    plan = await house.services.assistant.plan(
        house.conversation, f"Und nun? {SAID}", replace(house.services.settings, model=model)
    )
    true = COUNTER.count_messages(plan.request.messages, TRUTH[model]).tokens + HEAD

    assert abs(plan.layout.window.tokens - true) / true > 0.01
    assert plan.prompt.tokens == pytest.approx(true, rel=0.03 if model == GUESSED else 0.001)


async def test_what_was_learnt_is_in_the_store_and_about_that_model_only(house: House) -> None:
    await house.learn(GUESSED)
    learnt = await house.services.estimates.calibration(GUESSED)
    other = await house.services.estimates.calibration(EXACT)

    assert learnt.learnt
    assert learnt.factor > 1.2
    assert (other.learnt, other.calls) == (False, 0)


async def test_a_reply_without_usage_teaches_nothing(house: House) -> None:
    house.server.script(breaking_off(["Half"], wait=False))
    await house.ask(GUESSED, SAID)

    assert not await house.services.store.observations.of(GUESSED)


async def test_a_prompt_that_the_server_cut_is_told_once_and_teaches_nothing(
    house: House,
) -> None:
    house.server.script(reporting(GUESSED, share=0.2))
    for _ in range(2):
        await house.ask(GUESSED, SAID * 10)
    await asyncio.sleep(0)

    assert len([text for text in house.warnings if "seems to cut" in text]) == 1
    observed = await house.services.store.observations.of(GUESSED)
    assert [one for one in observed if one.side == "prompt"] == []


@pytest.mark.parametrize("model", [GUESSED, EXACT])
@pytest.mark.parametrize("cancelled", [True, False])
async def test_the_tokens_of_a_stream_that_broke_off_are_booked_within_five_percent(
    house: House, model: str, cancelled: bool
) -> None:
    await house.learn(model)
    words = [f"{word} " for word in SAID.split()][:61]
    sent = "".join(words)
    house.server.script(breaking_off(words, wait=cancelled))

    turn = await house.ask(model, "Weiter?", stop_after=sent if cancelled else "")

    assert turn.state is (TurnState.INTERRUPTED if cancelled else TurnState.FAILED)
    assert turn.reply.text == sent
    booked = (await house.services.store.ledger(house.conversation))[-1].usage
    assert booked == turn.reply.usage
    assert booked.estimated
    assert booked.output == pytest.approx(truth(sent, model), rel=0.05)


async def test_the_cap_of_a_chat_stands_still_while_little_is_learnt_anew(house: House) -> None:
    await house.learn(GUESSED)
    settings = replace(house.services.settings, model=GUESSED)
    caps = []
    for _ in range(4):
        await house.ask(GUESSED, f"Und weiter? {SAID}")
        plan = await house.services.assistant.plan(house.conversation, "Und?", settings)
        caps.append(plan.layout.bounds.cap)

    assert len(set(caps)) == 1


async def test_a_summary_is_estimated_by_what_its_model_has_taught(house: House) -> None:
    await house.learn(GUESSED)
    turns = [stored.turn for stored in (await house.conversation_shown()).turns]
    house.server.script(breaking_off([SAID], wait=False))
    assert house.conversation is not None
    with pytest.raises(ChatuiError):
        await house.services.summariser.summarise(house.conversation, turns)

    sent = [
        Message(Role(m["role"]), m["content"]) for m in house.server.exchanges[-1].json["messages"]
    ]
    prompt = COUNTER.count_messages(sent, TRUTH[GUESSED]).tokens + HEAD
    (row,) = [row for row in await house.services.store.ledger() if row.kind == "summary"]
    assert row.usage.estimated
    assert row.usage.prompt == pytest.approx(prompt, rel=0.1)
    assert row.usage.output == pytest.approx(truth(SAID, GUESSED), rel=0.05)


async def test_a_summary_reads_what_fits_by_what_its_model_has_taught(house: House) -> None:
    """Its vocabulary makes more tokens of the text than ours, and more than our margin holds."""
    turn = Turn("Erzähl!", datetime.now(UTC), TurnState.COMPLETE, Reply(SAID * 250, GUESSED))
    read = []
    for _ in range(2):
        house.server.script(reporting(GUESSED))
        first, conversation = len(house.server.exchanges), await house.services.store.create()
        with suppress(ChatuiError):
            await house.services.summariser.summarise(conversation.id, [turn])
        (_, asked) = house.server.exchanges[first].json["messages"]
        read.append(truth(asked["content"], GUESSED))
        await house.learn(GUESSED)

    assert read[0] > CONTEXT > read[1]
