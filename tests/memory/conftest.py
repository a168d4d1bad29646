"""A real chats.db for every test, and the turns that most of them need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import FinishReason, Reply, TurnState
from chatui.memory.records import HEAD, StoredTurn
from chatui.memory.store.store import ChatStore

Ask = Callable[..., Awaitable[StoredTurn]]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(database)
    yield opened
    await opened.close()


@pytest.fixture
def ask(store: ChatStore) -> Ask:
    """Stores a whole turn: question, reply, settled."""

    async def ask(
        conversation: str, question: str, answer: str = "", parent: str | None = HEAD
    ) -> StoredTurn:
        stored = await store.begin_turn(conversation, question, parent=parent)
        reply = Reply(answer or f"About {question}", finish_reason=FinishReason.STOP)
        turn = replace(stored.turn, state=TurnState.COMPLETE, reply=reply)
        await store.settle_turn(stored.id, turn)
        return replace(stored, turn=turn)

    return ask
