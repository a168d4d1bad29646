from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from chatui.system.sqlite import use_write_ahead_log

CONNECTIONS = 8


def test_many_that_create_a_file_at_once_all_get_their_log(tmp_path: Path) -> None:
    def create(path: Path, together: Barrier) -> str:
        connection = sqlite3.connect(path, timeout=0)
        together.wait()
        use_write_ahead_log(connection, 30)
        mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
        connection.close()
        return mode

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for attempt in range(20):
            path, together = tmp_path / f"{attempt}.db", Barrier(CONNECTIONS)
            modes = threads.map(create, [path] * CONNECTIONS, [together] * CONNECTIONS)
            assert set(modes) == {"wal"}


def test_a_file_that_stays_locked_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(sqlite3.OperationalError):
        use_write_ahead_log(sqlite3.connect(path, timeout=0), 0.1)

    holder.close()
