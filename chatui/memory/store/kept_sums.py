"""The ledger's sums over all days, kept as far as it went then: only the calls booked since are
added up anew. The ledger only grows at its end, and a row of it changes in nothing but a
conversation that is removed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from chatui.cost.stats.values import Grouping, StatsRow
from chatui.memory.store import ledger
from chatui.memory.store.brevity import BriefCalls, Tally, brief_calls, put_together
from chatui.memory.store.codec import (
    UNREADABLE,
    Json,
    cost_from_json,
    cost_to_json,
    real_of,
    usage_from_json,
    usage_to_json,
)
from chatui.memory.store.database import text_of, time_text
from chatui.memory.store.ledger_groups import Calls, Group, Groups, add_to, added_up

WORTH_KEEPING = 5_000
"""Calls, of which each takes about 5 µs to be added up."""
BREVITY = "brevity"


def midnight(day: date) -> datetime:
    """With which that day begins, in the zone as it was then."""
    return datetime(day.year, day.month, day.day).astimezone()


def with_newer(db: sqlite3.Connection, by: Grouping, started: str) -> Groups:
    """The sums over all calls begun at that time or later; those that are kept were as well."""
    upto, groups = _kept(db, by)
    for group in added_up(db, by, Calls(started, upto)).values():
        add_to(groups, group)
    return groups


def brief_with_newer(db: sqlite3.Connection, started: str) -> BriefCalls:
    upto, kept = _kept_brief(db)
    return put_together(kept, brief_calls(db, Calls(started, upto)))


def is_behind(db: sqlite3.Connection, by: Grouping) -> bool:
    """Whether so much was booked since that it is worth keeping."""
    return ledger.last_number(db) - _kept(db, by)[0] > WORTH_KEEPING


def keep(db: sqlite3.Connection, by: Grouping, started: str) -> None:
    """Brings what is kept up to the last call. In a transaction that writes."""
    groups = with_newer(db, by, started)
    times = array("d")
    for group in groups.values():
        for one in (group.waits, group.speeds, group.gaps):
            times.extend(sorted(one))
    sums = [_to_json(group) for group in groups.values()]
    _save(db, by, sums, _portable(times).tobytes(), _zone(groups) if by == "day" else "")
    brief = brief_with_newer(db, started)
    _save(db, BREVITY, [[*key, *tally] for key, tally in brief.items()])


def _save(
    db: sqlite3.Connection, what: str, sums: Sequence[Any], times: bytes = b"", zone: str = ""
) -> None:
    db.execute(
        "INSERT OR REPLACE INTO ledger_sums (what, upto, zone, sums, times) VALUES (?, ?, ?, ?, ?)",
        (what, ledger.last_number(db), zone, json.dumps(sums), times),
    )


def _kept(db: sqlite3.Connection, by: Grouping) -> tuple[int, Groups]:
    """What can still be gone on from, and up to which number; else nothing and 0."""
    row = _row(db, by)
    if row is None:
        return 0, {}
    try:
        groups = _from_json(json.loads(text_of(row["sums"])), row["times"])
        is_sound = by != "day" or row["zone"] == _zone(groups)
    except (*UNREADABLE, KeyError):
        is_sound = False
    if not is_sound:
        return 0, {}
    if by == "conversation":
        groups = _without_removed(db, groups)
    return row["upto"], groups


def _kept_brief(db: sqlite3.Connection) -> tuple[int, BriefCalls]:
    row = _row(db, BREVITY)
    if row is None:
        return 0, {}
    try:
        return row["upto"], {
            (model, bool(concise), price): Tally(int(n), float(output), float(square))
            for model, concise, price, n, output, square in json.loads(text_of(row["sums"]))
        }
    except (*UNREADABLE, KeyError):
        return 0, {}


def _row(db: sqlite3.Connection, what: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM ledger_sums WHERE what = ?", (what,)
    ).fetchone()
    if found is None or not isinstance(found["upto"], int):
        return None
    return found if 0 < found["upto"] <= ledger.last_number(db) else None


def _to_json(group: Group) -> Json:
    row = group.row
    return {
        "key": row.key,
        "calls": row.calls,
        "replies": row.replies,
        "usage": usage_to_json(row.usage),
        "priced": [cost_to_json(cost) for cost in row.priced],
        "unpriced": row.unpriced,
        "prompt": row.reported_prompt,
        "cached": row.reported_cached,
        "stall": row.longest_stall,
        "brief": group.brief,
        "times": [len(group.waits), len(group.speeds), len(group.gaps)],
    }


def _from_json(data: Sequence[Json], times: Any) -> Groups:
    """Raises what comes of data of another make."""
    values = array("d")
    values.frombytes(times)
    values = _portable(values)
    groups: Groups = {}
    at = 0
    for one in data:
        key = one["key"]
        if key is not None and not isinstance(key, str):
            raise ValueError(f"{key!r} is no key")
        row = StatsRow(
            key=key,
            calls=int(one["calls"]),
            replies=int(one["replies"]),
            usage=usage_from_json(one["usage"]),
            priced=tuple(cost_from_json(cost) for cost in one["priced"]),
            unpriced=int(one["unpriced"]),
            reported_prompt=int(one["prompt"]),
            reported_cached=int(one["cached"]),
            longest_stall=real_of(one["stall"]),
        )
        parts = []
        for count in one["times"]:
            parts.append(values[at : at + count])
            at += count
        waits, speeds, gaps = parts
        groups[row.key] = Group(row, waits, speeds, gaps, brief=bool(one["brief"]))
    if at != len(values):
        raise ValueError("these are the times of other sums")
    return groups


def _portable(values: array[float]) -> array[float]:
    """From this machine's order of bytes to that of the file, or back."""
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _zone(groups: Groups) -> str:
    """A fingerprint of when the days begin and end: in another zone these are other days."""
    days = [date.fromisoformat(day) for day in groups if day is not None]
    moments = (text for day in sorted(days) for text in (_beginning(day), _beginning(day, 1)))
    return hashlib.sha256(" ".join(moments).encode()).hexdigest()


def _beginning(day: date, later: int = 0) -> str:
    try:
        return time_text(midnight(day + timedelta(days=later)))
    except (OverflowError, ValueError, OSError):
        # At an end of the calendar there is but one such day.
        return f"{day} {later}"


def _without_removed(db: sqlite3.Connection, groups: Groups) -> Groups:
    """What conversations cost that were removed since is put together, as the ledger has it."""
    there = {id_ for (id_,) in db.execute("SELECT id FROM conversations")}
    found: Groups = {}
    for key, group in groups.items():
        if key not in there:
            group.row = replace(group.row, key=None)
        add_to(found, group)
    return found
