"""The ledger in sums and shares, over some days or all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from chatui.cost.stats.calendar import first_of, unit_of
from chatui.cost.stats.values import Grouping, Stats, StatsRow, Unit
from chatui.memory.store import kept_sums
from chatui.memory.store.brevity import compared
from chatui.memory.store.database import UNKNOWN_TIME, text_of, time_text
from chatui.memory.store.ledger_groups import Group, Groups

ALL_TIME = time_text(UNKNOWN_TIME)


def read(db: sqlite3.Connection, by: Grouping, days: int, now: datetime) -> Stats:
    """The last `days` days, today included; 0 stands for all. `now` is in local time."""
    until = now.date()
    first = _first_day(db) or until
    since = until - timedelta(days=days - 1) if days else first
    clock = kept_sums.clock_of_days(max(since, first), until)
    span = kept_sums.Span(None if since <= first else since, clock)
    groups = kept_sums.groups(db, by, span)
    rows = tuple(_ordered(db, by, groups))
    unit = unit_of((until - since).days + 1)
    return Stats(
        by=by,
        days=days,
        since=since,
        until=until,
        total=_total(groups.values()),
        rows=rows,
        unit=unit,
        periods=tuple(_periods(groups, unit)) if by == "day" else (),
        brevity=compared(kept_sums.brief(db, span)),
    )


def _first_day(db: sqlite3.Connection) -> date | None:
    query = "SELECT date(min(started), 'localtime') FROM ledger WHERE started >= ?"
    (day,) = db.execute(query, (ALL_TIME,)).fetchone()
    return date.fromisoformat(day) if day else None


def _total(groups: Iterable[Group]) -> StatsRow:
    total = Group(StatsRow(key=None))
    for group in groups:
        total.add(group)
    return total.finished()


def _ordered(db: sqlite3.Connection, by: Grouping, groups: Groups) -> list[StatsRow]:
    rows = [group.finished() for group in groups.values()]
    if by == "day":
        return sorted(rows, key=lambda row: row.key or "")
    if by == "conversation":
        titles = dict(db.execute("SELECT id, title FROM conversations").fetchall())
        rows = [replace(row, title=text_of(titles.get(row.key))) for row in rows]
    return sorted(rows, key=lambda row: (-row.usage.total, row.key or ""))


def _periods(groups: Groups, unit: Unit) -> list[StatsRow]:
    """The days put together to weeks or months."""
    found: dict[str, Group] = {}
    for day in sorted(name for name in groups if name is not None):
        key = first_of(date.fromisoformat(day), unit).isoformat()
        found.setdefault(key, Group(StatsRow(key=key))).add(groups[day])
    return [group.finished() for group in found.values()]
