"""Tags in chats.db: listed by, copied, exported and brought back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatui.domain.errors import NoSuchConversation
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text
from chatui.memory.transfer.transfer import import_file


async def tagged(store: ChatStore, title: str, *tags: str) -> str:
    conversation = await store.create(title, "builtin/extract")
    await store.put_tags(conversation.id, tags)
    return conversation.id


async def test_a_tag_lists_those_that_have_it_or_one_within_it(tmp_path: Path) -> None:
    store = await ChatStore.open(tmp_path / "chats.db")
    await tagged(store, "plain")
    await tagged(store, "one", "home", "work")
    await tagged(store, "two", "work/acme")
    await tagged(store, "three", "workshop", "100%")
    rows = await store.rows(listed="chats", tag="work")
    assert {row.title: row.tags for row in rows} == {"one": ("home", "work"), "two": ("work/acme",)}
    assert await store.rows(tag="100_") == []
    assert list(await store.tags_in_use()) == ["100%", "home", "work", "work/acme", "workshop"]
    await store.close()


async def test_tags_are_replaced_and_only_of_what_is_there(tmp_path: Path) -> None:
    store = await ChatStore.open(tmp_path / "chats.db")
    conversation = await tagged(store, "one", "work")
    await store.put_tags(conversation, ["home"])
    assert await store.tags(conversation) == ("home",)
    await store.put_tags(conversation, [])
    assert await store.tags(conversation) == ()
    with pytest.raises(NoSuchConversation):
        await store.put_tags("0" * 32, ["work"])
    await store.close()


async def test_an_export_has_them_and_an_import_brings_them_back(tmp_path: Path) -> None:
    store = await ChatStore.open(tmp_path / "chats.db")
    conversation = await tagged(store, "one", "home", "work")
    exported = await export_json(store, conversation)
    assert exported["tags"] == ["home", "work"]
    for kind in ("md", "txt", "html"):
        assert "#home #work" in await export_text(store, conversation, kind)
    exported["messages"] = [{"role": "user", "content": "Why?"}]
    exported["tags"] += ["#NEW", 3, "no way"]
    file = tmp_path / "one.json"
    file.write_text(json.dumps(exported))
    other = await ChatStore.open(tmp_path / "other.db")
    await import_file(other, file)
    (row,) = await other.rows()
    assert row.tags == ("home", "new", "work")
    for each in (store, other):
        await each.close()
