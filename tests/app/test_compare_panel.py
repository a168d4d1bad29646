"""Comparing models in the window: answers side by side, and one key that keeps one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatui.app.start import StartOptions
from chatui.config.schema import Budget, PriceEntry
from chatui.memory.records import LedgerRow
from chatui.widgets.compare_head import LaneState
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
            endpoint_at(
                server.base_url,
                name=name,
                models=("model",),
                context_size=8_000,
                retries=1,
                first_token_seconds=60.0,
            )
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


async def test_the_answers_stand_side_by_side_with_their_figures(table: Table) -> None:
    async with table.chat.open(size=(80, 24)) as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        rows = table.chat.screen.splitlines()
        assert any(row.count("Tea is") == 2 for row in rows)
        assert "$0.0006" in rows[2]
        assert "$0.0001 cheapest" in rows[2]
        assert rows[2].count("tok/s") == 2
        assert rows[3].count("first ") == 2
        # They stand below those above them, which are as wide as the machine is fast.
        assert " ".join(rows[3].split()).count("in 100 out 20") == 2
        assert "together $0.0007  chat $0.0007  today $0.0007" in table.chat.screen


async def test_all_models_are_sent_the_same(table: Table) -> None:
    async with table.chat.open() as pilot:
        await table.compare(pilot, "dear/model", "cheap/model", "third/model")
        sent = [server.exchanges[0].json["messages"] for server in table.servers.values()]
        assert sent[0] == sent[1] == sent[2]


async def test_answers_are_tabs_where_they_have_no_room_beside_each_other(table: Table) -> None:
    async with table.chat.open(size=(80, 24)) as pilot:
        await table.compare(pilot, "dear/model", "cheap/model", "third/model")
        assert "drink of leaves" in table.chat.screen
        assert "plant of Asia" not in table.chat.screen
        await pilot.press("2")
        assert "plant of Asia" in table.chat.screen
        await pilot.press("tab")
        assert "Tea is a meal" in table.chat.screen
        await pilot.press("left")
        assert "plant of Asia" in table.chat.screen
        await pilot.resize_terminal(120, 24)
        await pilot.pause()
        assert "drink of leaves" in table.chat.screen
        assert "Tea is a meal" in table.chat.screen


async def test_one_key_keeps_an_answer_and_goes_on_with_its_model(table: Table) -> None:
    chat = table.chat
    async with chat.open() as pilot:
        await table.compare(pilot, "dear/model", "cheap/model", "third/model")
        await table.press(pilot, "2", "enter")
        assert chat.answers == [ANSWERS["cheap"]]
        assert chat.window.session.settings.model == "cheap/model"
        assert "plant of Asia" in chat.screen
        assert "cheap/model goes on; /undo shows the other answers." in chat.notice
        # All of them are paid for: $0.0006 + $0.00014 + $0.00024.
        reading = await chat.window.session.reading("")
        assert [cost.amount for cost in reading.conversation] == [Decimal("0.00098")]
        assert reading.today == reading.conversation
        kept = chat.window.session.path.turns[-1][1].reply
        assert (reading.model, reading.turn_cost) == (kept.model, kept.cost)
        assert kept.timing is not None
        assert reading.first_token == kept.timing.first_token
        # Those of an answer that another model gave are not the kept one's.
        await chat.write(pilot, "/undo")
        reading = await chat.window.session.reading("")
        assert (reading.model, reading.first_token) == ("cheap/model", None)


async def test_undo_shows_the_other_answers_and_then_what_was_before(table: Table) -> None:
    chat = table.chat
    async with chat.open() as pilot:
        await chat.write(pilot, "Hello?")
        await table.compare(pilot, "dear/model", "cheap/model", "third/model")
        await table.press(pilot, "2", "k")
        seen = [chat.answers]
        for _ in range(3):
            await chat.write(pilot, "/undo")
            seen.append(chat.answers)
        expected = [ANSWERS["cheap"], ANSWERS["dear"], ANSWERS["third"]]
        assert seen == [*(["Hello there", answer] for answer in expected), ["Hello there"]]


async def test_closing_without_keeping_leaves_the_chat_as_it_was(table: Table) -> None:
    chat = table.chat
    async with chat.open() as pilot:
        await chat.write(pilot, "Hello?")
        await table.compare(pilot, "dear/model", "cheap/model")
        await table.press(pilot, "escape")
        assert chat.answers == ["Hello there"]
        assert chat.window.session.settings.model == "builtin/extract"
        assert "No answer was kept; /redo shows them." in chat.notice
        await chat.write(pilot, "/redo")
        assert chat.answers == ["Hello there", ANSWERS["dear"]]
        await chat.write(pilot, "/redo")
        assert chat.answers == ["Hello there", ANSWERS["cheap"]]


async def test_esc_stops_the_answers_before_it_closes(table: Table) -> None:
    gate = asyncio.Event()
    for name in ("dear", "cheap"):
        table.servers[name].script(held(gate, ANSWERS[name]))
    async with table.chat.open() as pilot:
        await table.begin(pilot, "dear/model", "cheap/model")
        await table.chat.until(lambda: all(lane.text for lane in table.screen.lanes))
        await pilot.press("escape")
        await table.chat.until(lambda: all(lane.standing.ended for lane in table.screen.lanes))
        assert [lane.standing for lane in table.screen.lanes] == [LaneState.STOPPED] * 2
        assert [lane.text for lane in table.screen.lanes] == ["Well,"] * 2
        await table.press(pilot, "escape")
        assert not table.chat.window.screen.is_modal
        assert [row.outcome for row in await table.ledger()] == ["interrupted"] * 2


async def test_a_kept_answer_stops_those_that_still_stream(table: Table) -> None:
    table.servers["cheap"].script(held(asyncio.Event(), ANSWERS["cheap"]))
    async with table.chat.open() as pilot:
        await table.begin(pilot, "dear/model", "cheap/model")
        await table.chat.until(lambda: table.screen.lanes[0].standing.ended)
        await pilot.press("2", "enter")
        assert "has not ended yet" in table.chat.screen
        await table.press(pilot, "1", "enter")
        assert table.chat.answers == [ANSWERS["dear"]]
        await table.chat.write(pilot, "/undo")
        assert table.chat.answers == ["Well,"]


async def test_a_model_that_fails_leaves_the_others_running(table: Table) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.error(500, "out of order")

    table.servers["dear"].script(refuse)
    async with table.chat.open() as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        assert [lane.standing for lane in table.screen.lanes] == [LaneState.FAILED, LaneState.DONE]
        assert "out of order" in table.chat.screen
        await pilot.press("1", "enter")
        assert "nothing to keep here" in table.chat.screen
        await table.press(pilot, "2", "enter")
        assert table.chat.answers == [ANSWERS["cheap"]]


async def busy_for_long(exchange: Exchange) -> None:
    await exchange.error(503, "Busy", {"Retry-After": "25"})


async def busy_a_moment(exchange: Exchange) -> None:
    await exchange.error(429, "Slow down", {"Retry-After": "2"})


async def too_long(exchange: Exchange) -> None:
    await exchange.error(400, "This model's maximum context length is 300 tokens.")


async def test_an_answer_that_is_asked_for_again_says_why_and_counts_down(table: Table) -> None:
    table.servers["dear"].script(busy_a_moment, saying("Here"))
    async with table.chat.open(size=(100, 24)) as pilot:
        await table.begin(pilot, "dear/model", "cheap/model")
        for left in ("in 2 s", "in 1 s"):
            await table.chat.until(lambda left=left: left in table.chat.screen)  # type: ignore[misc]
            assert "dear limits how often it is asked" in table.chat.screen
        await table.chat.until(lambda: all(lane.standing.ended for lane in table.screen.lanes))
        assert [lane.text.strip() for lane in table.screen.lanes] == ["Here", ANSWERS["cheap"]]
        assert "asking again" not in table.chat.screen


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_the_wait_for_an_answer_ends_at_a_key(table: Table, key: str) -> None:
    table.servers["dear"].script(busy_for_long)
    async with table.chat.open(size=(100, 24)) as pilot:
        await table.begin(pilot, "dear/model", "cheap/model")
        await table.chat.until(lambda: "asking again" in table.chat.screen)
        await table.chat.until(lambda: table.screen.lanes[1].standing.ended)
        await pilot.press(key)
        # Within `until`'s time, which is less than the wait.
        await table.chat.until(lambda: table.screen.lanes[0].standing is LaneState.STOPPED)
        await table.chat.until(lambda: "asking again" not in table.chat.screen)
        assert len(table.servers["dear"].exchanges) == 1
        assert table.screen.lanes[1].text.strip() == ANSWERS["cheap"]


async def test_an_answer_to_less_than_the_others_were_asked_with_says_so_to_its_end(
    table: Table,
) -> None:
    table.chat.model.scripts = [says("word " * 100)] * 3
    async with table.chat.open(size=(100, 24)) as pilot:
        for _ in range(3):
            await table.chat.write(pilot, "word " * 20)
        table.servers["dear"].script(too_long, saying("Here"))
        await table.compare(pilot, "dear/model", "cheap/model")

        assert [lane.text.strip() for lane in table.screen.lanes] == ["Here", ANSWERS["cheap"]]
        assert "too long for dear/model" in " ".join(table.chat.screen.split())
        assert "turn" in table.chat.screen
        first, second = table.servers["dear"].exchanges
        assert len(second.json["messages"]) < len(first.json["messages"])


async def test_what_the_window_has_to_say_is_said_in_the_panel_while_it_covers_the_rest(
    table: Table,
) -> None:
    async with table.chat.open(size=(80, 24)) as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        table.chat.window.say("Waiting 3 s: dear may be asked once a minute.")
        await pilot.pause()
        assert "Waiting 3 s" in table.chat.screen


async def test_a_budget_that_does_not_reach_is_told_in_the_lane(table: Table) -> None:
    table.chat.budget = Budget(conversation=Decimal("0.00000001"))
    async with table.chat.open() as pilot:
        await table.compare(pilot, "dear/model", "builtin/extract")
        assert [lane.standing for lane in table.screen.lanes] == [LaneState.FAILED, LaneState.DONE]
        assert "dear/model was not asked" in table.chat.screen
        assert not table.servers["dear"].exchanges


async def test_enter_on_an_empty_field_asks_the_last_question_anew(table: Table) -> None:
    chat = table.chat
    async with chat.open() as pilot:
        await chat.write(pilot, "Hello?")
        await table.begin(pilot, "dear/model", "cheap/model", question="")
        assert "press Enter to ask the last one again" in chat.screen
        await pilot.press("enter")
        await chat.until(lambda: all(lane.standing.ended for lane in table.screen.lanes))
        await table.press(pilot, "enter")
        assert (chat.questions, chat.answers) == (["Hello?"], [ANSWERS["dear"]])


async def test_a_question_is_written_in_the_panel(table: Table) -> None:
    async with table.chat.open() as pilot:
        await table.begin(pilot, "dear/model", "cheap/model", question="")
        await pilot.press("enter")
        assert table.screen.lanes[0].standing is LaneState.READY
        await pilot.press(*"1 d?", "enter")
        await table.chat.until(lambda: all(lane.standing.ended for lane in table.screen.lanes))
        assert table.servers["cheap"].exchanges[0].json["messages"][-1]["content"] == "1 d?"
        await table.press(pilot, "escape")
        assert not table.chat.window.screen.is_modal


async def test_a_file_that_can_not_be_attached_gives_the_question_back(table: Table) -> None:
    async with table.chat.open() as pilot:
        await table.begin(pilot, "dear/model", "cheap/model", question="Sum up @/tmp")
        await table.chat.until(lambda: "/tmp is a folder" in table.chat.screen)
        assert "Sum up @/tmp" in table.chat.screen
        await table.press(pilot, "escape")
        assert not table.chat.questions


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        ("dear/model nothing/here", "nothing/here"),
        ("dear/model dear/model", "dear/model is named twice"),
        ("dear/model cheap/model third/model builtin/extract dear/model", "2 to 4 models"),
    ],
)
async def test_models_that_can_not_be_compared_are_told_before(
    table: Table, models: str, sentence: str
) -> None:
    async with table.chat.open() as pilot:
        await table.chat.write(pilot, f"/compare {models} -- {QUESTION}")
        assert sentence in table.chat.notice
        assert table.chat.window.view.composer.text.startswith("/compare dear/model")


async def test_a_single_model_is_compared_with_the_one_that_answers(table: Table) -> None:
    async with table.chat.open() as pilot:
        await table.compare(pilot, "cheap/model")
        models = [lane.head.model for lane in table.screen.lanes]
        assert models == ["builtin/extract", "cheap/model"]
        await table.press(pilot, "escape")


async def test_the_differences_are_marked_and_follow_the_chosen_answer(table: Table) -> None:
    async with table.chat.open(size=(120, 30)) as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        await pilot.press("d")
        await table.chat.until(lambda: marked(table) == [{"drink", "leaves"}, {"plant", "asia"}])
        await pilot.press("d")
        await table.chat.until(lambda: marked(table) == [set(), set()])


def marked(table: Table) -> list[set[str]]:
    """The words of each answer that stand out."""
    answers = [lane.answer for lane in table.screen.lanes]
    return [{answer.words()[n] for n in answer.different or ()} for answer in answers if answer]


async def test_the_chosen_answer_is_copied(table: Table) -> None:
    async with table.chat.open() as pilot:
        await table.compare(pilot, "dear/model", "cheap/model")
        await pilot.press("2", "y")
        assert table.chat.window.clipboard.strip() == ANSWERS["cheap"]


async def test_leaving_chatui_settles_what_streams_as_interrupted(table: Table) -> None:
    gate = asyncio.Event()
    for name in ("dear", "cheap"):
        table.servers[name].script(held(gate, ANSWERS[name]))
    async with table.chat.open() as pilot:
        await table.begin(pilot, "dear/model", "cheap/model")
        await table.chat.until(lambda: all(lane.text for lane in table.screen.lanes))
        await table.chat.window.settle()
        store = (await table.chat.window.session.services()).store
        states = [row.outcome for row in await store.ledger()]
        assert states == ["interrupted"] * 2


async def test_each_name_behind_compare_is_completed(table: Table) -> None:
    composer = table.chat.window.view.composer
    async with table.chat.open() as pilot:
        await pilot.press(*"/compare de")
        await table.chat.until(lambda: "dear/model" in table.chat.screen)
        await pilot.press("tab", *"ch")
        await table.chat.until(lambda: "cheap/model" in table.chat.screen)
        await pilot.press("tab")
        assert composer.text == "/compare dear/model cheap/model "
        await pilot.pause()
        assert not composer.completions.is_open
