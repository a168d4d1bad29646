"""Files that cannot be opened, older files, newer files, and how little opening loads."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from chatui.domain.errors import StoreError
from chatui.memory.store.database import connect
from chatui.memory.store.schema import MIGRATIONS, migrate
from chatui.memory.store.store import ChatStore


def schema_of(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    ).fetchall()
    connection.close()
    return rows


def write_version(path: Path, version: int) -> None:
    connection = connect(path, 1)
    migrate(connection, MIGRATIONS[:version])
    connection.close()


async def open_and_close(path: Path) -> None:
    store = await ChatStore.open(path, busy_seconds=0.05)
    await store.close()


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
async def test_every_older_file_becomes_what_a_new_one_is(tmp_path: Path, version: int) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    write_version(old, version)
    await open_and_close(old)
    await open_and_close(new)
    assert schema_of(old) == schema_of(new)


async def test_what_an_older_file_holds_is_still_there(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    write_version(path, 1)
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO conversations (id, title, created, updated) VALUES"
        " ('c', 'Old', '2026-01-01T00:00:00.000000+00:00', '2026-01-01T00:00:00.000000+00:00')"
    )
    connection.commit()
    connection.close()
    store = await ChatStore.open(path)
    assert (await store.load("c")).title == "Old"
    await store.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    write_version(path, 1)
    before = schema_of(path)
    connection = connect(path, 1)
    broken = (MIGRATIONS[0], MIGRATIONS[1], type(MIGRATIONS[0])("broken", ("NONSENSE",)))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, broken)
    connection.close()
    assert schema_of(path) == before


def test_the_names_of_migrations_differ() -> None:
    assert len({migration.name for migration in MIGRATIONS}) == len(MIGRATIONS)


async def test_a_file_of_a_newer_chatui_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    await open_and_close(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer chatui: update"):
        await open_and_close(path)


@pytest.mark.parametrize("content", [b"This is not a database. " * 100, b"SQLite format 3\0junk"])
async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged or not a chat database"):
        await open_and_close(path)
    assert path.read_bytes() == content


async def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    store = await ChatStore.open(path)
    conversation = await store.create()
    for _ in range(20):
        await store.begin_turn(conversation.id, "x" * 3000)
    await store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(StoreError, match="damaged"):
        damaged = await ChatStore.open(path)
        try:
            await damaged.load(conversation.id)
        finally:
            await damaged.close()


async def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--data-dir"):
        await open_and_close(tmp_path)


async def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="--data-dir"):
        await open_and_close(tmp_path / "data" / "chats.db")


def modules_after(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_store_loads_nothing_beyond_the_standard_library() -> None:
    loaded = modules_after("import chatui.memory.store.store, chatui.memory.transfer")
    assert loaded - modules_after("pass") - sys.stdlib_module_names == {"chatui"}
