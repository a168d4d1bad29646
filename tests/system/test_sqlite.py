from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from chatui.system.sqlite import (
    ForeignDatabase,
    Schema,
    TablesMissing,
    VersionMismatch,
    backup_of,
    connect,
    is_busy,
    is_damage,
    snapshot,
    transaction,
    use_write_ahead_log,
)
from tests.patience import PATIENCE

CONNECTIONS = 8

SCHEMA = Schema(
    3,
    """
    -- What is said; a semicolon in a comment is none.
    CREATE TABLE said (text TEXT NOT NULL, loud TEXT);
    CREATE TRIGGER raise_voice AFTER INSERT ON said BEGIN
        UPDATE said SET loud = shouted(new.text) WHERE rowid = new.rowid;
    END;
    INSERT INTO said (text) VALUES ('begun;');
    """,
)


def shouted(text: str) -> str:
    return text.upper()


def open_file(path: Path, schema: Schema = SCHEMA, busy_seconds: float = 0.0) -> sqlite3.Connection:
    return connect(
        path,
        schema,
        busy_seconds=busy_seconds,
        pragmas={"trusted_schema": "ON", "synchronous": "NORMAL"},
        functions=[shouted],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "said.db"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_file(path)) as opened:
        yield opened


def said(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return db.execute("SELECT text, loud FROM said ORDER BY rowid").fetchall()


def say(db: sqlite3.Connection, text: str) -> None:
    db.execute("INSERT INTO said (text) VALUES (?)", (text,))


def setting(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_and_its_folder_are_the_users_own(db: sqlite3.Connection, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_file_gets_its_tables(db: sqlite3.Connection) -> None:
    assert said(db) == [("begun;", "BEGUN;")]
    assert setting(db, "user_version") == 3


def test_a_connection_has_a_log_foreign_keys_and_what_was_asked_for(db: sqlite3.Connection) -> None:
    normal = 1

    assert setting(db, "journal_mode") == "wal"
    assert setting(db, "foreign_keys") == 1
    assert setting(db, "synchronous") == normal


def test_a_file_that_has_its_tables_is_opened_as_it_is(db: sqlite3.Connection, path: Path) -> None:
    say(db, "yes")
    with closing(open_file(path)) as again:
        assert said(again) == [("begun;", "BEGUN;"), ("yes", "YES")]


@pytest.mark.parametrize(("version", "older"), [(2, True), (4, False)])
def test_a_file_of_another_version_is_refused_and_left_alone(
    path: Path, version: int, older: bool
) -> None:
    with closing(open_file(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    content = path.read_bytes()

    with pytest.raises(VersionMismatch) as refused:
        open_file(path)

    assert refused.value.older is older
    assert path.read_bytes() == content


def test_tables_that_cannot_all_be_made_are_not_made_at_all(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        open_file(path, Schema(3, "CREATE TABLE half (way TEXT);\nNONSENSE;"))

    with closing(open_file(path)) as db:
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert tables == [("said",)]


def test_many_that_create_a_file_at_once_all_get_their_log(tmp_path: Path) -> None:
    def create(path: Path, together: Barrier) -> object:
        # Without SQLite's own waiting, which covers this only mostly.
        with closing(sqlite3.connect(path, timeout=0)) as db:
            together.wait()
            use_write_ahead_log(db, PATIENCE)
            return setting(db, "journal_mode")

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for attempt in range(20):
            path, together = tmp_path / f"{attempt}.db", Barrier(CONNECTIONS)
            modes = threads.map(create, [path] * CONNECTIONS, [together] * CONNECTIONS)
            assert set(modes) == {"wal"}


def test_many_that_create_a_file_at_once_make_its_tables_once(tmp_path: Path) -> None:
    def create(path: Path, together: Barrier) -> int:
        together.wait()
        with closing(open_file(path, busy_seconds=PATIENCE)) as db:
            return len(said(db))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        for attempt in range(5):
            path, together = tmp_path / f"{attempt}.db", Barrier(CONNECTIONS)
            rows = threads.map(create, [path] * CONNECTIONS, [together] * CONNECTIONS)
            assert set(rows) == {1}


def test_a_file_that_stays_locked_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as given_up:
            open_file(path, busy_seconds=0.1)

    assert is_busy(given_up.value)


def test_a_transaction_writes_all_or_nothing(db: sqlite3.Connection) -> None:
    with transaction(db):
        say(db, "kept")
    with pytest.raises(ZeroDivisionError), transaction(db):
        say(db, "taken back")
        raise ZeroDivisionError

    assert [text for text, _ in said(db)] == ["begun;", "kept"]
    assert not db.in_transaction


def test_a_transaction_keeps_other_writers_out_from_its_beginning(
    db: sqlite3.Connection, path: Path
) -> None:
    with closing(open_file(path)) as other:
        with transaction(db), pytest.raises(sqlite3.OperationalError) as refused:
            other.execute("BEGIN IMMEDIATE")
        assert is_busy(refused.value)


def test_an_error_that_rolled_back_by_itself_is_the_one_that_is_told(
    db: sqlite3.Connection,
) -> None:
    db.execute("CREATE UNIQUE INDEX once ON said(text)")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"), transaction(db):
        say(db, "lost")
        db.execute("INSERT OR ROLLBACK INTO said (text) VALUES ('begun;')")

    assert [text for text, _ in said(db)] == ["begun;"]


def test_a_snapshot_does_not_see_what_others_write_meanwhile(
    db: sqlite3.Connection, path: Path
) -> None:
    with closing(open_file(path)) as other:
        with snapshot(db):
            before = said(db)
            say(other, "new")
            assert said(db) == before
        assert len(said(db)) == len(before) + 1


GROWN = Schema(
    5,
    SCHEMA.script + "CREATE TABLE heard (text TEXT);",
    {
        3: "ALTER TABLE said ADD COLUMN mood TEXT;",
        4: "CREATE TABLE heard (text TEXT);\nINSERT INTO heard SELECT text FROM said;",
    },
)


def test_an_older_file_is_brought_up_to_date_step_by_step(path: Path) -> None:
    open_file(path).close()
    with closing(open_file(path, GROWN)) as db:
        assert db.execute("SELECT text, mood FROM said").fetchall() == [("begun;", None)]
        assert db.execute("SELECT text FROM heard").fetchall() == [("begun;",)]
        assert setting(db, "user_version") == 5


def test_a_file_is_copied_whole_before_its_tables_change(path: Path) -> None:
    with closing(open_file(path)) as db:
        # What the log alone has is copied as well, while others have the file open.
        say(db, "yes")
        open_file(path, GROWN).close()

    copy = backup_of(path, 3)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(open_file(copy)) as db:
        assert said(db) == [("begun;", "BEGUN;"), ("yes", "YES")]
        assert setting(db, "integrity_check") == "ok"


def test_a_step_that_fails_leaves_the_file_and_its_copy(path: Path) -> None:
    open_file(path).close()
    with pytest.raises(sqlite3.OperationalError):
        open_file(path, Schema(4, SCHEMA.script, {3: "DELETE FROM said;\nNONSENSE;"}))

    for file in (path, backup_of(path, 3)):
        with closing(open_file(file)) as db:
            assert said(db) == [("begun;", "BEGUN;")]


def test_without_a_copy_nothing_is_changed(path: Path) -> None:
    open_file(path).close()
    backup_of(path, 3).mkdir()
    with pytest.raises(OSError, match="irectory"):
        open_file(path, GROWN)

    with closing(open_file(path)) as db:
        assert said(db) == [("begun;", "BEGUN;")]


def test_a_new_file_needs_no_copy(path: Path) -> None:
    open_file(path, GROWN).close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_many_that_bring_a_file_up_to_date_at_once_do_it_once(path: Path) -> None:
    open_file(path).close()
    together = Barrier(CONNECTIONS)

    def update(_: int) -> int:
        together.wait()
        with closing(open_file(path, GROWN, busy_seconds=PATIENCE)) as db:
            return len(db.execute("SELECT text FROM heard").fetchall())

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        assert set(threads.map(update, range(CONNECTIONS))) == {1}


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    content = path.read_bytes()
    with pytest.raises(ForeignDatabase):
        open_file(path)

    assert path.read_bytes() == content


def test_a_file_without_one_of_its_tables_is_damaged(path: Path) -> None:
    with closing(open_file(path)) as db:
        db.execute("DROP TABLE said")
    with pytest.raises(TablesMissing) as found:
        open_file(path)

    assert is_damage(found.value)
