"""What doctor finds and mends in a chats.db."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatui.domain.errors import StoreError
from chatui.memory.store.checking import ChatsCheck, check, mend
from chatui.memory.store.store import ChatStore
from tests.memory.store.damage import DAMAGES, Damage, statements
from tests.memory.store.poison import COLUMNS, VALUES, poison
from tests.memory.store.test_salvage import CONVERSATIONS, chats, filled

__all__ = ["chats", "filled"]

NO_DAMAGE = ("nothing in it",)
NO_FILE = ("a folder in its place",)
FOUND = {name: one for name, one in DAMAGES.items() if name not in NO_DAMAGE + NO_FILE}


def test_a_sound_file_is_found_to_be_sound(chats: Path) -> None:
    assert check(chats) == ChatsCheck(CONVERSATIONS)


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert check(tmp_path / "chats.db") is None


@pytest.mark.parametrize("damage", [damage for damage, _ in FOUND.values()], ids=FOUND.keys())
def test_damage_is_found_and_mended(chats: Path, damage: Damage) -> None:
    damage(chats)
    found = check(chats)
    assert found is not None
    assert found.contradiction is not None
    assert mend(chats, found.contradiction)

    again = check(chats)
    assert again is not None
    assert again.clause == ""


INDEXES: dict[str, Damage] = {
    "no words": statements("INSERT INTO message_words (message_words) VALUES ('delete-all')"),
    "words of pages that are gone": statements("DELETE FROM message_words_data WHERE id > 10"),
}


@pytest.mark.parametrize("name", INDEXES)
async def test_an_index_is_made_anew_in_its_place(chats: Path, name: str) -> None:
    INDEXES[name](chats)
    found = check(chats)
    assert found is not None
    assert found.contradiction is not None
    assert "made anew" in mend(chats, found.contradiction)

    store = await ChatStore.open(chats)
    assert len(await store.search("question", 200)) == 48
    await store.close()


@pytest.mark.parametrize("table", COLUMNS)
def test_a_file_with_rows_that_no_chatui_writes_can_be_checked_and_mended(
    chats: Path, tmp_path: Path, table: str
) -> None:
    for value in VALUES:
        path = tmp_path / "poisoned.db"
        path.write_bytes(chats.read_bytes())
        poison(path, table, value)
        found = check(path)
        assert found is not None
        if found.contradiction is not None:
            mend(path, found.contradiction)
            again = check(path)
            assert again is not None
            assert again.clause == "", value
        for one in tmp_path.glob("poisoned*"):
            one.unlink()


def test_a_file_that_another_program_holds_is_no_damage(chats: Path) -> None:
    with closing(sqlite3.connect(chats, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            check(chats)


def test_a_folder_in_its_place_is_told(chats: Path) -> None:
    DAMAGES["a folder in its place"][0](chats)
    with pytest.raises(StoreError, match="it is a folder"):
        check(chats)
