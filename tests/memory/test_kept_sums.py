"""Statistics of all days go on from sums that are kept, and tell what the calls themselves tell."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.cost.stats.values import GROUPINGS, Grouping, Stats
from chatui.domain.errors import StoreError
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow, LongGaps
from chatui.memory.store import kept_sums
from chatui.memory.store.database import open_chats
from chatui.memory.store.mending import make_whole
from chatui.memory.store.store import ChatStore
from tests.memory.store.poison import VALUES

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
NEVER = 10**9
PRICES = ({"output": "10", "per": 1_000_000, "currency": "USD"}, {"output": {"0": "1"}, "per": 1})


@pytest.fixture(autouse=True)
def in_a_zone_with_summer_time() -> Iterator[None]:
    before = os.environ.get("TZ")
    in_zone("Europe/Berlin")
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def in_zone(name: str) -> None:
    os.environ["TZ"] = name
    time.tzset()


@pytest.fixture(autouse=True)
def always_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_sums, "WORTH_KEEPING", 0)


def calls(seed: int, conversations: list[str]) -> Iterator[LedgerRow]:
    """Of all kinds, over days on which the clock was put forward."""
    draw = random.Random(seed)
    for _ in range(40):
        known = draw.random() < 0.8
        counts = [draw.randrange(1, 900) for _ in range(4)]
        yield LedgerRow(
            draw.choice(["reply", "reply", "reply", "summary"]),
            draw.choice(["a/x", "b/y", "builtin/extract"]),
            NOW - timedelta(hours=draw.randrange(24 * 9)),
            Usage(
                input=counts[0], cache_read=counts[1], output=counts[2], estimated=counts[3] < 90
            ),
            Cost(
                Decimal(draw.randrange(10**6)).scaleb(-9) if known else None,
                draw.choice(["USD", "CNY"]),
                draw.choice(["config", "genai-prices"]),
                draw.random() < 0.2,
            ),
            draw.choice([None, *conversations]),
            price=draw.choice(PRICES),
            ttft=draw.choice([None, draw.random()]),
            seconds=draw.random() * 5,
            outcome=draw.choice(["complete", "complete", "failed"]),
            profile=draw.choice([None, "", "reviewer"]),
            concise=draw.random() < 0.4,
            gaps=draw.choice([None, LongGaps(draw.random(), draw.random() * 9)]),
        )


async def book(store: ChatStore, seed: int, conversations: list[str]) -> None:
    for row in calls(seed, conversations):
        await store.book(row)


async def of_all_days(store: ChatStore, by: Grouping) -> Stats:
    return await store.stats(by, 0, NOW.astimezone())


async def counted_anew(store: ChatStore, by: Grouping) -> Stats:
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("DELETE FROM ledger_sums")
        db.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_sums, "WORTH_KEEPING", NEVER)
        return await of_all_days(store, by)


def kept(path: Path, what: str) -> list[int]:
    """Up to which number of the ledger."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT upto FROM ledger_sums WHERE what = ?", (what,))
        return [upto for (upto,) in found]


@pytest.mark.parametrize("by", GROUPINGS)
async def test_kept_sums_and_newer_calls_tell_what_all_calls_tell(
    store: ChatStore, by: Grouping
) -> None:
    conversations = [(await store.create(title)).id for title in ("One", "Two", "Gone")]
    await book(store, 1, conversations)
    await of_all_days(store, by)
    await book(store, 2, conversations)
    await store.remove(conversations[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_sums, "WORTH_KEEPING", NEVER)
        gone_on_from = await of_all_days(store, by)
    assert kept(store.path, by) == [40]
    brought_up = await of_all_days(store, by)
    assert kept(store.path, by) == [80]
    assert gone_on_from == brought_up == await counted_anew(store, by)


async def test_calls_that_were_added_up_are_not_read_again(store: ChatStore) -> None:
    await book(store, 1, [])
    before = await of_all_days(store, "model")
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("UPDATE ledger SET input = input + 1")
        db.commit()
    assert await of_all_days(store, "model") == before


async def test_few_calls_are_added_up_without_a_write(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sums, "WORTH_KEEPING", 40)
    await book(store, 1, [])
    await of_all_days(store, "model")
    assert kept(store.path, "model") == []


async def test_the_days_of_another_zone_are_added_up_anew(store: ChatStore) -> None:
    await book(store, 1, [])
    in_berlin = await of_all_days(store, "day")
    in_zone("Asia/Tokyo")
    in_tokyo = await of_all_days(store, "day")
    assert [row.calls for row in in_tokyo.rows] != [row.calls for row in in_berlin.rows]
    assert in_tokyo == await counted_anew(store, "day")


@pytest.mark.parametrize(
    ("what", "column"),
    [("day", "upto"), ("day", "zone"), ("day", "sums"), ("day", "times"), ("brevity", "sums")],
)
async def test_sums_that_no_chatui_wrote_are_passed_over(
    store: ChatStore, what: str, column: str
) -> None:
    await book(store, 1, [])
    right = await of_all_days(store, "day")
    for value in set(VALUES) - ({"'[]'"} if what == "brevity" else set()):
        with closing(sqlite3.connect(store.path)) as db:
            # NULL is none of this table's values.
            db.execute(f"UPDATE OR IGNORE ledger_sums SET {column} = {value} WHERE what = '{what}'")
            db.commit()
        assert await of_all_days(store, "day") == right, value


async def test_where_nothing_can_be_written_all_calls_are_added_up(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(store, 1, [])

    async def full(query: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store._thread, "write", full)
    found = await of_all_days(store, "model")
    assert sum(row.calls for row in found.rows) == 40
    assert kept(store.path, "model") == []


async def test_a_file_that_was_mended_has_no_sums_of_calls_that_may_be_lost(
    store: ChatStore,
) -> None:
    await book(store, 1, [])
    await of_all_days(store, "day")
    with closing(open_chats(store.path, 1)) as db:
        make_whole(db)
    assert kept(store.path, "day") == []
