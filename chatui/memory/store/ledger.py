"""Queries on the ledger, which has a row for every call, and on the models used last."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Any

from chatui.domain.usage import Cost, Usage, total_cost
from chatui.memory.records import LedgerRow, LongGaps
from chatui.memory.store.codec import amount_of, decoded, real_of
from chatui.memory.store.database import now, storable, text_of, time_of, time_text

CALL = """kind, model, started, input, cache_read, cache_write, output, reasoning,
    usage_estimated, raw_usage, amount, currency, price_source, cost_estimated, price, ttft,
    seconds, outcome, profile, concise, streamed, gap_p95, gap_longest"""
"""The columns of what a row says of its call; `call_values` has them in the same order."""


STEP = 500
"""Rows that may be newer than the sums that are kept; each takes about 5 µs to be added up."""


def book(connection: sqlite3.Connection, row: LedgerRow) -> None:
    """Adds the row. A conversation that was removed meanwhile is left out of it: the money
    was spent all the same."""
    values = call_values(row)
    connection.execute(
        f"""INSERT INTO ledger (conversation, turn, {CALL})
        VALUES ((SELECT id FROM conversations WHERE id = ?), (SELECT id FROM turns WHERE id = ?)
            {", ?" * len(values)})""",
        (row.conversation_id, row.turn_id, *values),
    )


def call_values(row: LedgerRow) -> tuple[Any, ...]:
    usage, cost = row.usage, row.cost
    return (
        row.kind,
        storable(row.model),
        time_text(row.started),
        usage.input,
        usage.cache_read,
        usage.cache_write,
        usage.output,
        usage.reasoning,
        usage.estimated,
        _json_text(row.raw_usage),
        None if cost.amount is None else str(cost.amount),
        cost.currency,
        cost.source,
        cost.estimated,
        _json_text(row.price),
        row.ttft,
        row.seconds,
        storable(row.outcome),
        None if row.profile is None else storable(row.profile),
        row.concise,
        row.streamed,
        row.gaps.p95 if row.gaps else None,
        row.gaps.longest if row.gaps else None,
    )


def _json_text(data: Any) -> str | None:
    # Decimals and dates of a price row become text, which shows them exactly.
    return None if data is None else json.dumps(dict(data), default=str)


def read(
    connection: sqlite3.Connection, conversation: str | None, since: datetime | None
) -> list[LedgerRow]:
    """Oldest first; None stands for every conversation, and for the beginning of time."""
    condition, values = _condition(conversation, since)
    found = connection.execute(
        f"SELECT * FROM ledger WHERE {condition} ORDER BY started, number", values
    )
    return [row_of(row) for row in found]


def _condition(conversation: str | None, since: datetime | None) -> tuple[str, tuple[object, ...]]:
    """Built from what is asked for, so that SQLite can choose the index that fits."""
    started = time_text(since) if since else ""
    if conversation is None:
        return "started >= ?", (started,)
    return "conversation = ? AND started >= ?", (conversation, started)


def row_of(row: sqlite3.Row) -> LedgerRow:
    streamed = real_of(row["streamed"])
    return LedgerRow(
        kind=text_of(row["kind"]),
        model=text_of(row["model"]),
        started=time_of(row["started"]),
        usage=usage_of(row),
        cost=_cost(row),
        conversation_id=row["conversation"],
        turn_id=row["turn"],
        raw_usage=decoded(row["raw_usage"], dict),
        price=decoded(row["price"], dict),
        ttft=real_of(row["ttft"]),
        seconds=real_of(row["seconds"]) or 0.0,
        outcome=text_of(row["outcome"]),
        profile=None if row["profile"] is None else text_of(row["profile"]),
        concise=bool(row["concise"]),
        streamed=None if streamed is None else int(streamed),
        gaps=_gaps(row),
    )


def _gaps(row: sqlite3.Row) -> LongGaps | None:
    p95, longest = real_of(row["gap_p95"]), real_of(row["gap_longest"])
    return None if p95 is None or longest is None else LongGaps(p95, longest)


def usage_of(row: sqlite3.Row) -> Usage:
    """Of a row of the ledger, or of a sum over some of its rows."""

    def count(name: str) -> int:
        return int(real_of(row[name]) or 0)

    return Usage(
        count("input"),
        count("cache_read"),
        count("cache_write"),
        count("output"),
        count("reasoning"),
        bool(row["usage_estimated"]),
    )


def _cost(row: sqlite3.Row) -> Cost:
    return Cost(
        amount_of(row["amount"]),
        text_of(row["currency"]),
        text_of(row["price_source"]),
        bool(row["cost_estimated"]),
    )


def costs(
    connection: sqlite3.Connection,
    conversation: str | None,
    since: datetime | None,
) -> tuple[Cost, ...]:
    """What was spent, one sum per currency; exact, as Decimals are added, not floats."""
    return total_cost(costs_after(connection, conversation, since, 0))


def costs_after(
    connection: sqlite3.Connection, conversation: str | None, since: datetime | None, after: int
) -> list[Cost]:
    """Of each row behind the number `after`, in the order in which they began."""
    table, (condition, values) = "ledger", _condition(conversation, since)
    if after:
        # The few new rows are found by their numbers, not by the index of all those of a day.
        table, condition = "ledger NOT INDEXED", f"number > ? AND {condition}"
        values = (after, *values)
    found = connection.execute(
        "SELECT amount, currency, price_source, cost_estimated"
        f" FROM {table} WHERE {condition} ORDER BY started, number",
        values,
    )
    return [_cost(row) for row in found]


def last_number(connection: sqlite3.Connection) -> int:
    """The number of the newest row; 0 when there is none."""
    (number,) = connection.execute("SELECT max(number) FROM ledger").fetchone()
    return number or 0


def summed_upto(connection: sqlite3.Connection) -> int:
    """The number of the last row that is in `kept_sums`; 0 for none, also where the ledger doesn't
    go as far, so that the sums are those of another one."""
    row = connection.execute("SELECT upto FROM ledger_summed").fetchone()
    upto = row[0] if row else 0
    return upto if isinstance(upto, int) and 0 < upto <= last_number(connection) else 0


def is_behind(connection: sqlite3.Connection) -> bool:
    """Whether the next rows should be put into `kept_sums`."""
    return last_number(connection) - summed_upto(connection) >= STEP


def remember_model(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(
        "INSERT INTO models_used (name, used) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET used = excluded.used",
        (storable(name), time_text(now())),
    )


def recent_models(connection: sqlite3.Connection, limit: int) -> list[str]:
    found = connection.execute(
        "SELECT name FROM models_used ORDER BY used DESC, rowid DESC LIMIT ?", (limit,)
    )
    return [row["name"] for row in found]
