"""What calls under way are promised of a budget."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from chatui.domain.usage import Cost
from chatui.memory.store.store import ChatStore

DOLLAR = Cost(Decimal(1), "USD", "budget", estimated=True)
HALF = Cost(Decimal("0.5"), "USD", "budget", estimated=True)
PROMISE_AND_DIE = """
import asyncio, os, sys
from decimal import Decimal
from pathlib import Path
from chatui.domain.usage import Cost
from chatui.memory.store.store import ChatStore

async def main():
    store = await ChatStore.open(Path(sys.argv[1]))
    await store.promises.make("c", "elsewhere", Cost(Decimal(1)))
    os._exit(0)

asyncio.run(main())
"""


async def test_a_call_sees_what_was_promised_before_it_in_any_process(store: ChatStore) -> None:
    other = await ChatStore.open(store.path)
    first = await store.promises.make("c", "one", DOLLAR)
    second = await other.promises.make("c", "two", HALF)

    assert await store.promises.others("one", first) == []
    (before,) = await other.promises.others("two", second)
    assert (before.turn_id, before.cost, before.own) == ("one", DOLLAR, False)
    (later,) = await store.promises.others("one")
    assert later.turn_id == "two"
    await other.close()


async def test_calls_of_one_turn_do_not_stand_in_each_others_way(store: ChatStore) -> None:
    await store.promises.make("c", "one", DOLLAR)
    second = await store.promises.make("c", "one", HALF)
    assert await store.promises.others("one", second) == []


async def test_a_promise_can_be_lowered_and_ends(store: ChatStore) -> None:
    promised = await store.promises.make("c", "one", DOLLAR)
    await store.promises.lower(promised, HALF)
    (found,) = await store.promises.others("two")
    assert found.cost == HALF
    await store.promises.end(promised)
    assert await store.promises.others("two") == []


async def test_what_a_dead_process_was_promised_counts_for_nothing_and_is_swept(
    store: ChatStore,
) -> None:
    dying = [sys.executable, "-c", PROMISE_AND_DIE, str(store.path)]
    assert (await asyncio.to_thread(subprocess.run, dying, check=True)).returncode == 0
    assert await store.promises.others("two") == []
    assert await rows(store) == 1
    again = await ChatStore.open(Path(store.path))
    assert await rows(again) == 0
    await again.close()


async def rows(store: ChatStore) -> int:
    return await store._thread.read(
        lambda db: int(db.execute("SELECT COUNT(*) FROM promises").fetchone()[0])
    )
