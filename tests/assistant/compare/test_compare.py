"""Several models at once: real servers, the real road, and what each of them was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.compare.compare import LaneEvent, LaneFailed
from chatui.assistant.events import TurnSettled, TurnStarted
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config, Memory, PriceEntry, Provider, Retrieval
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import FinishReason, Turn, TurnState
from chatui.domain.errors import UnknownModel, UsageError
from chatui.memory.records import HEAD
from chatui.models.base import Retrying, TextDelta
from tests.llama_server import llama_running
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, Script, ScriptedServer, saying
from tests.tiny_gguf import write_tiny_gguf

LARGE, SMALL, OTHER = "large/gpt-4o", "small/gpt-4o", "other/gpt-4o"
NAMES = (LARGE, SMALL, OTHER)


async def failing(exchange: Exchange) -> None:
    await exchange.error(400, "This request is odd.")


async def breaking(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Half")
    await exchange.cut()


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("So far")
    await exchange.until_the_client_leaves()


@dataclass
class Table:
    """Where models are compared. `told` are the events of the last comparison."""

    services: Services
    servers: dict[str, ScriptedServer]
    told: list[LaneEvent]
    conversation: str | None = None

    def script(self, model: str, *scripts: Script) -> None:
        self.servers[model.partition("/")[0]].script(*scripts)

    def sent(self, model: str) -> Any:
        """The body of the request that the model's server was sent last."""
        return self.servers[model.partition("/")[0]].exchanges[-1].json

    def asked(self, model: str) -> int:
        return len(self.servers[model.partition("/")[0]].exchanges)

    async def compare(
        self, question: str, *models: str, parent: str | None = HEAD, **changed: Any
    ) -> dict[int, TurnSettled]:
        """How each lane's turn was settled."""
        settings = replace(self.services.settings, **changed)
        lanes = [replace(settings, model=model) for model in models]
        events = self.services.comparer.compare(self.conversation, question, lanes, parent=parent)
        self.told = [event async for event in events]
        return self.settled

    async def ask(self, model: str, question: str) -> Turn:
        settings = replace(self.services.settings, model=model)
        events = self.services.assistant.reply(self.conversation, question, settings)
        ends = [event async for event in events if isinstance(event, TurnSettled)]
        self.conversation = ends[0].conversation_id
        return ends[0].turn

    @property
    def settled(self) -> dict[int, TurnSettled]:
        return {one.lane: one.event for one in self.told if isinstance(one.event, TurnSettled)}

    @property
    def failures(self) -> dict[int, LaneFailed]:
        return {one.lane: one.event for one in self.told if isinstance(one.event, LaneFailed)}


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    sizes = {"large": 8000, "small": 900, "other": 8000}
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(ScriptedServer(saying(f"I am {name}.")))
            for name in sizes
        }
        config = Config(
            providers={
                name: Provider(
                    base_url=server.base_url, models=("gpt-4o",), context_size=sizes[name],
                    retries=0,
                )
                for name, server in servers.items()
            },
            prices={
                name: PriceEntry(input=Decimal(1), output=Decimal(10)) for name in NAMES
            },
            retrieval=Retrieval(enabled=False),
            memory=Memory(recall=False, notes=False, summarise=False),
        )  # fmt: skip
        folders = (tmp_path / name for name in ("config", "data", "state", "cache"))
        services = await stack.enter_async_context(await open_services(config, Paths(*folders)))
        yield Table(services, servers, [])


def tokens(messages: list[dict[str, str]]) -> int:
    count = TokenCounter()
    return sum(count.count(message["content"], "gpt-4o").tokens for message in messages)


async def test_all_models_are_asked_at_the_same_time(table: Table) -> None:
    asked = {name: asyncio.Event() for name in NAMES}

    def waiting(own: str) -> Script:
        async def script(exchange: Exchange) -> None:
            asked[own].set()
            for event in asked.values():
                await event.wait()
            await saying("Together.")(exchange)

        return script

    for name in NAMES:
        table.script(name, waiting(name))
    async with asyncio.timeout(PATIENCE):
        settled = await table.compare("Are you all there?", *NAMES)

    assert [settled[lane].turn.reply.text for lane in range(3)] == ["Together."] * 3


