"""The road of one turn, with the real store, planner, counter and catalog; only the model and
the documents are stand-ins, so that a test can decide what they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chatui.assistant.assistant import Assistant
from chatui.assistant.events import (
    AssistantEvent,
    MeterChanged,
    PassagesFound,
    TurnSettled,
    TurnStarted,
)
from chatui.assistant.lookup import SearchDefaults
from chatui.assistant.plan import Planner
from chatui.assistant.rate_limit import RateLimit, RateLimiter
from chatui.assistant.saving import Saving
from chatui.config.schema import Budget, PriceEntry
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import FinishReason, TurnState
from chatui.domain.errors import (
    BudgetExceeded,
    ModelUnavailable,
    NoSuchCollection,
    UnknownModel,
    UsageError,
)
from chatui.domain.passage import Passage
from chatui.domain.usage import Cost, Usage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta
from chatui.models.catalog import Catalog
from chatui.models.files.model_files import ModelFiles
from chatui.retrieval.search.query import Query

NAME = "builtin/extract"
SETTINGS = ReplySettings(model=NAME, system="Be brief.")


class ScriptedModel:
    """Streams the given events; an exception in the script is raised, a callable awaited."""

    def __init__(self, script: list[Any]) -> None:
        self.info = ModelInfo(NAME, local=True)
        self.script = script
        self.requests: list[ModelRequest] = []
        self.closed = False

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.requests.append(request)
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Callable):  # type: ignore[arg-type]
                    await step()
                else:
                    yield step
        finally:
            self.closed = True

    async def close(self) -> None:
        return None


class Documents:
    """A retriever that finds the given passages, or raises."""

    def __init__(self, found: tuple[Passage, ...] | Exception) -> None:
        self.found = found
        self.queries: list[str] = []

    async def is_empty(self, collection: str) -> bool:
        return isinstance(self.found, NoSuchCollection)

    async def search(self, query: Query, **_: Any) -> tuple[Passage, ...]:
        self.queries.append(query.whole)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class House:
    def __init__(
        self,
        store: ChatStore,
        folder: Path,
        script: list[Any],
        found: tuple[Passage, ...] | Exception = (),
        *,
        budget: Budget | None = None,
        prices: PriceBook | None = None,
        limiter: RateLimiter | None = None,
        saving: Saving | None = None,
    ) -> None:
        self.store = store
        self.model = ScriptedModel(script)
        self.documents = Documents(found)
        tokens, prices = TokenCounter(), prices or PriceBook()
        self.assistant = Assistant(
            store=store,
            catalog=Catalog([], ModelFiles(folder), lambda: self.model),
            retriever=self.documents,  # type: ignore[arg-type]
            planner=Planner(store, tokens, prices, MemoryPolicy(), budget or Budget()),
            tokens=tokens,
            prices=prices,
            search=SearchDefaults(),
            limiter=limiter,
            saving=saving,
        )

    async def ask(
        self, question: str, settings: ReplySettings = SETTINGS, cid: str | None = None
    ) -> list[AssistantEvent]:
        return [event async for event in self.assistant.reply(cid, question, settings)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


def passage(text: str = "Press F1 for help.") -> Passage:
    return Passage(
        rank=1, score=1.0, source="keys.md", path="/docs/keys.md", title="Keys", heading="Keys",
        page=None, char_start=0, char_end=len(text), line_start=1, line_end=1, text=text,
        collection="default", chunk_id="c1",
    )  # fmt: skip


def settled(events: list[AssistantEvent]) -> TurnSettled:
    last = events[-1]
    assert isinstance(last, TurnSettled)
    return last


HELLO = [TextDelta("Hel"), TextDelta("lo [1]"), Finished(FinishReason.STOP)]


async def test_a_turn_tells_its_start_its_passages_its_text_and_its_end(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, HELLO, (passage(),))

    events = await house.ask("help?")

    kinds = [type(event) for event in events if not isinstance(event, MeterChanged)]
    assert kinds == [TurnStarted, PassagesFound, TextDelta, TextDelta, TurnSettled]
    turn = settled(events).turn
    assert (turn.state, turn.reply.text) == (TurnState.COMPLETE, "Hello [1]")
    assert [(c.n, c.passage.source) for c in turn.reply.citations] == [(1, "keys.md")]


async def test_what_is_told_is_what_is_stored(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO, (passage(),))

    end = settled(await house.ask("help?"))

    loaded = await store.load(end.conversation_id)
    assert loaded.turns[0].turn == end.turn


async def test_the_question_is_on_disk_before_the_model_is_called(
    store: ChatStore, tmp_path: Path
) -> None:
    seen = []

    async def look() -> None:
        conversation = await store.load(await store.latest() or "")
        seen.append(conversation.turns[0].turn)

    house = House(store, tmp_path, [look, *HELLO])
    await house.ask("Are you there?")

    assert (seen[0].question, seen[0].state) == ("Are you there?", TurnState.PENDING)


async def test_an_empty_question_is_refused_and_nothing_is_stored(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, HELLO)

    with pytest.raises(UsageError, match="empty"):
        await house.ask(" \n ")

    assert await store.latest() is None


async def test_a_failing_model_keeps_the_question_and_what_came_of_the_answer(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, [TextDelta("Half"), ModelUnavailable("Nobody answers.")])
    events: list[AssistantEvent] = []

    with pytest.raises(ModelUnavailable):
        async for event in house.assistant.reply(None, "q", SETTINGS):
            events.append(event)

    turn = settled(events).turn
    assert (turn.state, turn.question) == (TurnState.FAILED, "q")
    assert (turn.reply.text, turn.reply.error) == ("Half", "Nobody answers.")


async def test_a_fault_of_our_own_settles_the_turn_as_failed(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, [TextDelta("Half"), ZeroDivisionError("a slip")])

    with pytest.raises(ZeroDivisionError):
        await house.ask("q")

    turn = (await store.load(await store.latest() or "")).turns[0].turn
    assert (turn.state, turn.reply.text) == (TurnState.FAILED, "Half")
    assert "(ZeroDivisionError)" in (turn.reply.error or "")
    assert "a slip" not in (turn.reply.error or "")


async def test_after_a_failure_the_next_turn_works(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, [ModelUnavailable("Nobody answers.")])
    with pytest.raises(ModelUnavailable):
        await house.ask("one")
    cid = await store.latest()
    house.model.script = HELLO

    end = settled(await house.ask("two", cid=cid))

    assert end.turn.state is TurnState.COMPLETE
    assert [m.content for m in house.model.requests[-1].messages[1:]] == ["two"], (
        "a question without an answer would leave two user messages in a row"
    )


async def test_stopping_settles_the_turn_with_its_partial_text(
    store: ChatStore, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    async def hang() -> None:
        stop.set()
        await asyncio.sleep(3600)

    house = House(store, tmp_path, [TextDelta("So far"), hang])

    events = [e async for e in house.assistant.reply(None, "q", SETTINGS, stop=stop)]

    turn = settled(events).turn
    assert (turn.state, turn.reply.text) == (TurnState.INTERRUPTED, "So far")
    assert turn.reply.finish_reason is FinishReason.CANCELLED
    assert house.model.closed


async def test_walking_away_from_the_events_settles_the_turn_too(
    store: ChatStore, tmp_path: Path
) -> None:
    async def hang() -> None:
        await asyncio.sleep(3600)

    house = House(store, tmp_path, [TextDelta("So far"), hang])
    async with aclosing(house.assistant.reply(None, "q", SETTINGS)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, TextDelta):
                break

    turn = (await store.load(await store.latest() or "")).turns[0].turn
    assert (turn.state, turn.reply.text) == (TurnState.INTERRUPTED, "So far")


async def test_every_call_is_booked_the_cancelled_one_too(store: ChatStore, tmp_path: Path) -> None:
    stop = asyncio.Event()

    async def hang() -> None:
        stop.set()
        await asyncio.sleep(3600)

    house = House(store, tmp_path, [TextDelta("one two three"), hang])
    events = [e async for e in house.assistant.reply(None, "q", SETTINGS, stop=stop)]

    (row,) = await store.ledger(settled(events).conversation_id)
    assert (row.outcome, row.usage.estimated) == ("interrupted", True)
    assert row.usage.output == 3


async def test_reported_usage_is_booked_as_it_came(store: ChatStore, tmp_path: Path) -> None:
    usage = Usage(input=100, cache_read=20, output=7)
    house = House(
        store, tmp_path, [TextDelta("x"), Finished(FinishReason.STOP, usage, {"prompt": 120})]
    )

    end = settled(await house.ask("q"))

    (row,) = await store.ledger(end.conversation_id)
    assert row.usage == usage == end.turn.reply.usage
    assert row.raw_usage == {"prompt": 120}


async def test_the_ledger_says_how_a_call_was_asked_for(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO)

    await house.ask("q", replace(SETTINGS, profile="reviewer", concise=True))
    await house.ask("q", SETTINGS)

    asked = [(row.profile, row.concise) for row in await store.ledger()]
    assert asked == [("reviewer", True), ("", False)]


async def test_an_unknown_model_fails_the_turn_and_books_no_call(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, HELLO)

    with pytest.raises(UnknownModel):
        await house.ask("q", replace(SETTINGS, model="no/such"))

    cid = await store.latest() or ""
    assert (await store.load(cid)).turns[0].turn.state is TurnState.FAILED
    assert await store.ledger(cid) == []


async def test_nothing_is_looked_for_any_more_when_the_model_can_not_be_opened(
    store: ChatStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, looking = House(store, tmp_path, HELLO), asyncio.Event()

    async def search(query: Query, **_: Any) -> tuple[Passage, ...]:
        looking.set()
        try:
            await asyncio.Event().wait()
        finally:
            looking.clear()
        return ()

    async def open_model(name: str) -> ScriptedModel:
        await looking.wait()
        raise ModelUnavailable("It does not fit.")

    monkeypatch.setattr(house.documents, "search", search)
    monkeypatch.setattr(house.assistant._catalog, "open", open_model)
    with pytest.raises(ModelUnavailable):
        await house.ask("What opens help?")

    assert not looking.is_set()


async def test_without_documents_the_model_is_told_so(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO, NoSuchCollection("There is no collection default."))

    await house.ask("q")

    assert house.model.requests[0].library_empty


async def test_a_collection_that_was_named_must_exist(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO, NoSuchCollection("There is no collection mine."))

    with pytest.raises(NoSuchCollection):
        await house.ask("q", replace(SETTINGS, collection="mine"))


async def test_without_rag_nothing_is_looked_up(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO, (passage(),))

    await house.ask("q", replace(SETTINGS, rag=False))

    assert house.documents.queries == []
    assert house.model.requests[0].passages == ()


async def test_attached_files_are_not_searched_for(store: ChatStore, tmp_path: Path) -> None:
    from chatui.assistant.prompt import attach

    house = House(store, tmp_path, HELLO, (passage(),))
    await house.ask(attach("What is wrong?", [("a.py", "print(1)")]))

    assert house.documents.queries == ["What is wrong?"]
    assert house.model.requests[0].question == "What is wrong?"
    assert "print(1)" in house.model.requests[0].messages[-1].content


async def test_earlier_turns_are_sent_along_unless_memory_is_off(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, [TextDelta("A1"), Finished(FinishReason.STOP)])
    cid = settled(await house.ask("Q1")).conversation_id
    await house.ask("Q2", cid=cid)
    await house.ask("Q3", replace(SETTINGS, remember=False), cid=cid)
    await house.ask("Q4", cid=cid)

    sent = [[m.content for m in request.messages[1:]] for request in house.model.requests]
    assert sent[1] == ["Q1", "A1", "Q2"]
    assert sent[2] == ["Q3"]
    # What was left out for one question is not left out from then on.
    assert sent[3] == ["Q1", "A1", "Q2", "A1", "Q3", "A1", "Q4"]


async def test_a_machine_by_the_hour_is_booked_as_an_estimate_with_its_price(
    store: ChatStore, tmp_path: Path
) -> None:
    nothing = Decimal(0)
    entry = PriceEntry(input=nothing, output=nothing, hour=Decimal(3600), currency="EUR")
    house = House(store, tmp_path, HELLO, prices=PriceBook({NAME: entry}))

    await house.ask("q")

    (row,) = await store.ledger()
    assert row.cost.amount is not None
    # 3600 an hour is 1 a second.
    assert row.cost.amount == pytest.approx(Decimal(str(row.seconds)), abs=Decimal("1e-9"))
    assert (row.cost.currency, row.cost.estimated) == ("EUR", True)
    assert row.price is not None
    assert row.price["hour"] == "3600"


async def test_what_the_provider_billed_is_booked_as_its_word(
    store: ChatStore, tmp_path: Path
) -> None:
    end = Finished(FinishReason.STOP, Usage(input=5, output=1), reported_cost=Decimal("0.25"))
    house = House(store, tmp_path, [TextDelta("Hello"), end])
    house.model.info = replace(house.model.info, name="openai/gpt-5-mini", local=False)

    await house.ask("q")

    (row,) = await store.ledger()
    assert row.cost == Cost(Decimal("0.25"), "USD", "provider")
    assert row.price is not None
    assert row.price["source"] == "provider"


async def test_a_budget_that_is_used_up_refuses_the_call(store: ChatStore, tmp_path: Path) -> None:
    prices = PriceBook({NAME: PriceEntry(input=Decimal(10), output=Decimal(10))})
    house = House(store, tmp_path, HELLO, budget=Budget(turn=Decimal("0.0000001")), prices=prices)

    with pytest.raises(BudgetExceeded):
        await house.ask("q")

    assert house.model.requests == []


async def test_a_running_reply_is_stopped_when_it_passes_the_budget(
    store: ChatStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.assistant.reply.METER_SECONDS", 0.0)
    prices = PriceBook({NAME: PriceEntry(input=Decimal(1), output=Decimal(1000))})
    long = [TextDelta("word " * 50) for _ in range(50)]
    house = House(store, tmp_path, long, budget=Budget(turn=Decimal("0.1")), prices=prices)

    with pytest.raises(BudgetExceeded, match="stopped"):
        await house.ask("q")

    turn = (await store.load(await store.latest() or "")).turns[0].turn
    assert turn.state is TurnState.FAILED
    assert 0 < len(turn.reply.text) < len("word " * 2500)


async def test_the_idle_meter_quotes_the_draft(store: ChatStore, tmp_path: Path) -> None:
    house = House(store, tmp_path, HELLO)
    cid = settled(await house.ask("Q1")).conversation_id

    empty = await house.assistant.reading(cid, "", SETTINGS)
    typed = await house.assistant.reading(cid, "a longer question than before", SETTINGS)

    assert empty.quote is None
    assert typed.quote is not None
    assert typed.quote.tokens > empty.context_used


async def test_a_follow_up_is_searched_for_with_what_it_leans_on_and_thanks_are_not(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, HELLO, (passage(),))
    cid = settled(await house.ask("What is the Nexus phone?")).conversation_id
    await house.ask("and its price?", cid=cid)
    thanked = await house.ask("Thanks!", cid=cid)

    assert house.documents.queries == [
        "What is the Nexus phone?",
        "What is the Nexus phone? and its price?",
    ]
    assert house.model.requests[1].query == "What is the Nexus phone? and its price?"
    assert [e.passages for e in thanked if isinstance(e, PassagesFound)] == [()]


async def test_other_passages_leave_the_messages_before_the_last_as_they_were(
    store: ChatStore, tmp_path: Path
) -> None:
    house = House(store, tmp_path, HELLO, (passage("One thing."),))
    cid = settled(await house.ask("What is the Nexus phone?")).conversation_id
    house.documents.found = (passage("Quite another thing."),)
    await house.ask("and its price?", cid=cid)

    first, second = (request.messages for request in house.model.requests)
    assert second[: len(first) - 1] == first[:-1]
    assert not any("thing" in message.content for message in second[:-1])


async def test_a_reply_that_waits_for_its_provider_can_be_stopped(
    store: ChatStore, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    waits: list[str] = []

    def said(text: str) -> None:
        waits.append(text)
        stop.set()

    limiter = RateLimiter(store, {"builtin": RateLimit(requests=1)}, said)
    house = House(store, tmp_path, HELLO, limiter=limiter)
    await house.ask("q")

    events = [event async for event in house.assistant.reply(None, "again", SETTINGS, stop=stop)]

    assert isinstance(events[-1], TurnSettled)
    assert events[-1].turn.state is TurnState.INTERRUPTED
    assert len(house.model.requests) == 1
    assert len(waits) == 1
