"""Conversations with one telling turn among others, for tests that find it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatui.assistant.recall.index import MessageIndex
from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.store import ChatStore
from chatui.retrieval.embedding.embedder import WorkerEmbedder
from chatui.retrieval.embedding.pair import EmbedderPair
from chatui.retrieval.embedding.source import UNIVERSAL

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
FACT = "My sister Ana gets married in Porto on 14 June."
OTHERS = (
    ("Give me a recipe for bread", "Flour, water, salt and time."),
    ("How do I sort a list in Python?", "Call sorted(), or the method sort."),
    ("What should I plant in spring?", "Peas and radishes can go out early."),
    ("Write a slogan for a bicycle shop", "Two wheels, no worries."),
    ("Explain compound interest", "Interest is paid on earlier interest too."),
    ("Which film should I watch tonight?", "Something short, perhaps a comedy."),
)


def conversation(*said: tuple[str, str], name: str | None = None) -> ImportedConversation:
    """Turns in a row, eleven minutes apart; their messages are `q0`, `a0`, `q1` …"""
    messages: list[ImportedMessage] = []
    for number, (question, reply) in enumerate(said):
        time = BEGAN + timedelta(minutes=11 * number)
        before = len(messages) - 1 if messages else None
        asked = ImportedMessage(Role.USER, question, time, before, f"q{number}", name)
        messages += [asked]
        answered_to = len(messages) - 1
        messages += [ImportedMessage(Role.ASSISTANT, reply, time, answered_to, f"a{number}")]
    return ImportedConversation("Talk", BEGAN, tuple(messages), len(messages) - 1)


@asynccontextmanager
async def message_index(folder: Path, cache: Path) -> AsyncIterator[tuple[ChatStore, MessageIndex]]:
    """Chats in that folder with the index of their messages, by the bundled models."""
    store = await ChatStore.open(folder / "chats.db")
    embedder = EmbedderPair(
        WorkerEmbedder("all-MiniLM-L6-v2", cache), WorkerEmbedder(UNIVERSAL, cache)
    )
    index = MessageIndex(store, embedder)
    try:
        yield store, index
    finally:
        await index.close()
        await embedder.close()
        await store.close()
