"""Notes in a prompt: they keep to their room and give way, so that no prompt passes its cap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.app.commands.context import parts
from chatui.assistant.ask import Ask
from chatui.assistant.memories import Remembered
from chatui.assistant.plan import Plan, Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.domain.errors import ContextTooLong
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import Note, StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.memory.window.layout import Prefix
from chatui.models.base import ModelInfo
from tests.properties import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INFO = ModelInfo("openai/gpt-4o", context_size=8_000)
TOKENS = TokenCounter()
POLICY = MemoryPolicy()


def notes(count: int, words: int = 5, first: int = 1) -> tuple[Note, ...]:
    return tuple(Note(n, "fact " * words + str(n), NOW, NOW) for n in range(first, first + count))


def turns(count: int, words: int) -> list[StoredTurn]:
    done = Turn(
        question="ask " * words,
        asked=NOW,
        reply=Reply("say " * words),
        state=TurnState.COMPLETE,
    )
    return [StoredTurn(f"t{n}", None, f"q{n}", f"r{n}", done) for n in range(count)]


def ask(question: str = "What now?", past: list[StoredTurn] | None = None, **given: Any) -> Ask:
    return Ask(
        past=past or [],
        question=question,
        settings=ReplySettings(system="Be brief.", rag=False),
        remembered=Remembered(**given),
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def plan(
    store: ChatStore, asked: Ask, policy: MemoryPolicy = POLICY, info: ModelInfo = INFO
) -> Plan:
    return await Planner(store, TOKENS, PriceBook(), policy, Budget()).plan(asked, info)


def sent(made: Plan) -> str:
    return "\n".join(message.content for message in made.request.messages)


async def test_standing_notes_are_in_the_head_and_called_ones_in_the_tail(store: ChatStore) -> None:
    made = await plan(store, ask(standing=notes(2), called=notes(1, first=7)))
    head, tail = made.request.messages[0].content, made.request.messages[-1].content

    assert notes(2)[1].text in head
    assert notes(1, first=7)[0].text in tail
    assert made.memory.notes == 3
    assert 0 < made.layout.notes < made.layout.system
    assert 0 < made.layout.called_notes < made.layout.question


async def test_the_context_shows_what_they_take(store: ChatStore) -> None:
    made = await plan(store, ask(standing=notes(2), called=notes(1, first=7)))

    rows = dict(parts(made.layout, Prefix(0, 0, ())))

    figures = {name: int(text.split()[0].replace(",", "")) for name, text in rows.items()}
    assert figures["Notes"] == made.layout.notes
    assert figures["Called notes"] == made.layout.called_notes
    assert sum(figures.values()) == made.layout.system + made.layout.question


async def test_notes_take_a_fifth_of_the_cap_at_most(store: ChatStore) -> None:
    made = await plan(store, ask(standing=notes(60)), MemoryPolicy(cap=500))

    assert 0 < made.memory.notes < 60
    assert made.layout.notes <= 100


async def test_a_question_that_fits_only_without_notes_is_sent_without_them(
    store: ChatStore,
) -> None:
    question = "word " * 478

    made = await plan(
        store, ask(question, standing=notes(5), called=notes(5, first=9)), MemoryPolicy(cap=500)
    )

    assert (made.memory.notes, made.layout.cut) == (0, 0)
    assert question.strip() in sent(made)


async def test_where_no_turn_may_leave_notes_leave(store: ChatStore) -> None:
    past = turns(4, 50)

    made = await plan(store, ask(past=past, standing=notes(10)), MemoryPolicy(cap=490, full=True))

    assert made.memory.notes < 10
    assert made.memory.dropped_turns == 0


async def test_the_built_in_model_gets_no_notes(store: ChatStore) -> None:
    made = await plan(store, ask(standing=notes(2)), info=ModelInfo("builtin/extract"))

    assert made.memory.notes == 0
    assert "fact" not in sent(made)


CASES = st.fixed_dictionaries(
    {
        "cap": st.integers(64, 1200),
        "question": st.integers(1, 300),
        "past": st.tuples(st.integers(0, 6), st.integers(1, 80)),
        "standing": st.tuples(st.integers(0, 30), st.integers(1, 20)),
        "called": st.tuples(st.integers(0, 10), st.integers(1, 20)),
        "full": st.booleans(),
        "too_long": st.sampled_from(["cut", "error"]),
    }
)


@examples(120)
@given(case=CASES)
async def test_notes_never_pass_the_cap_nor_refuse_what_fits_without_them(
    store: ChatStore, case: dict[str, Any]
) -> None:
    policy = MemoryPolicy(cap=case["cap"], full=case["full"], too_long=case["too_long"])
    bare = ask("word " * case["question"], turns(*case["past"]))
    count, words = case["called"]
    joined = Remembered(notes(*case["standing"]), notes(count, words, first=99))
    try:
        without = await plan(store, bare, policy)
    except ContextTooLong:
        return
    made = await plan(store, replace(bare, remembered=joined), policy)

    counted = TOKENS.count_messages(made.request.messages, INFO.name).tokens
    limit = made.layout.bounds.cap
    assert limit is not None
    assert counted <= limit
    assert made.layout.cut <= without.layout.cut
