"""The ledger in sums and shares, over some days or all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chatui.cost.stats.brevity import Brevity
from chatui.cost.stats.calendar import first_of, unit_of
from chatui.cost.stats.values import Grouping, Stats, StatsRow, Unit
from chatui.memory.store import kept_sums
from chatui.memory.store.brevity import brief_calls, compared
from chatui.memory.store.database import UNKNOWN_TIME, text_of, time_text
from chatui.memory.store.ledger_groups import Calls, Group, Groups, added_up

ALL_TIME = time_text(UNKNOWN_TIME)
FEW = 4
"""A part of so many of the ledger's days is looked up; of more, all rows are gone through."""


@dataclass(frozen=True, slots=True)
class _Days:
    since: date
    until: date
    first: date
    """That of the first call."""

    @property
    def are_all(self) -> bool:
        return self.since <= self.first

    @property
    def calls(self) -> Calls:
        if self.are_all:
            return Calls(ALL_TIME)
        asked, there = (self.until - day for day in (self.since, self.first))
        return Calls(time_text(kept_sums.midnight(self.since)), few=FEW * asked <= there)


def _days(db: sqlite3.Connection, days: int, now: datetime) -> _Days:
    today = now.date()
    first = _first_day(db) or today
    return _Days(today - timedelta(days=days - 1) if days else first, today, first)


def keep(db: sqlite3.Connection, by: Grouping) -> None:
    """Adds the sums over all days up as far as the ledger goes. In a transaction that writes."""
    kept_sums.keep(db, by, ALL_TIME)


def is_worth_keeping(db: sqlite3.Connection, by: Grouping, days: int, now: datetime) -> bool:
    """Whether `keep` will have made this and later statistics much quicker."""
    return _days(db, days, now).are_all and kept_sums.is_behind(db, by)


def read(db: sqlite3.Connection, by: Grouping, days: int, now: datetime) -> Stats:
    """The last `days` days, today included; 0 stands for all. `now` is in local time."""
    asked = _days(db, days, now)
    if asked.are_all:
        groups = kept_sums.with_newer(db, by, ALL_TIME)
    else:
        groups = added_up(db, by, asked.calls)
    unit = unit_of((asked.until - asked.since).days + 1)
    return Stats(
        by=by,
        days=days,
        since=asked.since,
        until=asked.until,
        total=_total(groups.values()),
        rows=tuple(_ordered(db, by, groups)),
        unit=unit,
        periods=tuple(_periods(groups, unit)) if by == "day" else (),
        # Looking for one that was asked to be brief takes as long as summing up.
        brevity=_brevity(db, asked) if any(one.brief for one in groups.values()) else (),
    )


def _brevity(db: sqlite3.Connection, asked: _Days) -> tuple[Brevity, ...]:
    if asked.are_all:
        return compared(kept_sums.brief_with_newer(db, ALL_TIME))
    return compared(brief_calls(db, asked.calls))


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
