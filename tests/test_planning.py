from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatui.config import Budget
from chatui.conversation import Reply, Turn, TurnState
from chatui.cost.margin import UNKNOWN
from chatui.cost.prices import PriceBook
from chatui.cost.tokens import TokenCounter
from chatui.errors import ContextTooLong
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import StoredTurn
from chatui.memory.store import ChatStore
from chatui.models.base import ModelInfo
from chatui.passage import Passage
from chatui.planning import ASSUMED_CONTEXT, Ask, Plan, Planner
from chatui.profiles.profile import ReplySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = ModelInfo("mine/small", context_size=600)
SETTINGS = ReplySettings(model="mine/small", system="Be brief.")
POLICY = MemoryPolicy(reserve=100)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


def turn(number: int, words: int = 20, *, pinned: bool = False) -> StoredTurn:
    text = f"answer {number} " + "word " * words
    said = Turn(f"question {number}", NOW, TurnState.COMPLETE, Reply(text=text), pinned=pinned)
    return StoredTurn(f"t{number}", None, f"q{number}", f"r{number}", said)


def passage(number: int, words: int = 60) -> Passage:
    return Passage(
        rank=number, score=1.0, source=f"{number}.md", path=f"/{number}.md", title="", heading="",
        page=None, char_start=0, char_end=1, line_start=1, line_end=1, text="fact " * words,
        collection="default", chunk_id=f"c{number}",
    )  # fmt: skip


def planner(store: ChatStore, policy: MemoryPolicy = POLICY) -> Planner:
    return Planner(store, TokenCounter(), PriceBook(), policy, Budget())


def ask(past: list[StoredTurn], question: str = "And now?") -> Ask:
    return Ask(info=MODEL, past=past, question=question, settings=SETTINGS)


def sent_tokens(plan: Plan) -> int:
    return TokenCounter().count_messages(plan.request.messages, plan.info.name).tokens


async def test_the_count_of_a_plan_is_the_count_of_its_messages(store: ChatStore) -> None:
    plan = await planner(store).plan(ask([turn(1), turn(2)]))

    assert plan.prompt.tokens == sent_tokens(plan)


async def test_the_oldest_turns_leave_first_and_are_counted(store: ChatStore) -> None:
    plan = await planner(store).plan(ask([turn(n) for n in range(40)]))

    contents = [message.content for message in plan.request.messages]
    assert contents[0].startswith("Be brief.")
    assert contents[1] == f"question {plan.memory.dropped_turns}"
    assert contents[-1] == "And now?"
    assert sent_tokens(plan) <= 500


async def test_a_pinned_turn_stays_when_others_leave(store: ChatStore) -> None:
    past = [turn(0, pinned=True), *(turn(n) for n in range(1, 40))]

    plan = await planner(store).plan(ask(past))

    assert plan.request.messages[1].content == "question 0"
    assert plan.memory.dropped_turns > 0


async def test_passages_that_do_not_fit_are_left_out_last_ones_first(store: ChatStore) -> None:
    asked = replace(ask([]), passages=tuple(passage(n) for n in range(1, 20)))

    plan = await planner(store).plan(asked)

    kept = [one.rank for one in plan.request.passages]
    assert kept == list(range(1, len(kept) + 1))
    assert 0 < len(kept) < 19
    assert sent_tokens(plan) <= 500


async def test_a_question_beyond_the_cap_is_refused(store: ChatStore) -> None:
    with pytest.raises(ContextTooLong):
        await planner(store).plan(ask([], question="word " * 600))


async def test_the_next_plan_begins_where_the_last_one_did(store: ChatStore) -> None:
    past = [turn(n) for n in range(40)]
    first = await planner(store).plan(ask(past))
    newest = replace(turn(40), window=first.mark("t40"))

    second = await planner(store).plan(ask([*past, newest], "Next?"))

    before, after = first.request.messages, second.request.messages
    assert after[: len(before) - 1] == before[:-1]


async def test_an_unknown_context_size_is_taken_to_be_small(store: ChatStore) -> None:
    unknown = replace(ask([]), info=ModelInfo("mine/unknown"))

    plan = await planner(store).plan(unknown)

    assert plan.cap == ASSUMED_CONTEXT - POLICY.reserve


async def test_the_configured_cap_holds_when_it_is_smaller(store: ChatStore) -> None:
    plan = await planner(store, MemoryPolicy(cap=200, reserve=100)).plan(ask([turn(1)]))

    assert plan.cap == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 120), max_size=30),
    passages=st.integers(0, 6),
    cap=st.integers(60, 500),
)
async def test_no_plan_is_ever_beyond_its_cap(
    store: ChatStore, sizes: list[int], passages: int, cap: int
) -> None:
    past = [turn(number, words) for number, words in enumerate(sizes)]
    asked = replace(ask(past), passages=tuple(passage(n) for n in range(1, passages + 1)))
    try:
        plan = await planner(store, MemoryPolicy(cap=cap, reserve=100)).plan(asked)
    except ContextTooLong:
        fixed = await planner(store, MemoryPolicy(reserve=100)).plan(replace(ask([])))
        assert fixed.prompt.tokens * UNKNOWN > cap
        return
    assert sent_tokens(plan) * UNKNOWN <= cap
    assert plan.request.messages[-1].content.endswith("And now?")
