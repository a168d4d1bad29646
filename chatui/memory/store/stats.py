"""The ledger in sums and shares. SQLite adds up; what comes here is one row per group."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from chatui.cost.stats.calendar import first_of, unit_of
from chatui.cost.stats.values import Grouping, Spread, Stats, StatsRow, Unit
from chatui.domain.usage import Cost
from chatui.memory.store.aggregates import amounts, decimal_sum, numbers, packed
from chatui.memory.store.brevity import brevity
from chatui.memory.store.codec import real_of
from chatui.memory.store.database import UNKNOWN_TIME, text_of, time_text
from chatui.memory.store.ledger import usage_of

# SQLite knows the machine's time zone, and what it was on that day.
_KEYS: Final[dict[Grouping, str]] = {
    "day": "date(started, 'localtime')",
    "model": "model",
    "conversation": "conversation",
    "profile": "profile",
}

MOST_TOKENS = 10**12
BUCKETS = ("input", "cache_read", "cache_write", "output", "reasoning")
_REPLY = "kind = 'reply'"
_REPORTED = f"{_REPLY} AND NOT usage_estimated"
_STREAMED = "coalesce(streamed, CASE WHEN reasoning = 0 THEN output END)"
"""Tokens that came piece by piece; NULL where reasoning may have been out of sight."""
_PROMPT = "input + cache_read + cache_write"


@dataclass(slots=True)
class _Group:
    """What is known of one key so far."""

    row: StatsRow
    waits: array[float] = field(default_factory=lambda: array("d"))
    speeds: array[float] = field(default_factory=lambda: array("d"))
    gaps: array[float] = field(default_factory=lambda: array("d"))
    brief: bool = False
    """Whether a reply was asked to be brief."""

    def add(self, other: _Group) -> None:
        self.row = joined(self.row, other.row)
        self.waits.extend(other.waits)
        self.speeds.extend(other.speeds)
        self.gaps.extend(other.gaps)
        self.brief |= other.brief

    def finished(self) -> StatsRow:
        waits, speeds, gaps = sorted(self.waits), sorted(self.speeds), sorted(self.gaps)
        return replace(
            self.row,
            first_token=Spread(nearest(waits, 50), nearest(waits, 95)) if waits else None,
            speed=nearest(speeds, 50) if speeds else None,
            gap_p95=nearest(gaps, 50) if gaps else None,
        )


def nearest(ordered: Sequence[float], percent: int) -> float:
    """The percentile by the nearest rank: a value that was measured, no mean of two."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def read(db: sqlite3.Connection, by: Grouping, days: int, now: datetime) -> Stats:
    """The last `days` days, today included; 0 stands for all. `now` is in local time."""
    today = now.date()
    since = today - timedelta(days=days - 1) if days else _first_day(db) or today
    # Midnight of that day, in the zone as it was then.
    started = time_text(datetime(since.year, since.month, since.day).astimezone())
    groups = _groups(db, by, started)
    unit = unit_of((today - since).days + 1)
    return Stats(
        by=by,
        days=days,
        since=since,
        until=today,
        total=_total(groups.values()),
        rows=tuple(_ordered(db, by, groups)),
        unit=unit,
        periods=tuple(_periods(groups, unit)) if by == "day" else (),
        # Looking for one that was asked to be brief takes as long as summing up.
        brevity=brevity(db, started) if any(one.brief for one in groups.values()) else (),
    )


def _sum(column: str) -> str:
    """What no call can have used is left out: SQLite's sums end with an error beyond 64 bits."""
    return f"sum({column}) FILTER (WHERE {column} < {MOST_TOKENS})"


def _first_day(db: sqlite3.Connection) -> date | None:
    query = "SELECT date(min(started), 'localtime') FROM ledger WHERE started >= ?"
    (day,) = db.execute(query, (time_text(UNKNOWN_TIME),)).fetchone()
    return date.fromisoformat(day) if day else None


def _groups(db: sqlite3.Connection, by: Grouping, started: str) -> dict[str | None, _Group]:
    found: dict[str | None, _Group] = {}
    for group in _sums(db, _KEYS[by], started):
        before = found.setdefault(group.row.key, group)
        if before is not group:
            before.add(group)
    return found


def _total(groups: Iterable[_Group]) -> StatsRow:
    total = _Group(StatsRow(key=None))
    for group in groups:
        total.add(group)
    return total.finished()


