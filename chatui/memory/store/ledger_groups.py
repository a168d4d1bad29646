"""The ledger added up by what its calls have in common. SQLite adds up; what comes here is a row
per group."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from chatui.cost.stats.values import Grouping, Spread, StatsRow
from chatui.domain.usage import Cost
from chatui.memory.store.aggregates import amounts, decimal_sum, numbers, unpacked
from chatui.memory.store.codec import real_of
from chatui.memory.store.database import UNKNOWN_TIME, text_of, time_text
from chatui.memory.store.ledger import usage_of

MOST_TOKENS = 10**12
BUCKETS: Final = ("input", "cache_read", "cache_write", "output", "reasoning")
REPLY: Final = "kind = 'reply'"
REPORTED: Final = f"{REPLY} AND NOT usage_estimated"
PROMPT: Final = "input + cache_read + cache_write"
_STREAMED = "coalesce(streamed, CASE WHEN reasoning = 0 THEN output END)"
"""Tokens that came piece by piece; NULL where reasoning may have been out of sight."""
_TIME = "0000-00-00T00:00:00.000000+00:00".replace("0", "[0-9]")
FORMED: Final = (
    f"(started GLOB '{_TIME}' AND date(started) IS NOT NULL"
    f" AND started >= '{time_text(UNKNOWN_TIME)}')"
)
"""Whether a row tells when the call began, as `time_text` writes it. One that doesn't counts on
every day: it has lost its time and nothing else."""

# SQLite knows the machine's time zone, and what it was on that day.
_KEYS: Final[dict[Grouping, str]] = {
    "day": f"CASE WHEN {FORMED} THEN date(started, 'localtime') END",
    "model": "model",
    "conversation": "conversation",
    "profile": "profile",
}
# The speed is that of the tokens after the first one.
WAITS: Final = f"{numbers('ttft')} FILTER (WHERE {REPLY} AND typeof(ttft) = 'real')"
SPEEDS: Final = (
    f"{numbers(f'({_STREAMED} - 1) / (seconds - ttft)')}"
    f" FILTER (WHERE {REPLY} AND {_STREAMED} > 1 AND seconds > ttft)"
)
GAPS: Final = f"{numbers('gap_p95')} FILTER (WHERE {REPLY} AND gap_p95 IS NOT NULL)"
STALL: Final = f"max(gap_longest) FILTER (WHERE {REPLY})"


@dataclass(frozen=True, slots=True)
class Calls:
    """Which rows of the ledger, as a condition with its values."""

    where: str
    values: tuple[object, ...]


@dataclass(slots=True)
class Group:
    """What is known of one key so far."""

    row: StatsRow
    waits: array[float] = field(default_factory=lambda: array("d"))
    speeds: array[float] = field(default_factory=lambda: array("d"))
    gaps: array[float] = field(default_factory=lambda: array("d"))

    def add(self, other: Group) -> None:
        self.row = joined(self.row, other.row)
        self.waits.extend(other.waits)
        self.speeds.extend(other.speeds)
        self.gaps.extend(other.gaps)

    def finished(self) -> StatsRow:
        # In order from here on: several such groups put together are sorted in half the time.
        self.waits, self.speeds, self.gaps = (
            array("d", sorted(each)) for each in (self.waits, self.speeds, self.gaps)
        )
        waits, speeds, gaps = self.waits, self.speeds, self.gaps
        return replace(
            self.row,
            first_token=Spread(nearest(waits, 50), nearest(waits, 95)) if waits else None,
            speed=nearest(speeds, 50) if speeds else None,
            gap_p95=nearest(gaps, 50) if gaps else None,
        )


def nearest(ordered: Sequence[float], percent: int) -> float:
    """The percentile by the nearest rank: a value that was measured, no mean of two."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


Groups = dict[str | None, Group]


def bounded_sum(column: str) -> str:
    """What no call can have used is left out: SQLite's sums end with an error beyond 64 bits."""
    return f"sum({column}) FILTER (WHERE {column} BETWEEN 0 AND {MOST_TOKENS})"


def added_up(db: sqlite3.Connection, by: Grouping, calls: Calls) -> Groups:
    found: Groups = {}
    for group in groups_of(_sums(db, _KEYS[by], calls)):
        add_to(found, group)
    return found


def add_to(groups: Groups, group: Group) -> None:
    before = groups.setdefault(group.row.key, group)
    if before is not group:
        before.add(group)


def _sums(db: sqlite3.Connection, key: str, calls: Calls) -> sqlite3.Cursor:
    """A row per key and currency."""
    sums = ", ".join(f"{bounded_sum(each)} AS {each}" for each in BUCKETS)
    return db.execute(
        f"""SELECT {key} AS key, currency, count(*) AS calls, sum({REPLY}) AS replies,
            {sums},
            max(usage_estimated) AS usage_estimated,
            {amounts("amount")} AS amounts, count(amount) AS priced,
            max(cost_estimated AND amount IS NOT NULL) AS cost_estimated,
            min(price_source) FILTER (WHERE amount IS NOT NULL) AS source,
            max(price_source) FILTER (WHERE amount IS NOT NULL) AS other_source,
            total(cache_read) FILTER (WHERE {REPORTED}) AS cached,
            total({PROMPT}) FILTER (WHERE {REPORTED}) AS prompt,
            {WAITS} AS waits, {SPEEDS} AS speeds, {GAPS} AS gaps, {STALL} AS stall
        FROM ledger WHERE {calls.where} GROUP BY 1, 2""",
        calls.values,
    )


def groups_of(rows: Iterable[sqlite3.Row]) -> Iterator[Group]:
    """A group for each row of sums: of calls, whose waits are in JSON, or of cells, whose are
    packed."""
    for row in rows:
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
        waits, speeds, gaps = (unpacked(row[name]) for name in ("waits", "speeds", "gaps"))
        yield Group(summed, waits, speeds, gaps)


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
        priced=tuple(sums[currency] for currency in sorted(sums)),
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
