"""Several answers to one question on the trail of undo and redo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatui.memory.store.store import ChatStore

Branches = tuple[ChatStore, str, str, list[str]]


@pytest.fixture
async def branches(tmp_path: Path) -> AsyncIterator[Branches]:
    """A conversation of one turn, and three answers to the next question; the head is the
    first of them."""
    store = await ChatStore.open(tmp_path / "chats.db")
    cid = (await store.create()).id
    before = (await store.begin_turn(cid, "Hello?")).id
    answers = [
        (await store.begin_turn(cid, "And?", parent=before, move=number == 0)).id
        for number in range(3)
    ]
    yield store, cid, before, answers
    await store.close()


async def head(store: ChatStore, cid: str) -> str | None:
    return (await store.load(cid)).head


async def test_undo_goes_through_the_others_to_what_was_before(branches: Branches) -> None:
    store, cid, before, (first, second, third) = branches
    await store.lay_trail(cid, before, [third, first, second], keep=True)
    seen = [await head(store, cid)]
    while await store.undo(cid):
        seen.append(await head(store, cid))
    assert seen == [second, first, third, before, None]


async def test_redo_goes_through_all_when_none_is_kept(branches: Branches) -> None:
    store, cid, before, answers = branches
    await store.lay_trail(cid, before, answers, keep=False)
    seen = [await head(store, cid)]
    while await store.redo(cid):
        seen.append(await head(store, cid))
    assert seen == [before, *answers]


async def test_without_answers_the_head_is_where_it_was(branches: Branches) -> None:
    store, cid, before, _ = branches
    await store.lay_trail(cid, before, [], keep=True)
    assert await head(store, cid) == before
    assert not await store.redo(cid)


async def test_a_first_question_can_be_left_too(tmp_path: Path) -> None:
    store = await ChatStore.open(tmp_path / "chats.db")
    cid = (await store.create()).id
    answer = (await store.begin_turn(cid, "Hello?")).id
    await store.lay_trail(cid, None, [answer], keep=False)
    assert await head(store, cid) is None
    assert await store.redo(cid)
    assert await head(store, cid) == answer
    await store.close()