def _ordered(
    db: sqlite3.Connection, by: Grouping, groups: dict[str | None, _Group]
) -> list[StatsRow]:
    rows = [group.finished() for group in groups.values()]
    if by == "day":
        return sorted(rows, key=lambda row: row.key or "")
    if by == "conversation":
        titles = dict(db.execute("SELECT id, title FROM conversations").fetchall())
        rows = [replace(row, title=text_of(titles.get(row.key))) for row in rows]
    return sorted(rows, key=lambda row: (-row.usage.total, row.key or ""))


def _periods(groups: dict[str | None, _Group], unit: Unit) -> list[StatsRow]:
    """The days put together to weeks or months."""
    found: dict[str, _Group] = {}
    for day in sorted(name for name in groups if name is not None):
        key = first_of(date.fromisoformat(day), unit).isoformat()
        found.setdefault(key, _Group(StatsRow(key=key))).add(groups[day])
    return [group.finished() for group in found.values()]


def _sums(db: sqlite3.Connection, key: str, started: str) -> Iterator[_Group]:
    """A group per key and currency. The speed is that of the tokens after the first one."""
    sums = ", ".join(f"{_sum(each)} AS {each}" for each in BUCKETS)
    found = db.execute(
        f"""SELECT {key} AS key, currency, count(*) AS calls, sum({_REPLY}) AS replies,
            {sums},
            max(usage_estimated) AS usage_estimated,
            {amounts("amount")} AS amounts, count(amount) AS priced,
            max(cost_estimated AND amount IS NOT NULL) AS cost_estimated,
            min(price_source) FILTER (WHERE amount IS NOT NULL) AS source,
            max(price_source) FILTER (WHERE amount IS NOT NULL) AS other_source,
            total(cache_read) FILTER (WHERE {_REPORTED}) AS cached,
            total({_PROMPT}) FILTER (WHERE {_REPORTED}) AS prompt,
            {numbers("ttft")} FILTER (WHERE {_REPLY} AND typeof(ttft) = 'real') AS waits,
            {numbers(f"({_STREAMED} - 1) / (seconds - ttft)")}
                FILTER (WHERE {_REPLY} AND {_STREAMED} > 1 AND seconds > ttft) AS speeds,
            {numbers("gap_p95")} FILTER (WHERE {_REPLY} AND gap_p95 IS NOT NULL) AS gaps,
            max(gap_longest) FILTER (WHERE {_REPLY}) AS stall,
            max(concise) AS brief
        FROM ledger WHERE started >= ? GROUP BY 1, 2""",
        (started,),
    )
    for row in found:
        source = row["source"] if row["source"] == row["other_source"] else "mixed"
        currency = text_of(row["currency"])
        amount = decimal_sum(row["amounts"])
        cost = Cost(amount, currency, source, bool(row["cost_estimated"]))
        summed = StatsRow(
            key=None if row["key"] is None else text_of(row["key"]),
            calls=row["calls"],
            replies=row["replies"],
            usage=usage_of(row),
            priced=(cost,) if row["priced"] else (),
            unpriced=row["calls"] - row["priced"],
            reported_prompt=int(real_of(row["prompt"]) or 0),
            reported_cached=int(real_of(row["cached"]) or 0),
            longest_stall=real_of(row["stall"]),
        )
        waits, speeds, gaps = (packed(row[name]) for name in ("waits", "speeds", "gaps"))
        yield _Group(summed, waits, speeds, gaps, brief=bool(row["brief"]))


def joined(one: StatsRow, other: StatsRow) -> StatsRow:
    """What can be added up of two rows; costs stay apart by currency."""
    sums = {cost.currency: cost for cost in one.priced}
    for cost in other.priced:
        before = sums.get(cost.currency)
        sums[cost.currency] = cost if before is None else _added(before, cost)
    return replace(
        one,
        calls=one.calls + other.calls,
        replies=one.replies + other.replies,
        usage=one.usage + other.usage,
        priced=tuple(sums.values()),
        unpriced=one.unpriced + other.unpriced,
        reported_prompt=one.reported_prompt + other.reported_prompt,
        reported_cached=one.reported_cached + other.reported_cached,
        longest_stall=max(filter(None, (one.longest_stall, other.longest_stall)), default=None),
    )


def _added(one: Cost, other: Cost) -> Cost:
    assert one.amount is not None
    assert other.amount is not None
    source = one.source if one.source == other.source else "mixed"
    estimated = one.estimated or other.estimated
    return Cost(one.amount + other.amount, one.currency, source, estimated)