async def test_each_answer_is_a_branch_and_the_head_is_the_first_models(table: Table) -> None:
    settled = await table.compare("Who are you?", LARGE, SMALL)

    first = settled[0]
    loaded = await table.services.store.load(first.conversation_id)
    assert [turn.id for turn in loaded.turns] == [first.turn_id]
    assert loaded.turns[0].turn.reply.text == "I am large."
    await table.services.store.move_head(first.conversation_id, settled[1].turn_id)
    other = (await table.services.store.load(first.conversation_id)).turns[0]
    assert (other.parent_id, other.turn.question) == (None, "Who are you?")
    assert (other.turn.reply.text, other.turn.reply.model) == ("I am small.", SMALL)


async def test_one_step_back_takes_a_comparison_back(table: Table) -> None:
    await table.ask(LARGE, "one")
    assert table.conversation is not None
    await table.compare("two", LARGE, SMALL, OTHER)

    assert await table.services.store.undo(table.conversation)

    path = (await table.services.store.load(table.conversation)).turns
    assert [turn.turn.question for turn in path] == ["one"]


async def test_the_next_prompt_holds_the_answer_that_was_kept_and_not_the_others(
    table: Table,
) -> None:
    settled = await table.compare("Who are you?", LARGE, SMALL, OTHER)
    table.conversation = settled[1].conversation_id
    await table.services.store.move_head(table.conversation, settled[1].turn_id)

    await table.ask(LARGE, "And now?")

    contents = [message["content"] for message in table.sent(LARGE)["messages"]]
    assert contents[1:] == ["Who are you?", "I am small.", "And now?"]


async def test_all_models_are_sent_the_same_turns_those_that_the_smallest_has_room_for(
    table: Table,
) -> None:
    for name in NAMES:
        table.script(name, saying("answer " + "word " * 59))
    for number in range(10):
        await table.ask(LARGE, f"question {number}")

    await table.compare("And now?", LARGE, SMALL)

    messages = table.sent(SMALL)["messages"]
    assert table.sent(LARGE)["messages"] == messages
    assert 4 < len(messages) < 20
    assert tokens(messages) <= 450
    # A model with more room goes on with the turns that had to stay away.
    await table.ask(LARGE, "And alone?")
    assert len(table.sent(LARGE)["messages"]) == 1 + 2 * 11 + 1


async def test_a_question_that_one_model_has_no_room_for_is_answered_by_the_others(
    table: Table,
) -> None:
    settled = await table.compare("word " * 1000, SMALL, LARGE)

    assert list(table.failures) == [0]
    assert "fit" in table.failures[0].message
    assert settled[0].turn.state is TurnState.FAILED
    assert settled[1].turn.reply.text == "I am large."
    assert table.asked(SMALL) == 0


async def test_an_answer_whose_server_finds_the_prompt_too_long_is_asked_for_with_less(
    table: Table,
) -> None:
    table.script(LARGE, saying("answer " + "word " * 59))
    for number in range(6):
        await table.ask(LARGE, f"question {number}")
    told = "This model's maximum context length is 300 tokens."
    table.script(OTHER, lambda exchange: exchange.error(400, told), saying("Here"))

    settled = await table.compare("And now?", LARGE, OTHER)

    assert [settled[lane].turn.state for lane in (0, 1)] == [TurnState.COMPLETE] * 2
    assert settled[1].turn.reply.text == "Here"
    ((lane, model, retry),) = [
        (one.lane, one.model, one.event) for one in table.told if isinstance(one.event, Retrying)
    ]
    assert (lane, model) == (1, OTHER)
    assert "too long for other/gpt-4o (it takes 300 tokens)" in retry.reason
    assert tokens(table.sent(OTHER)["messages"]) < 300
    assert table.asked(LARGE) == 7
    assert (await table.services.catalog.info(OTHER)).context_size == 300


