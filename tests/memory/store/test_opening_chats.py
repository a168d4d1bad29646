"""Files that cannot be opened, older files, newer files, and how little opening loads."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.errors import StoreError
from chatui.domain.usage import Usage
from chatui.memory.policy import MemoryChoice
from chatui.memory.records import LedgerRow, WindowMark
from chatui.memory.store.database import FUNCTIONS, now
from chatui.memory.store.schema import SCHEMA
from chatui.memory.store.store import OLDER, ChatStore
from tests.database_shape import shape_of


def write_file_of_the_migrations(path: Path) -> None:
    """A chats.db as those have it that were made before there was one schema."""
    with closing(sqlite3.connect(path)) as db:
        for function in FUNCTIONS:
            db.create_function(function.__name__, 1, function, deterministic=True)
        db.execute("PRAGMA trusted_schema = ON")
        db.executescript(Path(__file__).with_name("chats_15.sql").read_text())


async def open_and_close(path: Path) -> None:
    store = await ChatStore.open(path, busy_seconds=0.05)
    await store.close()


async def test_a_file_of_the_migrations_is_made_of_what_a_new_one_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    write_file_of_the_migrations(old)
    await open_and_close(old)
    await open_and_close(new)
    assert shape_of(old) == shape_of(new)


async def test_it_is_told_once_that_an_earlier_file_is_brought_up_to_date(tmp_path: Path) -> None:
    told: list[str] = []
    write_file_of_the_migrations(tmp_path / "old.db")
    for name in ("old.db", "old.db", "new.db"):
        store = await ChatStore.open(tmp_path / name, on_warning=told.append)
        await store.close()

    assert told == [OLDER]


async def test_what_a_file_of_the_migrations_holds_is_there_and_can_be_gone_on_from(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chats.db"
    write_file_of_the_migrations(path)
    store = await ChatStore.open(path)
    (row,) = await store.rows()
    loaded = await store.load(row.id)
    river, lake = loaded.turns
    assert (river.turn.question, river.turn.searched) == (
        "How high did the river rise?",
        "river height",
    )
    assert (river.turn.reply.text, river.turn.reply.reasoning) == ("By two feet [1].", "Thinking.")
    assert river.turn.reply.usage == Usage(100, 0, 0, 20, 5)
    assert [passage.text for passage in river.turn.passages] == ["The river rose."]
    assert (len(river.turn.reply.citations), river.turn.reply.dangling) == (1, (3,))
    assert await store.window_mark(river.id) == WindowMark(
        river.id, 4000, 10, "openai/gpt-5-mini", "f00d", cut=7
    )
    assert (lake.turn.pinned, lake.turn.recalled[0].turn_id) == (True, river.id)
    assert [hit.text for hit in await store.search("rivers", 5)] == ["How high did the river rise?"]
    assert [call.profile for call in await store.ledger()] == ["writer", None]
    assert await store.memory_choice(row.id) == MemoryChoice(
        cap=4000, full=False, summarise=False, recall=True
    )
    assert [note.text for note in await store.notes.kept()] == ["I live by the river."]
    compact = (await store.summaries.standing(row.id)).compact
    assert compact is not None
    assert compact.focus == "levels"

    fork = await store.load(await store.fork(row.id, lake.id))
    assert [stored.turn.reply for stored in fork.turns] == [river.turn.reply, lake.turn.reply]
    begun = await store.begin_turn(fork.id, "And the sea?")
    done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("Salty.", dangling=(2,)))
    await store.settle_turn(begun.id, done, LedgerRow("reply", "m", now(), turn_id=begun.id))
    assert (await store.load(fork.id)).turns[-1].turn == done
    assert len(await store.ledger()) == 3
    await store.close()


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (SCHEMA.version + 1, "newer chatui: update"),
        (min(SCHEMA.steps) - 1, "older chatui.* export .* with that version .*sessions import"),
    ],
)
async def test_a_file_of_another_chatui_is_left_alone(
    tmp_path: Path, version: int, advice: str
) -> None:
    path = tmp_path / "chats.db"
    await open_and_close(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    content = path.read_bytes()
    with pytest.raises(StoreError, match=advice):
        await open_and_close(path)
    assert path.read_bytes() == content


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


async def test_what_an_earlier_file_holds_is_listed_as_chats(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    write_file_of_the_migrations(path)
    store = await ChatStore.open(path)

    assert await store.rows(listed="chats") == await store.rows()
    assert path.with_name("chats.db.15.backup").exists()
    await store.close()
