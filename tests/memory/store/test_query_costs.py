"""What is done at every turn must not take longer as the file grows. Counted in steps of
SQLite's machine, which are the same on every computer, not in seconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from chatui.domain.conversation import Role, Turn
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.records import LedgerRow, Listed
from chatui.memory.store import arrival, conversations, ledger, turns
from chatui.memory.store.database import now, open_chats
from chatui.memory.store.writers import Writers
from chatui.system.sqlite import transaction

Query = Callable[[sqlite3.Connection, str], object]
BEGAN = now() - timedelta(days=400)


def conversation_of(messages: int) -> ImportedConversation:
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2], f"message {n}", BEGAN, n - 1 if n else None
        )
        for n in range(messages)
    )
    return ImportedConversation("T", BEGAN, tuple(said), messages - 1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_chats(tmp_path / "chats.db", 1)
    yield opened
    opened.close()


def load(connection: sqlite3.Connection, conversation: str) -> object:
    return conversations.load(connection, conversation, Writers(Path("nowhere/chats.db")))


def messages(connection: sqlite3.Connection, conversation: str) -> object:
    loaded = conversations.load(connection, conversation, Writers(Path("nowhere/chats.db")))
    return conversations.messages(connection, loaded)


def whole_turn(connection: sqlite3.Connection, conversation: str) -> None:
    begun = turns.begin_turn(connection, conversation, "Q", parent=None, model="", writer="w")
    turns.save_partial(connection, begun.id, "half", "")
    turns.settle_turn(connection, begun.id, Turn("Q", BEGAN))


def spent(connection: sqlite3.Connection, conversation: str) -> object:
    ledger.costs(connection, None, now() - timedelta(days=1))
    return ledger.costs(connection, conversation, None)


def listing(connection: sqlite3.Connection, _: str) -> object:
    lists = [conversations.rows(connection, 2, 0, listed) for listed in get_args(Listed)]
    return lists, conversations.latest(connection)


def steps(connection: sqlite3.Connection, query: Query, conversation: str) -> int:
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    with transaction(connection):
        connection.set_progress_handler(count, 1)
        query(connection, conversation)
        connection.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize("query", [load, messages, whole_turn, spent, listing])
def test_other_conversations_cost_nothing(connection: sqlite3.Connection, query: Query) -> None:
    with transaction(connection):
        small, twin = (arrival.add(connection, conversation_of(6)).conversation for _ in range(2))
    before = steps(connection, query, small)
    with transaction(connection):
        arrival.add(connection, conversation_of(600))
        for _ in range(600):
            ledger.book(connection, LedgerRow("reply", "m", BEGAN))
    assert steps(connection, query, twin) < 1.5 * before
