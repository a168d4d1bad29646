"""Planning a turn late in a long conversation, beside counting the messages of its prompt once.

    python benchmarks/planning.py

10,000 messages in the real store, 20 notes, 3 recalled turns and 8 passages, planned for a model
that has room for all but the oldest turns, and for one that has not even for the passages.
`first` counts every turn; `next` are other questions, for which the turns are counted already.
Processor time, because planning is done in threads.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chatui.assistant.ask import Ask
from chatui.assistant.memories import Remembered
from chatui.assistant.plan import Plan, Planner
from chatui.config.schema import Budget
from chatui.cost.prices.prices import PriceBook
from chatui.cost.tokens.tokens import TokenCounter
from chatui.domain.conversation import Message, Role
from chatui.domain.passage import Passage
from chatui.jobs.profiles import ReplySettings
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.policy import MemoryPolicy
from chatui.memory.records import Note, Recalled, StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.models.base import ModelInfo

MESSAGES, ROUNDS = 10_000, 15
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = "openai/gpt-4o"
CONTEXTS = (128_000, 3_000)


def long_conversation() -> ImportedConversation:
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2],
            f"Message {n}. " + "It says what such messages say. " * 8,
            NOW,
            n - 1 if n else None,
        )
        for n in range(MESSAGES)
    )
    return ImportedConversation("Long", NOW, tuple(said), MESSAGES - 1)


def passage(rank: int) -> Passage:
    text = "A passage says what passages say, sentence by sentence. " * 25
    return Passage(
        rank=rank, score=1 / rank, source="notes.md", path="/notes.md", title="Notes", heading="",
        page=None, char_start=0, char_end=len(text), line_start=rank, line_end=rank, text=text,
        collection="default", chunk_id=f"{rank:032x}",
    )  # fmt: skip


def ask(past: Sequence[StoredTurn], number: int, conversation: str) -> Ask:
    notes = tuple(Note(n, f"Note {n} is about one thing that holds.", NOW, NOW) for n in range(20))
    return Ask(
        past=past,
        question=f"What of number {number}?",
        settings=ReplySettings(system="You are a helpful assistant."),
        conversation_id=conversation,
        passages=tuple(passage(rank) for rank in range(1, 9)),
        remembered=Remembered(notes, (), tuple(Recalled(one, 1.0) for one in past[7:10])),
    )


async def seconds(work: Callable[[], Awaitable[Plan]]) -> tuple[float, Plan]:
    start = time.process_time()
    plan = await work()
    return time.process_time() - start, plan


def bare_seconds(messages: Sequence[Message]) -> float:
    """By counters that never saw these messages."""
    taken = []
    for _ in range(ROUNDS):
        tokens = TokenCounter()
        start = time.process_time()
        tokens.count_messages(messages, MODEL)
        taken.append(time.process_time() - start)
    return statistics.median(taken)


async def main() -> None:
    tokens = TokenCounter()
    tokens.warm(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        store = await ChatStore.open(Path(folder) / "chats.db")
        (arrival,) = await store.add([long_conversation()])
        conversation = arrival.conversation
        past = (await store.load(conversation)).turns
        for context in CONTEXTS:
            planner = Planner(store, tokens, PriceBook(), MemoryPolicy(), Budget())
            info = ModelInfo(MODEL, context_size=context)
            asks = [ask(past, number, conversation) for number in range(ROUNDS + 1)]
            first, plan = await seconds(lambda: planner.plan(asks[0], info))  # noqa: B023
            taken = []
            for each in asks[1:]:
                spent, plan = await seconds(lambda: planner.plan(each, info))  # noqa: B023
                taken.append(spent)
            bare, following = bare_seconds(plan.request.messages), statistics.median(taken)
            print(
                f"context {context:,}: {plan.prompt.tokens:,} tokens, "
                f"{len(plan.layout.window.kept)} turns, {len(plan.request.passages)} passages, "
                f"{plan.memory.notes} notes, {plan.memory.recalled} recalled\n"
                f"  first {first * 1000:.0f} ms, next {following * 1000:.1f} ms, counting "
                f"{bare * 1000:.1f} ms; next / counting: {following / bare:.2f}"
            )
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
