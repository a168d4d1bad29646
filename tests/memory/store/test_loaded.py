"""A conversation that is loaded again: only what has changed is read, and nothing is missed."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from chatui.domain.conversation import FinishReason, RecalledTurn, Reply, Role, TurnState
from chatui.domain.passage import Passage
from chatui.domain.usage import Cost, Usage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.records import LedgerRow, StoredConversation, WindowMark
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore

PASSAGE = Passage(
    1, 0.5, "cats.md", "/home/me/cats.md", "Cats", "Food", None, 0, 9, 3, 4, "Cats eat.", "d", "c1"
)


class Talk:
    """A conversation in which anything may happen, by dice. `store` reads it over and over."""

    def __init__(self, store: ChatStore, cid: str, seed: int) -> None:
        self.store, self.cid = store, cid
        self.dice = random.Random(seed)
        self.turns: list[str] = []
        self.pending: list[str] = []

    async def begin(self) -> None:
        parent = self.dice.choice([*self.turns[-3:], None]) if self.dice.random() < 0.3 else "HEAD"
        begun = await self.store.begin_turn(self.cid, f"Q{len(self.turns)}", parent=parent)
        self.turns.append(begun.id)
        self.pending.append(begun.id)

    async def write(self) -> None:
        if self.pending:
            await self.store.save_partial(self.pending[-1], "so far", "thought")

    async def settle(self) -> None:
        if self.pending:
            turn_id = self.pending.pop()
            stored = next((one for one in (await self.fresh()).turns if one.id == turn_id), None)
            if stored is not None:
                reply = Reply("Answer", model="m", finish_reason=FinishReason.STOP)
                recalled = tuple(
                    RecalledTurn(one, now(), "", 0.5) for one in self.dice.sample(self.turns, 1)
                )
                turn = replace(
                    stored.turn, state=TurnState.COMPLETE, reply=reply, recalled=recalled
                )
                await self.store.settle_turn(turn_id, turn)

    async def pin(self) -> None:
        if self.turns:
            await self.store.pin(self.dice.choice(self.turns), self.dice.random() < 0.5)

    async def mark(self) -> None:
        if self.turns:
            mark = WindowMark(self.dice.choice(self.turns), 500)
            await self.store.save_window(self.dice.choice(self.turns), mark)

    async def find(self) -> None:
        if self.turns:
            await self.store.save_passages(self.dice.choice(self.turns), (PASSAGE,))

    async def undo(self) -> None:
        await self.store.undo(self.cid)

    async def redo(self) -> None:
        await self.store.redo(self.cid)

    async def go(self) -> None:
        if self.turns:
            await self.store.move_head(self.cid, self.dice.choice([*self.turns, None]))

    async def rename(self) -> None:
        await self.store.rename(self.cid, f"Title {self.dice.random()}")

    async def lay(self) -> None:
        if self.turns:
            some = self.dice.sample(self.turns, min(2, len(self.turns)))
            await self.store.lay_trail(self.cid, some[0], some, keep=self.dice.random() < 0.5)

    async def elsewhere(self) -> None:
        """Another window writes."""
        other = await ChatStore.open(self.store.path)
        await other.begin_turn(self.cid, "from elsewhere")
        await other.close()

    async def load_another(self) -> None:
        await self.store.load((await self.store.create()).id)

    async def fresh(self) -> StoredConversation:
        """What a store reads that has kept nothing. The pending turns are this one's."""
        other = await ChatStore.open(self.store.path)
        found = await other.load(self.cid)
        await other.close()
        return found

    @property
    def moves(self) -> list[Callable[[], Awaitable[None]]]:
        often = [self.begin, self.write, self.settle, self.undo]
        rare = [self.pin, self.mark, self.find, self.redo, self.go, self.rename, self.lay]
        return [*often * 3, *rare, self.load_another, self.elsewhere]


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_is_written_a_load_is_as_if_nothing_had_been_kept(
    store: ChatStore, seed: int
) -> None:
    talk = Talk(store, (await store.create()).id, seed)
    for _ in range(60):
        for _ in range(talk.dice.randint(1, 3)):
            await talk.dice.choice(talk.moves)()
        assert await store.load(talk.cid) == await talk.fresh()


async def test_a_turn_that_recalled_a_removed_one_is_read_again(store: ChatStore) -> None:
    first, second = (await store.create()).id, (await store.create()).id
    recalled = await store.begin_turn(first, "Q")
    begun = await store.begin_turn(second, "And?")
    memory = (RecalledTurn(recalled.id, now(), "Q", 0.5),)
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("A"), recalled=memory)
    await store.settle_turn(begun.id, turn)
    assert len((await store.load(second)).turns[0].turn.recalled) == 1
    await store.remove(first)
    assert (await store.load(second)).turns[0].turn.recalled == ()


def conversation_of(turns: int) -> ImportedConversation:
    began = now()
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2], f"message {n}", began, n - 1 if n else None
        )
        for n in range(2 * turns)
    )
    return ImportedConversation("T", began, tuple(said), 2 * turns - 1)


async def a_turn(store: ChatStore, cid: str, day: datetime) -> None:
    """What the road of a turn asks of the store."""
    await store.load(cid)
    begun = await store.begin_turn(cid, "What now?")
    await store.save_window(begun.id, WindowMark(begun.id, 500))
    await store.load(cid)
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("This."))
    row = LedgerRow("reply", "m", now(), Usage(1), Cost(None), cid, begun.id)
    await store.settle_turn(begun.id, turn, row)
    await store.costs(cid)
    await store.costs_since(day)
    await store.summaries.standing(cid)
    await store.load(cid)


async def steps_of_a_turn(folder: Path, turns: int) -> int:
    """Of SQLite's machine, behind so many turns with a call each."""
    store = await ChatStore.open(folder / f"{turns}.db")
    (arrival,) = await store.add([conversation_of(turns)])
    cid = arrival.conversation
    day = now().replace(hour=0, minute=0)
    for _ in range(turns):
        await store.book(LedgerRow("reply", "m", now(), Usage(1), Cost(None), cid))
    for _ in range(2):
        await a_turn(store, cid, day)
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += 1

    def watch(connection: sqlite3.Connection) -> None:
        connection.set_progress_handler(count, 1)

    await store._thread.read(watch)
    await a_turn(store, cid, day)
    await store.close()
    return taken


async def test_a_turn_costs_the_same_however_long_the_conversation_is(tmp_path: Path) -> None:
    short, long = [await steps_of_a_turn(tmp_path, turns) for turns in (20, 400)]
    assert long < 1.2 * short
