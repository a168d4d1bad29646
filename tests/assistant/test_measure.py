"""Real texts: what is counted is what is sent, and nothing is counted twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.assistant.ask import Ask
from chatui.assistant.memories import Remembered
from chatui.assistant.plan import Plan, Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import REPLY_TOKENS, TokenCount, TokenCounter
from chatui.domain.conversation import Message, Reply, Turn, TurnState
from chatui.domain.errors import ContextTooLong
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import Note, Recalled, StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo
from tests.properties import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PIECES = (
    "word", "the", " ", " ", " ", "\n", "\n\n", ". ", ", ", "?!", "- ", "'s", "2026", "算法",
    "🙂", "\t", ">>>", "<<<", "…", "a" * 9, "def f(x):\n    return x\n", "\r\n", "é", " and ",
)  # fmt: skip


class Recording(TokenCounter):
    """The real one; `messages` are all that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: Counter[Message] = Counter()

    def count_messages(self, messages: Sequence[Message], model: str) -> TokenCount:
        self.messages.update(messages)
        return super().count_messages(messages, model)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


class Dice(random.Random):
    def text(self, most: int) -> str:
        return "".join(self.choices(PIECES, k=self.randint(1, most)))

    def turn(self, number: int) -> StoredTurn:
        said = Reply(text=f"{number} {self.text(40)}")
        turn = Turn(f"{number} {self.text(20)}", NOW, TurnState.COMPLETE, said)
        return StoredTurn(f"t{number}", None, "", "", replace(turn, pinned=self.random() < 0.1))

    def note(self, number: int) -> Note:
        return Note(number, self.text(12), NOW, NOW)

    def passage(self, number: int) -> Passage:
        return Passage(
            rank=number, score=1.0, source=f"{number}.md", path=f"/{number}.md", title="",
            heading="", page=None, char_start=0, char_end=1, line_start=1, line_end=1,
            text=self.text(150), collection="default", chunk_id=f"c{number}",
        )  # fmt: skip

    def ask(self) -> Ask:
        return Ask(
            past=[self.turn(number) for number in range(self.randint(0, 20))],
            question=self.text(self.choice([10, 300])),
            settings=ReplySettings(system=self.text(20), remember=self.random() < 0.9),
            passages=tuple(self.passage(number) for number in range(1, self.randint(1, 9))),
            remembered=Remembered(
                tuple(self.note(number) for number in range(self.randint(0, 9))),
                tuple(self.note(number) for number in range(self.randint(0, 5))),
                tuple(Recalled(self.turn(100 + at), 1.0) for at in range(self.randint(0, 3))),
            ),
        )

    def planner(self, store: ChatStore, tokens: TokenCounter) -> Planner:
        policy = MemoryPolicy(
            cap=self.choice([0, self.randint(100, 3000)]),
            full=self.random() < 0.2,
            too_long=self.choice(["error", "cut"]),
            recall_tokens=self.choice([80, 800]),
        )
        return Planner(store, tokens, PriceBook(), policy, Budget())

    def info(self) -> ModelInfo:
        return ModelInfo(self.choice(["openai/gpt-4o", "a/gpt2"]), context_size=8000)


async def planned(store: ChatStore, seed: int, tokens: TokenCounter) -> tuple[Ask, Plan | None]:
    """The question of that seed, and its plan if it was not refused."""
    dice = Dice(seed)
    ask = dice.ask()
    try:
        return ask, await dice.planner(store, tokens).plan(ask, dice.info())
    except ContextTooLong:
        return ask, None


trials = examples(150)
seeds = given(seed=st.integers(0, 2**32))


@trials
@seeds
async def test_what_is_counted_is_what_is_sent(store: ChatStore, seed: int) -> None:
    tokens = TokenCounter()
    _, plan = await planned(store, seed, tokens)
    if plan is None:
        return
    layout, sent = plan.layout, plan.request.messages
    assert layout.window.tokens == tokens.count_messages(sent, plan.info.name).tokens
    assert layout.window.tokens == REPLY_TOKENS + (
        layout.system + layout.tokens(layout.window.kept) + layout.question + layout.passages
    )
    assert layout.bounds.cap is None or layout.window.tokens <= layout.bounds.cap


@trials
@seeds
async def test_no_head_and_no_tail_is_counted_twice(store: ChatStore, seed: int) -> None:
    tokens = Recording()
    ask, _ = await planned(store, seed, tokens)
    said = {message for stored in ask.past for message in stored.turn.messages()}
    twice = [one for one, times in tokens.messages.items() if times > 1 and one not in said]
    assert [one.content for one in twice if one.content] == []


async def test_of_the_next_question_only_the_head_and_the_tail_are_counted(
    store: ChatStore,
) -> None:
    dice, tokens, info = Dice(1), Recording(), ModelInfo("openai/gpt-4o", context_size=8000)
    planner = Planner(store, tokens, PriceBook(), MemoryPolicy(), Budget())
    bare = Ask(
        past=[dice.turn(number) for number in range(20)],
        question="What?",
        settings=ReplySettings(system="Be brief."),
    )
    await planner.plan(bare, info)
    tokens.messages.clear()

    plan = await planner.plan(replace(bare, question="And then?"), info)

    assert set(tokens.messages) == {plan.request.messages[0], plan.request.messages[-1]}
    assert tokens.messages.total() == 2


async def test_where_all_fits_a_question_with_passages_takes_one_count_more(
    store: ChatStore,
) -> None:
    dice, tokens, info = Dice(1), Recording(), ModelInfo("openai/gpt-4o", context_size=8000)
    planner = Planner(store, tokens, PriceBook(), MemoryPolicy(), Budget())
    ask = Ask(past=(), question="What?", settings=ReplySettings(system="Be brief."))

    found = tuple(dice.passage(number) for number in range(1, 9))
    plan = await planner.plan(replace(ask, passages=found), info)

    assert len(plan.request.passages) == 8
    assert tokens.messages.total() == 3
