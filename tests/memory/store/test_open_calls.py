"""Calls that are under way: each is booked once, by its own process or by the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow, StoredTurn
from chatui.memory.store.store import ChatStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def dying(database: Path) -> AsyncIterator[ChatStore]:
    """A store that another one outlives."""
    store = await ChatStore.open(database)
    yield store
    await store.close()


async def asked(store: ChatStore) -> StoredTurn:
    conversation = await store.create()
    return await store.begin_turn(conversation.id, "Tell me a tale")


def call(turn: StoredTurn, output: int = 0) -> LedgerRow:
    return LedgerRow(
        kind="reply",
        model="openai/x",
        started=NOON,
        usage=Usage(input=100, output=output, estimated=True),
        cost=Cost(Decimal(output) / 1000, source="config", estimated=True),
        turn_id=turn.id,
        seconds=2.5,
        outcome="interrupted",
        profile="",
    )


async def test_a_call_that_its_process_left_behind_is_booked_by_the_next(
    dying: ChatStore, database: Path
) -> None:
    turn = await asked(dying)
    await dying.save_partial(turn.id, "", "", call(turn))
    await dying.save_partial(turn.id, "Once upon", "", call(turn, output=40))
    conversation = await dying.latest()
    await dying.close()

    store = await ChatStore.open(database)
    (booked,) = await store.ledger()
    (stored,) = (await store.load(str(conversation))).turns
    await store.close()
    assert booked == replace(call(turn, output=40), conversation_id=conversation)
    assert stored.turn.state is TurnState.INTERRUPTED
    assert stored.turn.reply.usage == booked.usage
    assert stored.turn.reply.cost == booked.cost


async def test_it_is_booked_once_by_whoever_comes_first(dying: ChatStore, database: Path) -> None:
    turn = await asked(dying)
    await dying.save_partial(turn.id, "Once", "", call(turn))
    await dying.close()

    stores = await asyncio.gather(*[ChatStore.open(database) for _ in range(4)])
    rows = await stores[0].ledger()
    for store in stores:
        await store.close()
    assert len(rows) == 1


async def test_the_call_of_a_living_process_is_left_to_it(dying: ChatStore, database: Path) -> None:
    turn = await asked(dying)
    await dying.save_partial(turn.id, "Once", "", call(turn))
    store = await ChatStore.open(database)
    assert await store.ledger() == []
    await store.close()


@pytest.mark.parametrize("state", [TurnState.COMPLETE, TurnState.INTERRUPTED, TurnState.FAILED])
async def test_a_call_that_ended_is_booked_as_it_ended(
    dying: ChatStore, database: Path, state: TurnState
) -> None:
    turn = await asked(dying)
    await dying.save_partial(turn.id, "Once", "", call(turn))
    ended = replace(call(turn, output=7), outcome=state.value)
    await dying.settle_turn(turn.id, replace(turn.turn, state=state, reply=Reply("Once")), ended)
    # What was on its way to the disk when the reply ended changes nothing.
    await dying.save_partial(turn.id, "Once", "", call(turn, output=3))
    await dying.close()

    store = await ChatStore.open(database)
    (booked,) = await store.ledger()
    await store.close()
    assert booked == replace(ended, conversation_id=None)


async def test_a_turn_that_ends_without_a_call_leaves_none(
    dying: ChatStore, database: Path
) -> None:
    turn = await asked(dying)
    await dying.settle_turn(turn.id, replace(turn.turn, state=TurnState.FAILED))
    await dying.close()
    store = await ChatStore.open(database)
    assert await store.ledger() == []
    await store.close()


async def test_a_conversation_that_was_removed_takes_its_open_call_along(
    dying: ChatStore, database: Path
) -> None:
    turn = await asked(dying)
    await dying.save_partial(turn.id, "Once", "", call(turn))
    await dying.remove(str(await dying.latest()))
    await dying.close()
    store = await ChatStore.open(database)
    assert await store.ledger() == []
    await store.close()
