"""What the meter says of a question that is still being written, beside what is then sent: over
long conversations, with turns that are recalled, files, changed caps and drafts that don't fit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.assistant.assistant import Assistant
from chatui.assistant.lookup import SearchDefaults
from chatui.assistant.memories import Memories
from chatui.assistant.plan import Plan, Planner
from chatui.assistant.prompt import attach
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.prices.prices import PriceBook
from chatui.cost.reading import MeterReading
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryChoice, MemoryPolicy
from chatui.memory.records import Recalled, StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.catalog import Catalog
from chatui.models.files.model_files import ModelFiles
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource

NAME = "near/small"
SETTINGS = ReplySettings(model=NAME, system="Be brief.", rag=False)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


class EveryOtherRecalled:
    """Brings turns back that have left the prompt, for questions with a number that divides."""

    def __init__(self, store: ChatStore) -> None:
        self._store = store
        self.asked: list[str] = []

    async def recall(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[Recalled, ...]:
        self.asked.append(question)
        left = await self._left(past)
        wanted = len(left) % 3 + 1 if len(question) % 2 else 0
        return tuple(Recalled(one, 1.0) for one in left[-wanted:]) if wanted else ()

    async def recallable(
        self, question: str, past: Sequence[StoredTurn], settings: ReplySettings
    ) -> tuple[StoredTurn, ...]:
        left = await self._left(past)
        return tuple(sorted(left, key=lambda one: -len(one.turn.reply.text))[:4])

    async def _left(self, past: Sequence[StoredTurn]) -> list[StoredTurn]:
        mark = await self._store.window_mark(past[-1].id) if past else None
        ids = [one.id for one in past]
        return list(past[: ids.index(mark.start)]) if mark and mark.start in ids else []


class House:
    """An assistant whose model is never called: what it would send is planned and then taken to
    have been sent."""

    def __init__(
        self, store: ChatStore, folder: Path, policy: MemoryPolicy, *, at_hand: bool = True
    ) -> None:
        self.store, self.tokens = store, TokenCounter()
        prices = PriceBook({NAME: PriceEntry(input=Decimal(2), output=Decimal(8))})
        self.recaller = EveryOtherRecalled(store)
        endpoint = Endpoint("near", "http://127.0.0.1:9", KeySource("near"), context_size=2000)
        self.assistant = Assistant(
            store=store,
            catalog=Catalog([endpoint], ModelFiles(folder), lambda: None),  # type: ignore[arg-type,return-value]
            retriever=None,  # type: ignore[arg-type]
            planner=Planner(store, self.tokens, prices, policy, Budget()),
            tokens=self.tokens,
            prices=prices,
            search=SearchDefaults(),
            memories=Memories(self.recaller, at_hand=at_hand),
        )
        self.cid = ""

    async def reading(self, draft: str, files: Sequence[tuple[str, str]] = ()) -> MeterReading:
        return await self.assistant.reading(self.cid, draft, SETTINGS, files)

    async def sent(self, question: str, answer: str) -> Plan:
        """The call's plan, after which the turn is in the conversation."""
        plan = await self.assistant.plan(self.cid, question, SETTINGS)
        stored = await self.store.begin_turn(self.cid, question)
        turn = Turn(question, NOW, TurnState.COMPLETE, Reply(text=answer, model=NAME))
        await self.store.settle_turn(stored.id, turn)
        await self.store.save_window(stored.id, plan.mark(stored.id))
        return plan

    async def long_chat(self, turns: int) -> None:
        """A conversation of so many turns of different lengths, each sent as it would have been."""
        self.cid = self.cid or (await self.store.create()).id
        for number in range(turns):
            words = 15 + 37 * number % 71
            await self.sent(question_of(number), f"Answer {number}: " + "so it is. " * words)

    def tokens_of(self, plan: Plan) -> int:
        counted = self.tokens.count_messages(plan.request.messages, NAME).tokens
        return plan.calibration.prompt(counted)


def question_of(number: int) -> str:
    return f"What of the thing number {number}" + "?" * (number % 5 + 1)


async def compared(house: House, turns: int) -> list[tuple[MeterReading, Plan]]:
    """What was foretold of so many turns, and what was sent."""
    await house.long_chat(4)
    found = []
    for number in range(turns):
        draft = question_of(100 + number)
        reading = await house.reading(draft)
        answer = f"Answer {number}: " + "it is so. " * (20 + 53 * number % 67)
        found.append((reading, await house.sent(draft, answer)))
    return found