async def test_a_second_try_keeps_to_the_part_of_the_budget_that_its_answer_has(
    table: Table,
) -> None:
    table.script(LARGE, saying("answer " + "word " * 59))
    for number in range(6):
        await table.ask(LARGE, f"question {number}")
    told = "This model's maximum context length is 300 tokens."
    table.script(OTHER, lambda exchange: exchange.error(400, told), saying("Here"))

    await table.compare("And now?", LARGE, OTHER, max_cost=Decimal("0.01"))

    large, other = table.sent(LARGE), table.sent(OTHER)
    assert large["max_tokens"] + other["max_tokens"] <= 1000


async def test_the_same_question_can_be_asked_again_behind_its_parent(table: Table) -> None:
    await table.ask(LARGE, "one")
    assert table.conversation is not None
    parent = (await table.services.store.load(table.conversation)).head
    await table.ask(LARGE, "two")

    settled = await table.compare("two", SMALL, OTHER, parent=parent)

    contents = [message["content"] for message in table.sent(OTHER)["messages"]]
    assert contents[1:] == ["one", "I am large.", "two"]
    path = (await table.services.store.load(table.conversation)).turns
    assert [turn.id for turn in path] == [parent, settled[0].turn_id]


@pytest.mark.parametrize("script", [failing, breaking])
async def test_a_model_that_fails_leaves_the_others_and_the_head_goes_to_one_that_answered(
    table: Table, script: Script
) -> None:
    table.script(LARGE, script)

    settled = await table.compare("Who are you?", LARGE, SMALL, OTHER)

    assert list(table.failures) == [0]
    assert table.failures[0].exit_code == 3
    assert settled[0].turn.reply.error == table.failures[0].message
    assert [settled[lane].turn.reply.text for lane in (1, 2)] == ["I am small.", "I am other."]
    assert (await table.services.store.load(settled[0].conversation_id)).head == settled[1].turn_id


async def test_the_settlement_of_a_failed_turn_is_told_before_its_reason(table: Table) -> None:
    table.script(SMALL, breaking)

    await table.compare("Who are you?", LARGE, SMALL)

    kinds = [type(one.event) for one in table.told if one.lane == 1]
    assert kinds[0] is TurnStarted
    assert kinds[-2:] == [TurnSettled, LaneFailed]


async def test_every_call_is_booked(table: Table) -> None:
    table.script(LARGE, saying("Hello", usage={"prompt_tokens": 100, "completion_tokens": 7}))
    table.script(OTHER, breaking)

    settled = await table.compare("Who are you?", *NAMES)

    rows = await table.services.store.ledger(settled[0].conversation_id)
    assert {row.turn_id for row in rows} == {settled[lane].turn_id for lane in range(3)}
    by_model = {row.model: row for row in rows}
    assert by_model[LARGE].cost.amount == Decimal("0.00017")
    assert by_model[SMALL].cost.estimated
    assert by_model[OTHER].outcome == "BadResponse"
    assert {row.kind for row in rows} == {"reply"}


async def test_stopping_settles_all_of_them_with_what_had_come(table: Table) -> None:
    stop, texts = asyncio.Event(), set()
    for name in (LARGE, SMALL):
        table.script(name, endless)
    settings = table.services.settings
    lanes = [replace(settings, model=model) for model in (LARGE, SMALL)]
    events = table.services.comparer.compare(None, "Go on", lanes, stop=stop)

    async with asyncio.timeout(PATIENCE):
        async for told in events:
            table.told.append(told)
            if isinstance(told.event, TextDelta):
                texts.add(told.lane)
            if len(texts) == 2:
                stop.set()

    turns = [table.settled[lane].turn for lane in (0, 1)]
    assert {(turn.state, turn.reply.text) for turn in turns} == {(TurnState.INTERRUPTED, "So far")}
    assert {turn.reply.finish_reason for turn in turns} == {FinishReason.CANCELLED}
    assert not table.failures


