"""Sums of the ledger that are carried on: always what adding up all of it would give."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from chatui.domain.usage import Cost
from chatui.memory.records import LedgerRow
from chatui.memory.store import ledger
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore

COSTS = [
    Cost(Decimal("0.25"), "USD", "config"),
    Cost(Decimal("0.1"), "EUR", "config"),
    Cost(Decimal(0), "USD", "local"),
    Cost(Decimal("0.5"), "USD", "provider", estimated=True),
    Cost(None),
]


@pytest.mark.parametrize("seed", range(8))
async def test_a_sum_is_that_of_all_rows(store: ChatStore, seed: int) -> None:
    dice, began = random.Random(seed), now()
    chats = [(await store.create()).id for _ in range(2)]
    days = [began, began - timedelta(days=1)]
    for _ in range(20):
        for _ in range(dice.randint(0, 3)):
            started = began + timedelta(hours=dice.randint(-40, 40))
            cid = dice.choice([*chats, None])
            await store.book(LedgerRow("reply", "m", started, cost=dice.choice(COSTS),
                                       conversation_id=cid))  # fmt: skip
        for cid in chats:
            whole = await store._thread.read(lambda db, cid=cid: ledger.costs(db, cid, None))  # type: ignore[misc]
            assert set(await store.costs(cid)) == set(whole)
        for day in days:
            whole = await store._thread.read(lambda db, day=day: ledger.costs(db, None, day))  # type: ignore[misc]
            assert set(await store.costs_since(day)) == set(whole)


async def test_what_another_process_books_is_in_the_sum(store: ChatStore) -> None:
    cid = (await store.create()).id
    assert await store.costs(cid) == ()
    other = await ChatStore.open(store.path)
    await other.book(LedgerRow("reply", "m", now(), cost=COSTS[0], conversation_id=cid))
    await other.close()
    assert await store.costs(cid) == (COSTS[0],)


async def test_more_sums_are_asked_for_than_are_kept(store: ChatStore) -> None:
    for number in range(20):
        cid = (await store.create()).id
        await store.book(LedgerRow("reply", "m", now(), cost=COSTS[0], conversation_id=cid))
        assert await store.costs(cid) == (COSTS[0],), number
