"""The ledger summed up, by day, model, conversation and profile."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chatui.cost.stats.values import GROUPINGS, Spread
from chatui.domain.usage import UNKNOWN_COST, Cost, Usage
from chatui.memory.records import LedgerRow
from chatui.memory.store.ledger_groups import nearest
from chatui.memory.store.store import ChatStore

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_utc() -> Iterator[None]:
    yield from in_zone("UTC")


def in_zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def call(amount: str | None = "0.1", days_ago: float = 0, **changes: object) -> LedgerRow:
    cost = Cost(None if amount is None else Decimal(amount), "USD", "config")
    made = LedgerRow(
        kind="reply",
        model="openai/x",
        started=NOW - timedelta(days=days_ago),
        usage=Usage(input=60, cache_read=40, output=11),
        cost=cost,
        ttft=0.5,
        seconds=1.5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def booked(store: ChatStore, *rows: LedgerRow) -> None:
    for row in rows:
        await store.book(row)


async def test_money_is_added_up_to_the_last_digit_and_by_currency(store: ChatStore) -> None:
    yuan = Cost(Decimal("0.30"), "CNY", "config")
    await booked(store, *(call("0.1000000001") for _ in range(10)), call(cost=yuan))
    total = (await store.stats("day", 30, NOW)).total
    assert total.costs == (yuan, Cost(Decimal("1.0000000010"), "USD", "config"))


async def test_an_unknown_price_is_not_nothing_and_makes_the_rest_an_estimate(
    store: ChatStore,
) -> None:
    await booked(store, call(None, model="a"), call(None, model="b"), call("1", model="b"))
    stats = await store.stats("model", 30, NOW)
    costs = {row.key: row.costs for row in stats.rows}
    assert costs["a"] == (UNKNOWN_COST,)
    assert costs["b"] == (Cost(Decimal(1), "USD", "config", estimated=True),)
    assert stats.total.unpriced == 2


async def test_the_days_are_those_of_the_users_own_clock(store: ChatStore) -> None:
    late = datetime(2026, 3, 18, 20, tzinfo=UTC)  # The 19th in Tokyo.
    await booked(store, call(started=late))
    assert [row.key for row in (await store.stats("day", 30, NOW)).rows] == ["2026-03-18"]
    for _ in in_zone("Asia/Tokyo"):
        stats = await store.stats("day", 2, NOW.astimezone())
        assert [row.key for row in stats.rows] == ["2026-03-19"]


async def test_so_many_days_end_with_today(store: ChatStore) -> None:
    await booked(store, call(days_ago=0), call(days_ago=6), call(days_ago=7))
    stats = await store.stats("day", 7, NOW)
    assert [row.key for row in stats.rows] == ["2026-03-14", "2026-03-20"]
    assert (await store.stats("day", 0, NOW)).total.calls == 3


async def test_a_year_is_drawn_by_months_and_a_quarter_by_weeks(store: ChatStore) -> None:
    await booked(store, call(days_ago=0), call(days_ago=4), call(days_ago=200))
    quarter, year = await store.stats("day", 90, NOW), await store.stats("day", 365, NOW)
    assert (quarter.unit, [row.key for row in quarter.periods]) == ("week", ["2026-03-16"])
    assert quarter.periods[0].calls == 2
    assert (year.unit, [row.key for row in year.periods]) == ("month", ["2025-09-01", "2026-03-01"])


async def test_conversations_carry_titles_and_removed_ones_are_put_together(
    store: ChatStore,
) -> None:
    kept, gone = await store.create("Kept"), await store.create("Gone")
    await booked(store, call(conversation_id=kept.id), call(conversation_id=gone.id), call())
    await store.remove(gone.id)
    rows = (await store.stats("conversation", 30, NOW)).rows
    assert {(row.key, row.title, row.calls) for row in rows} == {
        (kept.id, "Kept", 1),
        (None, "", 2),
    }


async def test_profiles_stand_apart_from_none_and_from_what_is_not_known(
    store: ChatStore,
) -> None:
    await booked(store, call(profile="reviewer"), call(profile=""), call(profile=None))
    rows = (await store.stats("profile", 30, NOW)).rows
    assert {row.key for row in rows} == {"reviewer", "", None}


async def test_waits_and_speed_are_those_of_replies(store: ChatStore) -> None:
    waits = [n / 10 for n in range(1, 21)]
    replies = [call(ttft=wait, seconds=wait + 2) for wait in waits]
    await booked(store, *replies, call(kind="summary", ttft=60.0), call(ttft=None))
    total = (await store.stats("model", 30, NOW)).total
    assert total.first_token == Spread(1.0, 1.9)
    assert total.speed == pytest.approx(5.0)
    assert (total.calls, total.replies) == (22, 21)


async def test_the_cache_hit_rate_counts_only_what_a_provider_reported(store: ChatStore) -> None:
    guessed = Usage(input=1_000, output=5, estimated=True)
    await booked(store, call(), call(usage=guessed), call(kind="embedding", usage=Usage(500)))
    assert (await store.stats("day", 30, NOW)).total.cache_hit_rate == pytest.approx(0.4)
    await booked(store, call(usage=guessed, model="local/y"))
    rows = {row.key: row for row in (await store.stats("model", 30, NOW)).rows}
    assert rows["local/y"].cache_hit_rate is None


@pytest.mark.parametrize("by", GROUPINGS)
async def test_an_empty_ledger_has_no_rows(store: ChatStore, by: object) -> None:
    stats = await store.stats(by, 0, NOW)  # type: ignore[arg-type]
    assert (stats.rows, stats.total.calls, stats.brevity) == ((), 0, ())


async def test_brief_replies_are_compared_with_the_others_of_their_model(
    store: ChatStore,
) -> None:
    price = {"output": "10", "per": 1_000_000, "currency": "USD"}
    for n in range(20):
        usage = Usage(input=5, output=90 + n)
        await booked(store, call(usage=replace(usage, output=290 + n)))
        await booked(store, call(usage=usage, concise=True, price=price))
    await booked(store, call(usage=Usage(output=9_000), outcome="interrupted"))
    await booked(store, call(usage=Usage(output=9_000), model="builtin/extract", concise=True))
    (brevity,) = (await store.stats("day", 30, NOW)).brevity
    assert (brevity.model, brevity.brief.replies, brevity.usual.replies) == ("openai/x", 20, 20)
    assert brevity.saved == pytest.approx(200)
    assert brevity.brief.variance == pytest.approx(35)
    assert brevity.saved_tokens == 4_000
    assert brevity.saved_costs == (Cost(Decimal("0.04"), "USD", "unknown", estimated=True),)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [nearest([1, 2, 3, 4], percent) for percent in (1, 50, 51, 95, 100)] == [1, 2, 3, 4, 4]
