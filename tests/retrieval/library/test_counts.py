from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatui.retrieval.library import counts
from chatui.retrieval.library.counts import Counts


class Counted:
    """Rows of a table, and how often somebody has looked."""

    def __init__(self) -> None:
        self.looked: list[object] = []

    def above(self, db: sqlite3.Connection, number: int) -> int:
        self.looked.append(number)
        statement = "SELECT count(*) FROM numbers WHERE number > ?"
        return int(db.execute(statement, (number,)).fetchone()[0])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.db"


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE numbers (number INTEGER)")
        opened.execute("INSERT INTO numbers VALUES (1), (2), (3)")
        yield opened


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_what_was_counted_is_not_counted_again(db: sqlite3.Connection, counted: Counted) -> None:
    kept = Counts()

    assert [kept.of(db, counted.above, 1), kept.of(db, counted.above, 2)] == [2, 1]
    assert [kept.of(db, counted.above, 1), kept.of(db, counted.above, 2)] == [2, 1]
    assert counted.looked == [1, 2]


def test_a_change_of_its_own_has_it_counted_anew(db: sqlite3.Connection, counted: Counted) -> None:
    kept = Counts()
    assert kept.of(db, counted.above, 1) == 2

    db.execute("INSERT INTO numbers VALUES (4)")

    assert kept.of(db, counted.above, 1) == 3


def test_a_change_of_another_process_has_it_counted_anew(
    db: sqlite3.Connection, file: Path, counted: Counted
) -> None:
    kept = Counts()
    assert kept.of(db, counted.above, 1) == 2

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("DELETE FROM numbers WHERE number = 3")

    assert kept.of(db, counted.above, 1) == 1


def test_rows_that_match_are_counted_once(db: sqlite3.Connection) -> None:
    db.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
    db.execute("INSERT INTO words VALUES ('ferry'), ('ferry and bridge'), ('moon')")
    kept = Counts()
    assert kept.rows(db, "words", "ferry", 10) == 2
    looked: list[str] = []
    db.set_trace_callback(looked.append)

    assert kept.rows(db, "words", "ferry", 10) == 2
    assert kept.rows(db, "words", "moon", 10) == 1

    matched = [one for one in looked if "MATCH" in one]
    assert len(matched) == 1
    assert "moon" in matched[0]


def test_no_more_is_kept_than_so_many(
    db: sqlite3.Connection, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_KEPT", 3)
    kept = Counts()
    for number in range(10):
        kept.of(db, counted.above, number)
    counted.looked.clear()

    for number in range(10):
        kept.of(db, counted.above, number)

    assert len(counted.looked) > 5
