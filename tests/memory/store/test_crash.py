"""What a process leaves behind when it is killed, and two processes on one file."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.errors import StoreError
from chatui.memory.store.store import ChatStore

IN_MID_REPLY = """
import asyncio, sys
from pathlib import Path
from chatui.memory.store.store import ChatStore

async def main() -> None:
    store = await ChatStore.open(Path(sys.argv[1]))
    conversation = await store.create()
    turn = await store.begin_turn(conversation.id, "Tell me a tale")
    if len(sys.argv) > 2:
        await store.save_partial(turn.id, sys.argv[2], "thinking")
    print(conversation.id, turn.id, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

ASKING = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from chatui.domain.conversation import Reply, TurnState
from chatui.memory.store.store import ChatStore

async def main() -> None:
    store = await ChatStore.open(Path(sys.argv[1]), busy_seconds=60)
    name, number = sys.argv[2], int(sys.argv[3])
    conversation = await store.create(name)
    for n in range(number):
        turn = await store.begin_turn(conversation.id, f"{name} asks {n}")
        await store.save_partial(turn.id, "half")
        done = replace(turn.turn, state=TurnState.COMPLETE, reply=Reply(f"answer {n}"))
        await store.settle_turn(turn.id, done)
    await store.close()

asyncio.run(main())
"""


@contextmanager
def running(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


async def test_a_killed_process_leaves_question_and_partial_text(database: Path) -> None:
    with running(IN_MID_REPLY, str(database), "Once upon a ti") as process:
        conversation, turn = said(process)
        process.kill()
        process.wait()
    store = await ChatStore.open(database)
    (stored,) = (await store.load(conversation)).turns
    await store.close()
    assert stored.id == turn
    assert stored.turn.question == "Tell me a tale"
    assert stored.turn.state is TurnState.INTERRUPTED
    assert stored.turn.reply == Reply("Once upon a ti", "thinking")


async def test_a_question_is_on_the_disk_before_the_model_is_called(database: Path) -> None:
    with running(IN_MID_REPLY, str(database)) as process:
        conversation, _ = said(process)
        process.kill()
        process.wait()
    store = await ChatStore.open(database)
    (stored,) = (await store.load(conversation)).turns
    assert (stored.turn.question, stored.turn.reply) == ("Tell me a tale", Reply())
    assert await store.prompts() == ["Tell me a tale"]
    await store.close()


async def test_a_turn_of_a_living_process_is_still_pending(
    store: ChatStore, database: Path
) -> None:
    with running(IN_MID_REPLY, str(database), "Once upon") as process:
        conversation, _ = said(process)
        # A writer that begins sweeps dead locks away; the living one's must stay.
        own = await store.create()
        await store.begin_turn(own.id, "Q")
        (stored,) = (await store.load(conversation)).turns
        assert stored.turn.state is TurnState.PENDING
        assert stored.turn.reply.text == "Once upon"


async def test_the_conversation_of_a_killed_process_goes_on(store: ChatStore) -> None:
    with running(IN_MID_REPLY, str(store.path), "Once upon") as process:
        conversation, turn = said(process)
        process.kill()
        process.wait()
    begun = await store.begin_turn(conversation, "Go on")
    done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("a time"))
    await store.settle_turn(begun.id, done)
    turns = (await store.load(conversation)).turns
    assert [stored.turn.state for stored in turns] == [TurnState.INTERRUPTED, TurnState.COMPLETE]
    assert turns[1].parent_id == turn


async def test_the_locks_of_killed_processes_are_swept_away(
    store: ChatStore, database: Path
) -> None:
    for _ in range(2):
        with running(IN_MID_REPLY, str(database)) as process:
            said(process)
    conversation = await store.create()
    await store.begin_turn(conversation.id, "Q")
    assert len(list(database.with_name("chats.db-writers").iterdir())) == 1
    await store.close()
    assert list(database.with_name("chats.db-writers").iterdir()) == []


async def test_processes_that_create_and_write_at_once_lose_nothing(database: Path) -> None:
    names = ["first", "second", "third"]
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASKING, str(database), name, "15"
        )
        for name in names
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    store = await ChatStore.open(database)
    for row in await store.rows():
        turns = (await store.load(row.id)).turns
        assert [s.turn.question for s in turns] == [f"{row.title} asks {n}" for n in range(15)]
        assert all(s.turn.state is TurnState.COMPLETE for s in turns)
    assert sorted(row.title for row in await store.rows()) == names
    assert len(await store.search("asks", 100)) == 45
    await store.close()


async def test_two_windows_may_ask_in_one_conversation(store: ChatStore, database: Path) -> None:
    other = await ChatStore.open(database)
    conversation = await store.create()
    first = await store.begin_turn(conversation.id, "one")
    second = await other.begin_turn(conversation.id, "two")
    assert second.parent_id == first.id
    for settling, begun in ((store, first), (other, second)):
        done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("yes"))
        await settling.settle_turn(begun.id, done)
    assert len((await other.load(conversation.id)).turns) == 2
    await other.close()


async def test_a_locked_file_is_told_in_one_sentence_and_loses_nothing(database: Path) -> None:
    store = await ChatStore.open(database, busy_seconds=0.05)
    conversation = await store.create()
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked: close it, or wait"):
        await store.begin_turn(conversation.id, "Q")
    assert (await store.load(conversation.id)).turns == ()
    holder.close()
    await store.begin_turn(conversation.id, "Q")
    assert len((await store.load(conversation.id)).turns) == 1
    await store.close()
