"""SQLite's write-ahead log, switched on in a file that several processes may create at once."""

from __future__ import annotations

import sqlite3
import time

POLL_SECONDS = 0.01
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def use_write_ahead_log(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Waits up to `busy_seconds` for others. Raises sqlite3.OperationalError after that."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite's own waiting does not cover this switch.
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def is_busy(error: Exception) -> bool:
    """Whether another connection is in the way, and not a fault of the file. The primary
    code is the low byte of SQLite's extended ones."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in BUSY
