from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.ask import Amounts
from chatui.assistant.memories import Remembered
from chatui.cost.tokens.margin import UNKNOWN
from chatui.domain.errors import ContextTooLong
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import Recalled
from chatui.memory.store.store import ChatStore
from tests.assistant.test_plan import MODEL, ask, passage, planner, sent_tokens, turn
from tests.properties import examples


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


def recalled(*words: int) -> Remembered:
    """Recalled turns of so many words each, the best first."""
    turns = (turn(900 + number, size) for number, size in enumerate(words))
    return Remembered(recalled=tuple(Recalled(one, 1.0) for one in turns))


async def test_a_recalled_turn_stands_before_the_question_with_its_date(store: ChatStore) -> None:
    plan = await planner(store).plan(replace(ask([turn(1)]), remembered=recalled(5)), MODEL)

    newest = plan.request.messages[-1].content
    assert "on 01 January 2026" in newest
    assert newest.index("question 900") < newest.index("And now?")
    assert plan.memory.recalled == 1


def test_a_corrected_turn_stands_before_its_correction_and_says_so() -> None:
    old, new = turn(900, 5), turn(901, 5)
    later = old.turn.asked + timedelta(seconds=9)
    new = replace(new, turn=replace(new.turn, asked=later))
    remembered = Remembered(recalled=(Recalled(new, 0.0), Recalled(old, 1.0, later)))

    newest = replace(ask([]), remembered=remembered).tail(Amounts(recalled=2)).content

    assert newest.index("question 900") < newest.index("question 901")
    assert newest.count(f"{later.astimezone():%d %B %Y, %H:%M:%S}") == 2
    assert newest.count("corrected on") == 1


async def test_recalled_turns_keep_to_their_tokens_the_best_first(store: ChatStore) -> None:
    policy = MemoryPolicy(reserve=100, recall_tokens=80)

    plan = await planner(store, policy).plan(
        replace(ask([]), remembered=recalled(20, 20, 20)), MODEL
    )

    assert [one.stored.id for one in plan.recalled] == ["t900"]
    assert 0 < plan.layout.recalled <= 80


@examples(60)
@given(
    sizes=st.lists(st.integers(1, 120), max_size=12),
    back=st.lists(st.integers(1, 200), max_size=4),
    passages=st.integers(0, 4),
    policy=st.builds(
        MemoryPolicy,
        cap=st.integers(60, 500),
        too_long=st.sampled_from(["error", "cut"]),
        reserve=st.just(100),
    ),
)
async def test_no_plan_with_recalled_turns_is_ever_beyond_its_cap(
    store: ChatStore, sizes: list[int], back: list[int], passages: int, policy: MemoryPolicy
) -> None:
    past = [turn(number, words, pinned=not number) for number, words in enumerate(sizes)]
    found = tuple(passage(number) for number in range(1, passages + 1))
    asked = replace(ask(past), passages=found, remembered=recalled(*back))
    try:
        plan = await planner(store, policy).plan(asked, MODEL)
    except ContextTooLong:
        with pytest.raises(ContextTooLong):
            await planner(store, policy).plan(replace(asked, remembered=Remembered()), MODEL)
        return
    assert sent_tokens(plan) * UNKNOWN <= policy.cap