async def test_walking_away_settles_all_of_them_too(table: Table) -> None:
    for name in (LARGE, SMALL):
        table.script(name, endless)
    settings = table.services.settings
    lanes = [replace(settings, model=model) for model in (LARGE, SMALL)]
    events = table.services.comparer.compare(None, "Go on", lanes)

    texts: dict[int, str] = {}
    async with asyncio.timeout(PATIENCE), aclosing(events):
        async for told in events:
            match told.event:
                case TurnStarted(turn_id=turn):
                    texts[told.lane] = turn
                case TextDelta():
                    break

    store = table.services.store
    for turn_id in texts.values():
        await store.move_head(await store.latest() or "", turn_id)
        (stored,) = (await store.load(await store.latest() or "")).turns
        assert stored.turn.state is TurnState.INTERRUPTED


@pytest.mark.parametrize(
    ("models", "error", "words"),
    [
        ((LARGE,), UsageError, "2 to 4 models"),
        ((LARGE, SMALL, OTHER, "builtin/extract", "large/b"), UsageError, "2 to 4 models"),
        ((LARGE, SMALL, LARGE), UsageError, "named twice"),
        ((LARGE, "nonesuch"), UnknownModel, "nonesuch"),
    ],
)
async def test_names_that_can_not_be_compared_are_refused_before_anything_is_stored(
    table: Table, models: tuple[str, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await table.compare("Who are you?", *models)

    assert await table.services.store.latest() is None


async def test_a_budget_for_one_call_is_shared_by_all(table: Table) -> None:
    await table.compare("Who are you?", LARGE, OTHER, max_cost=Decimal("0.01"))

    most = [table.sent(name)["max_tokens"] for name in (LARGE, OTHER)]
    # 10 a million tokens: 1,000 for both, less what their prompts cost.
    assert all(440 < tokens < 500 for tokens in most)
    assert abs(most[0] - most[1]) <= 10


async def test_what_the_first_may_use_up_is_refused_to_the_second(table: Table) -> None:
    settled = await table.compare("Who are you?", LARGE, OTHER, max_cost=Decimal("0.00035"))

    assert settled[0].turn.state is TurnState.COMPLETE
    assert (table.failures[1].exit_code, table.asked(OTHER)) == (4, 0)
    assert "counts as spent" in table.failures[1].message


async def test_two_real_servers_answer_beside_the_built_in_model(tmp_path: Path) -> None:
    file = write_tiny_gguf(tmp_path / "tiny.gguf")
    with llama_running(file) as one, llama_running(file) as other:
        config = Config(
            providers={
                name: Provider(base_url=url, local=True, models=("tiny",))
                for name, url in (("one", one), ("other", other))
            },
            retrieval=Retrieval(enabled=False),
            memory=Memory(recall=False, notes=False),
        )
        folders = (tmp_path / name for name in ("config", "data", "state", "cache"))
        async with await open_services(config, Paths(*folders)) as services:
            settings = replace(services.settings, system="")
            settings = replace(settings, options=replace(settings.options, max_output_tokens=20))
            table = Table(services, {}, [])
            models = ["one/tiny", "other/tiny", "builtin/extract"]
            lanes = [replace(settings, model=model) for model in models]
            events = services.comparer.compare(None, "Say something.", lanes)
            table.told = [event async for event in events]

    for lane in (0, 1):
        reply = table.settled[lane].turn.reply
        assert reply.text
        assert reply.usage is not None
        assert reply.timing is not None
        assert reply.timing.first_token is not None
    assert table.settled[2].turn.state is TurnState.COMPLETE


async def test_what_each_models_report_teaches_is_kept(table: Table) -> None:
    usage = {"prompt_tokens": 130, "completion_tokens": 60}
    for name in (LARGE, SMALL):
        table.script(name, saying("word " * 50, usage=usage))

    await table.compare("word " * 60, LARGE, SMALL)
    await table.services.background.finish(PATIENCE)

    observations = table.services.store.observations
    assert all([await observations.of(name) for name in (LARGE, SMALL)])
