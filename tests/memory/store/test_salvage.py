"""Real damage of many kinds to a chats.db: what can be read is there again, the rest is kept."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.errors import StoreError
from chatui.memory.store.mending import set_aside
from chatui.memory.store.store import ChatStore
from tests.memory.store.damage import DAMAGES, PAGE, Damage, overwritten, statements

CONVERSATIONS, TURNS = 6, 8


async def fill(store: ChatStore) -> None:
    """Texts of no page and of several."""
    for c in range(CONVERSATIONS):
        conversation = await store.create()
        for t in range(TURNS):
            begun = await store.begin_turn(conversation.id, f"question {c} {t} " + "x" * 90 * t * t)
            reply = Reply(f"answer {c} {t} " + "y" * 2500 * t)
            done = replace(begun.turn, state=TurnState.COMPLETE, reply=reply)
            await store.settle_turn(begun.id, done)
    await store.notes.add("I live by the river.")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of six conversations, for copies of it."""
    path = tmp_path_factory.mktemp("filled") / "chats.db"

    async def work() -> None:
        store = await ChatStore.open(path)
        await fill(store)
        await store.close()

    asyncio.run(work())
    return path


@pytest.fixture
def chats(filled: Path, tmp_path: Path) -> Path:
    """A copy that nobody has open."""
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(filled, tmp_path / "data"))


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def texts_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {text for (text,) in db.execute("SELECT content FROM messages WHERE content <> ''")}


async def reachable(path: Path) -> set[str]:
    """The texts that a user comes to from the list of conversations, each of whose words is found;
    nothing in the file contradicts anything else in it."""
    store = await ChatStore.open(path)
    found: set[str] = set()
    for row in await store.rows():
        for turn in (await store.load(row.id)).turns:
            found |= {turn.turn.question, turn.turn.reply.text}
    hits = {hit.text for hit in await store.search("question answer", 1000)}
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert found - {""} == hits
    return found - {""}


@pytest.mark.parametrize(("damage", "share"), DAMAGES.values(), ids=DAMAGES.keys())
async def test_what_can_be_read_of_a_damaged_file_is_reachable_in_a_new_one(
    chats: Path, damage: Damage, share: float
) -> None:
    before = texts_of(chats)
    damage(chats)
    told = set_aside(chats, by_request=True)

    assert told is not None
    assert "kept as chats.db.damaged" in told
    assert (chats.parent / "chats.db.damaged").exists()
    assert len(before & await reachable(chats)) >= share * len(before)


def with_its_log(store: ChatStore, to: Path) -> Path:
    """The file as a process leaves it that is killed: with all of its text in the log."""
    to.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(store.path.with_name(f"chats.db{ending}"), to)
    return to / "chats.db"


LOGS: dict[str, tuple[Damage, int]] = {
    "whole": (lambda log: None, 2),
    "cut in its last text": (lambda log: log.write_bytes(log.read_bytes()[:-PAGE]), 1),
    "of noise from its last text on": (
        lambda log: overwritten(log.stat().st_size - PAGE, b"\xa5" * PAGE)(log), 1),
    "of another size of pages": (overwritten(8, b"\0\0\x04\0"), 0),
    "of noise": (overwritten(0, b"\xa5" * 5000), 0),
    "gone": (Path.unlink, 0),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "kept"), LOGS.values(), ids=LOGS.keys())
async def test_a_log_counts_as_far_as_it_is_sound(
    tmp_path: Path, damage: Damage, kept: int
) -> None:
    store = await ChatStore.open(tmp_path / "data" / "chats.db")
    # The tables are in the file, what is said in the log.
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for title in ("First", "Second"):
        await store.create(title)
    killed = with_its_log(store, tmp_path / "killed")
    await store.close()
    damage(killed.with_name("chats.db-wal"))
    overwritten(0, b"no magic")(killed)

    set_aside(killed, by_request=True)

    again = await ChatStore.open(killed)
    assert sorted(row.title for row in await again.rows()) == ["First", "Second"][:kept]
    await again.close()


@pytest.mark.parametrize("damage", ["a wrong magic", "a tenth cut off", "no table of the turns"])
async def test_opening_a_damaged_file_sets_it_aside_and_says_so(chats: Path, damage: str) -> None:
    DAMAGES[damage][0](chats)
    content = content_of(chats)
    store = await ChatStore.open(chats)

    assert store.told is not None
    assert "6 conversations" in store.told
    assert len(await store.rows()) == CONVERSATIONS
    assert content_of(chats.parent / "chats.db.damaged") == content
    await store.close()

    again = await ChatStore.open(chats)
    assert again.told is None
    await again.close()


@pytest.mark.parametrize("damage", ["a text in its place", "a folder in its place"])
async def test_a_file_of_which_nothing_can_be_read_is_left_alone(chats: Path, damage: str) -> None:
    DAMAGES[damage][0](chats)
    with pytest.raises(StoreError):
        await ChatStore.open(chats)

    assert names_in(chats.parent) <= {"chats.db", "chats.db-salvage"}


async def test_what_was_deleted_does_not_come_back(chats: Path) -> None:
    store = await ChatStore.open(chats)
    first = (await store.rows())[0]
    gone = {turn.turn.reply.text for turn in (await store.load(first.id)).turns}
    await store.remove(first.id)
    await store.close()
    overwritten(0, b"no magic")(chats)
    set_aside(chats, by_request=True)

    assert gone.isdisjoint(await reachable(chats))


async def test_every_damaged_file_is_kept_under_a_name_of_its_own(chats: Path) -> None:
    for _ in range(2):
        overwritten(0, b"no magic")(chats)
        set_aside(chats, by_request=True)

    assert names_in(chats.parent) >= {"chats.db", "chats.db.damaged", "chats.db.damaged.2"}


async def test_a_damaged_file_that_another_chatui_writes_in_is_left_to_it(chats: Path) -> None:
    other = await ChatStore.open(chats)
    await other.begin_turn((await other.rows())[0].id, "Still writing")
    with pytest.raises(StoreError, match="another chatui still writes"):
        set_aside(chats, by_request=True)
    await other.close()


async def test_an_edited_conversation_shows_the_path_that_it_showed(chats: Path) -> None:
    store = await ChatStore.open(chats)
    conversation = (await store.rows())[0].id
    path = (await store.load(conversation)).turns
    await store.begin_turn(conversation, "Asked instead", parent=path[1].id)
    shown = [turn.turn.question for turn in (await store.load(conversation)).turns]
    await store.close()
    statements("DROP TABLE message_words")(chats)

    again = await ChatStore.open(chats)
    assert [turn.turn.question for turn in (await again.load(conversation)).turns] == shown
    assert await again.undo(conversation)
    questions: Iterable[str] = (t.turn.question for t in (await again.load(conversation)).turns)
    assert list(questions) == [turn.turn.question for turn in path]
    await again.close()