async def test_what_is_foretold_with_recalled_turns_is_what_is_sent(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, MemoryPolicy(recall=True, reserve=200))

    found = await compared(house, 30)

    assert sum(plan.memory.recalled > 0 for _, plan in found) > 8
    for reading, plan in found:
        assert reading.quote is not None
        assert reading.quote.tokens == house.tokens_of(plan)


async def test_every_trim_is_announced_with_the_turns_that_leave(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, MemoryPolicy(recall=True, reserve=200))

    found = await compared(house, 30)

    trims = [plan.memory.leaving_turns for _, plan in found]
    assert sum(leaving > 0 for leaving in trims) > 3
    assert [reading.memory.leaving_turns for reading, _ in found] == trims


async def test_where_recall_can_not_be_looked_for_the_estimate_is_an_upper_bound(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, MemoryPolicy(recall=True, reserve=200), at_hand=False)

    found = await compared(house, 20)
    house.recaller.asked.clear()
    await house.reading("And what of that thing?")

    assert house.recaller.asked == []
    for reading, plan in found:
        assert reading.quote is not None
        assert reading.memory.leaving_turns >= plan.memory.leaving_turns
        if reading.memory.leaving_turns == plan.memory.leaving_turns:
            assert reading.quote.tokens >= house.tokens_of(plan)
            assert reading.quote.tokens <= house.tokens_of(plan) + 800


@pytest.mark.parametrize("cap", [700, 1400])
async def test_what_is_foretold_after_another_cap_is_what_is_sent(
    store: ChatStore, tmp_path: Path, cap: int
) -> None:
    house = House(store, tmp_path, MemoryPolicy(recall=True, reserve=200, cap=1000))
    await house.long_chat(14)
    await store.choose_memory(house.cid, MemoryChoice(cap=cap))

    for number in range(4):
        reading = await house.reading(question_of(number))
        plan = await house.sent(question_of(number), "An answer. " * 20)
        assert reading.quote is not None
        assert reading.quote.tokens == house.tokens_of(plan)
        assert reading.memory.leaving_turns == plan.memory.leaving_turns


async def test_a_file_is_counted_as_it_will_be_sent(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, MemoryPolicy(reserve=200))
    await house.long_chat(1)
    files = [("notes.md", "Some facts of the matter. " * 60), ("more.md", "And others. " * 40)]

    reading = await house.reading("What do they say?", files)
    plan = await house.sent(attach("What do they say?", files), "Much.")

    assert reading.quote is not None
    # A mark is eight letters, of two to eight tokens; each file has it twice.
    assert house.tokens_of(plan) <= reading.quote.tokens <= house.tokens_of(plan) + 4 * 6


async def test_a_draft_that_is_too_long_says_by_how_much_what_it_costs_and_what_would_leave(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, MemoryPolicy(reserve=200))
    await house.long_chat(4)
    # Of a vocabulary that is not known, a sixth is kept free: 1,800 tokens / 1.2.
    fits, draft = 1500, "word " * 3000

    reading = await house.reading(draft)

    head = house.tokens.count("Be brief.", NAME).tokens
    alone = 3 + 4 + head + 4 + house.tokens.count(draft, NAME).tokens
    quote = reading.quote
    assert quote is not None
    assert (quote.tokens, quote.over) == (alone, alone - fits)
    assert quote.cost.amount == Decimal(quote.tokens) * 2 / 1_000_000
    assert reading.memory.leaving_turns == 4


async def test_a_chat_that_leaves_nothing_out_says_by_how_much_the_draft_is_too_long(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, MemoryPolicy(reserve=200))
    await house.long_chat(4)
    before = await house.reading("word " * 200)
    await store.choose_memory(house.cid, MemoryChoice(full=True, cap=900))

    reading = await house.reading("word " * 200)

    assert before.quote is not None
    assert reading.quote is not None
    assert reading.quote.tokens == before.quote.tokens
    assert reading.quote.over == before.quote.tokens - 900 / 1.2
    assert reading.memory.leaving_turns == 0


async def test_a_draft_that_fits_exactly_is_not_too_long(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, MemoryPolicy(reserve=200))
    house.cid = (await store.create()).id
    words, last = 1450, await house.reading("word " * 1450)
    while last.quote is not None and not last.quote.over:
        words += 1
        fits, last = last, await house.reading("word " * words)

    assert last.quote is not None
    assert fits.quote is not None
    assert (last.quote.over, last.quote.tokens - fits.quote.tokens) == (1, 1)
