from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import BlockingError, blockbuster_ctx

from chatui.domain.conversation import Reply, TurnState
from chatui.memory.records import LedgerRow
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text
from chatui.memory.transfer.transfer import import_file

CHATGPT = Path(__file__).with_name("conversations.json")


async def test_the_guard_notices_sqlite_on_the_event_loop() -> None:
    connection = sqlite3.connect(":memory:")
    with blockbuster_ctx(), pytest.raises(BlockingError):
        connection.execute("SELECT 1")
    connection.close()


async def test_a_whole_session_never_blocks_the_event_loop(database: Path) -> None:
    with blockbuster_ctx():
        store = await ChatStore.open(database)
        conversation = (await store.create()).id
        begun = await store.begin_turn(conversation, "What do cats eat?")
        await store.save_partial(begun.id, "Fi")
        done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("Fish."))
        await store.settle_turn(begun.id, done)
        await store.book(LedgerRow("reply", "m", now(), conversation_id=conversation))
        await store.load(conversation)
        await store.search("cats", 5)
        await store.undo(conversation)
        await store.rows()
        await store.prompts()
        await import_file(store, CHATGPT)
        await export_json(store, conversation)
        await export_text(store, conversation, "md")
        await store.remove(conversation)
        await store.close()
