from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
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

    def named(self, db: sqlite3.Connection, within: int, names: Sequence[str]) -> dict[str, int]:
        self.looked.append(tuple(names))
        return {name: within * self.above(db, int(name)) for name in names}


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


def test_of_several_names_only_new_ones_are_counted(
    db: sqlite3.Connection, counted: Counted
) -> None:
    kept = Counts()
    assert kept.of_each(db, counted.named, 10, ["1", "2"]) == {"1": 20, "2": 10}
    counted.looked.clear()

    assert kept.of_each(db, counted.named, 10, ["2", "0"]) == {"2": 10, "0": 30}
    assert kept.of_each(db, counted.named, 1, ["2"]) == {"2": 1}
    assert counted.looked == [("0",), 0, ("2",), 2]


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
