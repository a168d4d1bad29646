"""The ledger's sums, kept in cells as far as they go: of an hour and of a quarter of one, and by
model (with profile) and by conversation of a day and of a month. Statistics add cells up, and read
of the calls themselves only the newest and those before the first whole day.

Days and months are those of UTC. The days of nearly every zone are made of whole hours, of every
other one of quarters, so nothing is added up anew in another zone. The ledger only grows at its
end, and a row of it changes in nothing but a conversation that is removed: no cell is taken back.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from chatui.cost.stats.values import Grouping
from chatui.memory.store import ledger
from chatui.memory.store.aggregates import (
    amounts,
    decimal_text,
    packed_numbers,
    sorted_numbers,
)
from chatui.memory.store.brevity import COMPARED, BriefCalls, brief_calls, brief_of, put_together
from chatui.memory.store.database import UNKNOWN_TIME, time_text
from chatui.memory.store.ledger_groups import (
    BUCKETS,
    FORMED,
    GAPS,
    PROMPT,
    REPLY,
    REPORTED,
    SPEEDS,
    STALL,
    WAITS,
    Calls,
    Groups,
    add_to,
    added_up,
    bounded_sum,
    groups_of,
)

CATCH_UP = 100_000
"""Calls that are put into cells in one write, where many are in none."""
_QUARTER = """substr(started, 1, 14) || CASE
    WHEN substr(started, 15, 2) < '15' THEN '00' WHEN substr(started, 15, 2) < '30' THEN '15'
    WHEN substr(started, 15, 2) < '45' THEN '30' ELSE '45' END"""
MOST_IN_A_CELL: Final = 10**15

_HOUR = "substr(started, 1, 14) || '00'"
_DAY = "substr(started, 1, 10)"
_MONTH = "substr(started, 1, 7)"
_PRICE = "coalesce(CASE WHEN concise THEN price END, x'')"
_NO_PARTS = "x''", "x''", "x''"
# What the cells are of, how long a time, and of which calls: model or conversation, profile, price.
_KINDS: Final = (
    ("quarter", "", _QUARTER, ("x''", *_NO_PARTS)),
    ("hour", "", _HOUR, ("x''", *_NO_PARTS)),
    ("model", "day", _DAY, ("model", "coalesce(profile, x'')", "concise <> 0", _PRICE)),
    ("model", "month", _MONTH, ("model", "coalesce(profile, x'')", "concise <> 0", _PRICE)),
    ("conversation", "day", _DAY, ("coalesce(conversation, x'')", *_NO_PARTS)),
    ("conversation", "month", _MONTH, ("coalesce(conversation, x'')", *_NO_PARTS)),
)
# By what statistics are made of which cells. Conversations that were removed since are none.
_GROUPED: Final[dict[Grouping, tuple[str, str]]] = {
    "day": ("", "date(period, 'localtime')"),
    "model": ("model", "key"),
    "profile": ("model", "nullif(profile, x'')"),
    "conversation": (
        "conversation",
        "CASE WHEN key IN (SELECT id FROM conversations) THEN key END",
    ),
}
_FUNCTIONS: Final = (decimal_text, packed_numbers, sorted_numbers)


@dataclass(frozen=True, slots=True)
class Span:
    """The calls from a local day on, or all of them: which cells hold them, and which calls are in
    none of those. `clock` names the cells that make up local days: "hour" or "quarter", or "" where
    none do."""

    since: date | None
    clock: str = "hour"

    def cells(self, what: str) -> tuple[str, tuple[str, ...]]:
        """A condition on `ledger_cells` with its values. Calls at no known time are always in."""
        if not what:
            return "what = ? AND (period >= ? OR period = '')", (self.clock, self._began[:16])
        if self.since is None:
            return "what = ? AND span = 'month'", (what,)
        day = self._first_day
        month = _next_month(day)
        return (
            "what = ? AND (span = 'day' AND period >= ? AND period < ?"
            " OR span = 'month' AND (period >= ? OR period = ''))",
            (what, str(day), str(month), str(month)[:7]),
        )

    def calls(self, what: str, upto: int) -> list[Calls]:
        """Those that are in no such cell, where calls up to that number are in cells."""
        newer = Calls(f"number > ? AND (+started >= ? OR NOT {FORMED})", (upto, self._began))
        if not what or self.since is None or not upto:
            return [newer]
        before = time_text(datetime.combine(self._first_day, time(), UTC))
        edge = Calls(
            f"started >= ? AND started < ? AND +number <= ? AND {FORMED}",
            (self._began, before, upto),
        )
        return [edge, newer]

    @property
    def _moment(self) -> datetime:
        return UNKNOWN_TIME if self.since is None else _midnight(self.since)

    @property
    def _began(self) -> str:
        return time_text(self._moment)

    @property
    def _first_day(self) -> date:
        """The first day of UTC that is wholly in it."""
        return self._moment.date() + timedelta(days=self._moment.time() > time())


def _midnight(day: date) -> datetime:
    """With which the local day begins, by the clock as it was then."""
    return datetime(day.year, day.month, day.day).astimezone(UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def clock_of_days(since: date, until: date) -> str:
    """The cells that make up the local days between those two, by the first of each month: hours,
    or quarters where the zone is that much beside UTC. Only a zone that somebody has spelt out
    (`TZ="X3:07"`) has none."""
    beside = set()
    day = since.replace(day=1)
    while day <= until:
        beside.add(_midnight(day).timestamp() % 3_600)
        day = _next_month(day)
    if beside <= {0}:
        return "hour"
    return "quarter" if beside <= {0, 900, 1800, 2700} else ""


def groups(db: sqlite3.Connection, by: Grouping, span: Span) -> Groups:
    """The sums over the calls of that time."""
    what, key = _GROUPED[by]
    upto = ledger.summed_upto(db) if what or span.clock else 0
    found: Groups = {}
    if upto:
        for group in groups_of(_merged(db, key, *span.cells(what))):
            add_to(found, group)
    for calls in span.calls(what, upto):
        for group in added_up(db, by, calls).values():
            add_to(found, group)
    return found


def _merged(
    db: sqlite3.Connection, key: str, where: str, values: tuple[str, ...]
) -> sqlite3.Cursor:
    """A row per key and currency, as `ledger_groups` makes them of calls. Packed numbers come as
    hexadecimal digits, because older SQLites end a text that is put together at its first NUL."""
    # Also of cells that no chatui wrote there is a sum: SQLite's end with an error beyond 64 bits.
    sums = ", ".join(
        f"coalesce(sum({each}) FILTER (WHERE {each} BETWEEN 0 AND {MOST_IN_A_CELL}), 0) AS {each}"
        for each in ("calls", "replies", *BUCKETS, "priced")
    )
    packed = ", ".join(
        f"group_concat(hex({each}), '') AS {each}" for each in ("waits", "speeds", "gaps")
    )
    return db.execute(
        f"""SELECT {key} AS key, currency, {sums}, {packed}, {amounts("amount")} AS amounts,
            max(usage_estimated) AS usage_estimated, max(cost_estimated) AS cost_estimated,
            min(source) AS source, max(other_source) AS other_source,
            total(cached) AS cached, total(prompt) AS prompt, max(stall) AS stall
        FROM ledger_cells WHERE {where} GROUP BY 1, 2""",
        values,
    )


def brief(db: sqlite3.Connection, span: Span) -> BriefCalls:
    upto = ledger.summed_upto(db)
    found: BriefCalls = {}
    if upto:
        where, values = span.cells("model")
        rows = db.execute(
            f"""SELECT key AS model, brief, nullif(price, x'') AS price, sum(compared) AS n,
                total(output_sum) AS output, total(output_square) AS square
            FROM ledger_cells WHERE compared BETWEEN 1 AND {MOST_IN_A_CELL} AND {where}
            GROUP BY 1, 2, 3""",
            values,
        )
        found = brief_of(rows)
    for calls in span.calls("model", upto):
        found = put_together(found, brief_calls(db, calls))
    return found


def keep_up(db: sqlite3.Connection) -> bool:
    """Puts the next calls into cells; whether there are more of them. In a transaction that
    writes."""
    after = ledger.summed_upto(db)
    if not after:
        forget(db)
    last = ledger.last_number(db)
    upto = min(last, after + CATCH_UP)
    for function in _FUNCTIONS:
        db.create_function(function.__name__, 1, function, deterministic=True)
    for what, span, period, parts in _KINDS:
        statement = _INSERT.format(period=period, parts=", ".join(parts))
        db.execute(statement, (what, span, after, upto))
    db.execute("INSERT OR REPLACE INTO ledger_summed (place, upto) VALUES (1, ?)", (upto,))
    return last - upto >= ledger.STEP


def forget(db: sqlite3.Connection) -> None:
    """Empties the cells. In a transaction that writes."""
    db.execute("DELETE FROM ledger_cells")
    db.execute("DELETE FROM ledger_summed")


def _either(way: str, column: str) -> str:
    """The less or the greater of two, or the one that is known."""
    return f"{column} = coalesce({way}({column}, excluded.{column}), {column}, excluded.{column})"


_SUMMED: Final = (
    "calls", "replies", *BUCKETS, "priced", "cached", "prompt", "compared", "output_sum",
    "output_square",
)  # fmt: skip
# SQLite puts a group's calls together; a function of ours is called for each group, not each call.
_INSERT: Final = f"""
INSERT INTO ledger_cells (
    what, span, period, key, profile, brief, price, currency, calls, replies,
    {", ".join(BUCKETS)}, usage_estimated, amount, priced, cost_estimated, source, other_source,
    cached, prompt, waits, speeds, gaps, stall, compared, output_sum, output_square
)
SELECT ?, ?, CASE WHEN {FORMED} THEN {{period}} ELSE '' END, {{parts}}, currency,
    count(*), sum({REPLY}),
    {", ".join(f"coalesce({bounded_sum(each)}, 0)" for each in BUCKETS)},
    max(usage_estimated), decimal_text({amounts("amount")}), count(amount),
    max(cost_estimated AND amount IS NOT NULL),
    min(price_source) FILTER (WHERE amount IS NOT NULL),
    max(price_source) FILTER (WHERE amount IS NOT NULL),
    total(cache_read) FILTER (WHERE {REPORTED}), total({PROMPT}) FILTER (WHERE {REPORTED}),
    packed_numbers({WAITS}), packed_numbers({SPEEDS}), packed_numbers({GAPS}), {STALL},
    count(*) FILTER (WHERE {COMPARED}), total(output) FILTER (WHERE {COMPARED}),
    total(1.0 * output * output) FILTER (WHERE {COMPARED})
FROM ledger WHERE number > ? AND number <= ?
GROUP BY 3, 4, 5, 6, 7, 8
ON CONFLICT (
    what, span, period, key, profile, brief, price, currency
) DO UPDATE SET
    {", ".join(f"{each} = {each} + excluded.{each}" for each in _SUMMED)},
    {", ".join(_either("max", each) for each in ("usage_estimated", "cost_estimated", "stall"))},
    {_either("min", "source")}, {_either("max", "other_source")},
    amount = coalesce(
        decimal_text(CAST(amount || char(31) || excluded.amount AS BLOB)), amount, excluded.amount
    ),
    {
    ", ".join(
        f"{each} = sorted_numbers(hex({each}) || hex(excluded.{each}))"
        for each in ("waits", "speeds", "gaps")
    )
}
"""
