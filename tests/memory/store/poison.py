"""Values that no chatui writes, in every kind of row that is read."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

SURROGATE = "CAST(x'eda080' AS TEXT)"
"""A lone one, as UTF-8 may not have it."""
VALUES = (
    "NULL",
    "''",
    "'0001-01-01T00:00:00+00:00'",
    "'9999-12-31T23:59:59.999999+00:00'",
    "'yesterday'",
    "'2026-13-45'",
    SURROGATE,
    "x'00ff'",
    "'\x1b]52;c;eA==\x07'",
    "9e999",
    "-9e999",
    "9223372036854775807",
    "-1",
    "1.5",
    "'NaN'",
    "'Infinity'",
    "'{'",
    "'[]'",
    "'null'",
    "'[1, 2]'",
    '\'{"input": 1e999, "amount": "x", "seconds": []}\'',
    '\'[{"score": Infinity, "rank": 1, "text": "t"}]\'',
    "'[[1, 99], [1], 7]'",
)
COLUMNS = {
    "conversations": ("title", "created", "updated", "model", "move"),
    "turns": ("depth", "state", "writer", "pinned", "asked", "window_start", "window_cap",
              "window_cut", "reasoning", "finish_reason", "error", "usage", "cost", "timing",
              "searched", "passages", "citations", "dangling"),
    "messages": ("name", "content", "model", "created", "role"),
    "ledger": ("kind", "model", "started", "input", "cache_read", "output", "reasoning",
               "usage_estimated", "raw_usage", "amount", "currency", "price_source",
               "cost_estimated", "price", "ttft", "seconds", "outcome", "profile", "concise"),
    "notes": ("text", "state", "created", "updated"),
    "summaries": ("text", "kind", "model", "turns", "created", "focus"),
}  # fmt: skip


def poison(path: Path, table: str, value: str) -> None:
    """Puts the value into each column of the table's first row that takes it."""
    with closing(sqlite3.connect(path)) as db:
        # Whoever writes past chatui has not its triggers either.
        for (name,) in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for column in COLUMNS[table]:
            with suppress(sqlite3.IntegrityError):
                db.execute(
                    f"UPDATE {table} SET {column} = {value}"
                    f" WHERE rowid = (SELECT min(rowid) FROM {table})"
                )
        db.commit()
