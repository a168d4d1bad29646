"""Pictures and PDFs in chats.db: once by hash, with the turns that have them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chatui.domain.media import Medium, medium_of, without_data
from chatui.memory.store.checking import check
from chatui.memory.store.database import open_chats
from chatui.memory.store.mending import make_whole
from chatui.memory.store.store import ChatStore

PICTURE = medium_of(b"\x89PNG\r\n\x1a\nteal", "image/png", "pic.png", width=4, height=2)
PAPER = medium_of(b"%PDF-1.7 lease", "application/pdf", "lease.pdf", pages=3)


def rows(database: Path, table: str = "media") -> int:
    with closing(sqlite3.connect(database)) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


async def conversation_with(store: ChatStore, *media: Medium) -> tuple[str, str]:
    """Its id and that of its turn."""
    made = await store.create()
    begun = await store.begin_turn(made.id, "What is it?", media=media)
    return made.id, begun.id


async def test_a_turn_has_them_in_their_order_and_the_bytes_come_when_asked(
    store: ChatStore,
) -> None:
    conversation, _ = await conversation_with(store, PICTURE, PAPER)
    (turn,) = (await store.load(conversation)).turns
    assert turn.turn.media == (PICTURE, PAPER)
    assert [one.data for one in turn.turn.media] == [b"", b""]
    wanted = [PICTURE.hash, "0" * 64]
    assert await store.media(wanted) == {PICTURE.hash: PICTURE.data}


async def test_a_turn_that_was_just_begun_holds_no_bytes(store: ChatStore) -> None:
    made = await store.create()
    begun = await store.begin_turn(made.id, "What is it?", media=(PICTURE,))
    assert [one.data for one in begun.turn.media] == [b""]


async def test_the_same_picture_is_stored_once_under_each_name(
    store: ChatStore, database: Path
) -> None:
    other = medium_of(PICTURE.data, "image/png", "copy.png", width=4, height=2)
    conversation, _ = await conversation_with(store, PICTURE, other)
    # A retry has it without its bytes.
    await store.begin_turn(conversation, "Again?", media=without_data([PICTURE]))
    assert rows(database) == 1
    named = [one.name for turn in (await store.load(conversation)).turns for one in turn.turn.media]
    assert named == ["pic.png", "copy.png", "pic.png"]


async def test_it_goes_with_the_last_turn_that_has_it(store: ChatStore, database: Path) -> None:
    first, _ = await conversation_with(store, PICTURE)
    second, _ = await conversation_with(store, PICTURE, PAPER)
    await store.remove(second)
    assert await store.media([PICTURE.hash, PAPER.hash]) == {PICTURE.hash: PICTURE.data}
    await store.remove(first)
    assert (rows(database), rows(database, "turn_media")) == (0, 0)


async def test_a_branch_has_them_as_well(store: ChatStore) -> None:
    conversation, turn = await conversation_with(store, PICTURE)
    copy = await store.fork(conversation, turn)
    await store.remove(conversation)
    (copied,) = (await store.load(copy)).turns
    assert copied.turn.media == (PICTURE,)
    assert await store.media([PICTURE.hash])


async def test_one_that_is_spoilt_is_told_and_not_sent(store: ChatStore, database: Path) -> None:
    await conversation_with(store, PICTURE)
    await store.close()
    found = check(database)
    assert found is not None
    assert found.spoilt == 0
    with closing(sqlite3.connect(database)) as db:
        db.execute("UPDATE media SET data = x'00'")
        db.commit()
    found = check(database)
    assert found is not None
    assert (found.spoilt, found.clause) == (1, "")
    again = await ChatStore.open(database)
    assert await again.media([PICTURE.hash]) == {}
    await again.close()


async def test_what_is_left_of_a_damaged_file_names_no_lost_pictures(
    store: ChatStore, database: Path
) -> None:
    await conversation_with(store, PICTURE, PAPER)
    await store.close()
    with closing(open_chats(database, 5.0)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM media WHERE hash = ?", (PAPER.hash,))
        db.execute("INSERT INTO media VALUES ('f', 'image/png', 1, 1, 0, x'00')")
        make_whole(db)
        kept = [name for (name,) in db.execute("SELECT name FROM turn_media")]
        hashes = [digest for (digest,) in db.execute("SELECT hash FROM media")]
    assert (kept, hashes) == (["pic.png"], [PICTURE.hash])
