"""Statistics are added up from sums that are kept, and tell what the calls themselves tell."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatui.cost.stats.values import GROUPINGS, Grouping, Stats, StatsRow
from chatui.domain.errors import StoreError
from chatui.domain.usage import Cost, Usage
from chatui.memory.records import LedgerRow, LongGaps
from chatui.memory.store import conversations, kept_sums, ledger, stats
from chatui.memory.store.database import forgiving_text, open_chats
from chatui.memory.store.mending import make_whole
from chatui.memory.store.store import ChatStore
from chatui.system.sqlite import transaction
from tests.memory.store.poison import COLUMNS, SURROGATE, VALUES, poison

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
DAYS = (0, 1, 2, 4, 9, 33, 40)
"""Of which some begin in another month, and some with the first call."""
FEW: tuple[tuple[Grouping, int], ...] = (("day", 0), ("model", 33), ("conversation", 9))
PRICES = ({"output": "10", "per": 1_000_000, "currency": "USD"}, {"output": {"0": "1"}, "per": 1})
ZONES = ("Europe/Berlin", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
         "America/Havana", "Pacific/Apia", "X3:07")  # fmt: skip


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


def call(draw: random.Random, conversation_ids: list[str]) -> LedgerRow:
    """Of any kind, on one of the days on which the clock was put forward, or of weeks before."""
    known = draw.random() < 0.8
    counts = [draw.randrange(1, 900) for _ in range(4)]
    return LedgerRow(
        draw.choice(["reply", "reply", "reply", "summary"]),
        draw.choice(["a/x", "b/y", "builtin/extract"]),
        NOW - timedelta(minutes=draw.randrange(60 * 24 * draw.choice([2, 9, 60]))),
        Usage(input=counts[0], cache_read=counts[1], output=counts[2], estimated=counts[3] < 90),
        Cost(
            Decimal(draw.randrange(10**6)).scaleb(-9) if known else None,
            draw.choice(["USD", "CNY"]),
            draw.choice(["config", "genai-prices"]),
            draw.random() < 0.2,
        ),
        draw.choice([None, *conversation_ids]),
        price=draw.choice(PRICES),
        ttft=draw.choice([None, draw.random()]),
        seconds=draw.random() * 5,
        outcome=draw.choice(["complete", "complete", "failed"]),
        profile=draw.choice([None, "", "reviewer"]),
        concise=draw.random() < 0.4,
        gaps=draw.choice([None, LongGaps(draw.random(), draw.random() * 9)]),
    )


def book(db: sqlite3.Connection, draw: random.Random, many: int, ids: list[str]) -> None:
    with transaction(db):
        for _ in range(many):
            ledger.book(db, call(draw, ids))


def keep_up(db: sqlite3.Connection) -> None:
    with transaction(db):
        kept_sums.keep_up(db)


def told(db: sqlite3.Connection, asked: Sequence[tuple[Grouping, int]] = FEW) -> list[Stats]:
    return [stats.read(db, by, days, NOW.astimezone()) for by, days in asked]


def counted_anew(
    db: sqlite3.Connection, asked: Sequence[tuple[Grouping, int]] = FEW
) -> list[Stats]:
    db.execute("BEGIN")
    kept_sums.forget(db)
    found = told(db, asked)
    db.execute("ROLLBACK")
    return found


@pytest.fixture(scope="module")
def shared() -> Iterator[sqlite3.Connection]:
    with TemporaryDirectory() as folder, closing(open_chats(Path(folder) / "chats.db", 1)) as db:
        yield db


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[int], int]:
    """A seed, calls after each of which the sums are kept, and newer ones."""
    kept = draw(st.lists(st.integers(0, 15), max_size=3))
    return draw(st.integers(0, 10**6)), kept, draw(st.integers(0, 10))


@given(
    history=histories(),
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    asked=st.tuples(st.sampled_from(GROUPINGS), st.sampled_from(DAYS)),
)
def test_sums_and_newer_calls_tell_what_all_calls_tell(
    shared: sqlite3.Connection,
    history: tuple[int, list[int], int],
    zones: tuple[str, str],
    asked: tuple[Grouping, int],
) -> None:
    seed, steps, newer = history
    draw = random.Random(seed)
    with transaction(shared):
        kept_sums.forget(shared)
        shared.execute("DELETE FROM conversations")
        shared.execute("DELETE FROM ledger")
        ids = [conversations.create(shared, title, "").id for title in ("One", "Two", "Gone")]
    with in_zone(zones[0]):
        for many in steps:
            book(shared, draw, many, ids)
            keep_up(shared)
        with transaction(shared):
            conversations.remove(shared, ids[2])
        book(shared, draw, newer, ids[:2])
        assert told(shared, [asked]) == counted_anew(shared, [asked])
    with in_zone(zones[1]):
        assert told(shared, [asked]) == counted_anew(shared, [asked])


@pytest.mark.parametrize("by", GROUPINGS)
def test_of_calls_that_are_in_sums_those_of_a_day_at_most_are_read_again(
    tmp_path: Path, by: Grouping
) -> None:
    with closing(open_chats(tmp_path / "chats.db", 1)) as db, in_zone("Asia/Kathmandu"):
        book(db, random.Random(1), 90, [])
        keep_up(db)
        before = {days: stats.read(db, by, days, NOW.astimezone()) for days in DAYS}
        for days, found in before.items():
            day = found.since.isoformat()
            db.execute("BEGIN")
            db.execute(
                "UPDATE ledger SET input = 7 WHERE date(started) NOT IN (?, ?)",
                (day, (found.since - timedelta(1)).isoformat()),
            )
            assert stats.read(db, by, days, NOW.astimezone()) == found
            db.execute("ROLLBACK")


@pytest.mark.parametrize("value", VALUES)
def test_a_row_that_no_chatui_wrote_counts_alike_in_sums_and_by_itself(
    tmp_path: Path, value: str
) -> None:
    path = tmp_path / "chats.db"
    with closing(open_chats(path, 1)) as db:
        book(db, random.Random(2), 30, [])
    for column in COLUMNS["ledger"]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(COLUMNS, "ledger", (column,))
            poison(path, "ledger", value)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE ledger SET number = number + 100 WHERE number = 1")
        plain.commit()
    with closing(open_chats(path, 1)) as db:
        db.text_factory = forgiving_text
        keep_up(db)
        assert told(db) == counted_anew(db)


async def test_the_store_keeps_up_with_what_is_booked(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "STEP", 10)
    draw = random.Random(3)
    for _ in range(25):
        await store.book(call(draw, []))
    assert kept(store.path) == [20]
    assert sum_of(await store.stats("model", 0, NOW.astimezone())).calls == 25


async def test_calls_that_are_in_no_sums_are_put_there_when_the_store_is_opened(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(3)
    for _ in range(25):
        await store.book(call(draw, []))
    await store.close()
    assert kept(store.path) == []
    monkeypatch.setattr(ledger, "STEP", 10)
    monkeypatch.setattr(kept_sums, "CATCH_UP", 8)
    again = await ChatStore.open(store.path)
    assert kept(store.path) == [16]
    await again.close()


async def test_a_booking_stays_where_no_sums_can_be_written(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "STEP", 1)

    def full(db: sqlite3.Connection) -> bool:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(kept_sums, "keep_up", full)
    await store.book(call(random.Random(1), []))
    assert len(await store.ledger()) == 1
    assert sum_of(await store.stats("model", 0, NOW.astimezone())).calls == 1


def test_a_file_that_was_mended_has_no_sums_of_calls_that_may_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with closing(open_chats(path, 1)) as db:
        book(db, random.Random(1), 5, [])
        keep_up(db)
        make_whole(db)
    assert kept(path) == []


def test_sums_of_a_longer_ledger_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with closing(open_chats(path, 1)) as db:
        book(db, random.Random(1), 9, [])
        keep_up(db)
        db.execute("DELETE FROM ledger WHERE number > 4")
        assert told(db) == counted_anew(db)
        keep_up(db)
        assert (kept(path), told(db)) == ([4], counted_anew(db))


def test_sums_that_no_chatui_wrote_end_no_statistics(tmp_path: Path) -> None:
    with closing(open_chats(tmp_path / "chats.db", 1)) as db:
        db.text_factory = forgiving_text
        book(db, random.Random(1), 6, [])
        keep_up(db)
        columns = [row["name"] for row in db.execute("PRAGMA table_info(ledger_cells)")]
        values = ("NULL", "'yesterday'", SURROGATE, "x'00ff'", "9e999", "9223372036854775807", "-1")
        for column, value in product(columns, values):
            db.execute("BEGIN")
            # What no two cells may have, or none at all, is left as it was.
            db.execute(f"UPDATE OR IGNORE ledger_cells SET {column} = {value}")
            told(db)
            db.execute("ROLLBACK")


def kept(path: Path) -> list[int]:
    """Up to which number of the ledger."""
    with closing(sqlite3.connect(path)) as db:
        return [upto for (upto,) in db.execute("SELECT upto FROM ledger_summed")]


def sum_of(found: Stats) -> StatsRow:
    return found.total
