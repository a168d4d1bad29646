"""Undo, redo, edits, retries and branches: moves of the head over a tree of turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from chatui.domain.errors import NoSuchConversation, StoreError
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore

Ask = Callable[..., Awaitable[StoredTurn]]


async def questions(store: ChatStore, conversation: str) -> str:
    loaded = await store.load(conversation)
    return " ".join(stored.turn.question for stored in loaded.turns)


@pytest.fixture
async def talk(store: ChatStore, ask: Ask) -> str:
    """A conversation of the questions a, b and c."""
    conversation = await store.create()
    for question in "abc":
        await ask(conversation.id, question)
    return conversation.id


async def test_undo_takes_the_newest_turn_off(store: ChatStore, talk: str) -> None:
    assert await store.undo(talk)
    assert await questions(store, talk) == "a b"


async def test_redo_brings_it_back(store: ChatStore, talk: str) -> None:
    await store.undo(talk)
    await store.undo(talk)
    assert await store.redo(talk)
    assert await questions(store, talk) == "a b"
    assert await store.redo(talk)
    assert await questions(store, talk) == "a b c"


async def test_undo_ends_at_the_beginning(store: ChatStore, talk: str) -> None:
    assert [await store.undo(talk) for _ in range(4)] == [True, True, True, False]
    assert await questions(store, talk) == ""


async def test_redo_without_undo_does_nothing(store: ChatStore, talk: str) -> None:
    assert not await store.redo(talk)
    assert await questions(store, talk) == "a b c"


async def test_a_question_after_undo_begins_a_new_way(
    store: ChatStore, talk: str, ask: Ask
) -> None:
    await store.undo(talk)
    await ask(talk, "d")
    assert await questions(store, talk) == "a b d"
    assert not await store.redo(talk)


async def test_undo_of_a_retry_brings_the_first_reply_back(
    store: ChatStore, talk: str, ask: Ask
) -> None:
    third = (await store.load(talk)).turns[-1]
    await ask(talk, "c", "Another answer", parent=third.parent_id)
    assert (await store.load(talk)).turns[-1].turn.reply.text == "Another answer"
    await store.undo(talk)
    assert (await store.load(talk)).turns[-1] == third


async def test_undo_of_an_edit_brings_all_that_followed_back(
    store: ChatStore, talk: str, ask: Ask
) -> None:
    await ask(talk, "A", parent=None)
    assert await questions(store, talk) == "A"
    await store.undo(talk)
    assert await questions(store, talk) == "a b c"


async def test_a_branch_goes_on_from_an_older_turn(store: ChatStore, talk: str, ask: Ask) -> None:
    first = (await store.load(talk)).turns[0]
    await store.move_head(talk, first.id)
    await ask(talk, "d")
    assert await questions(store, talk) == "a d"
    await store.undo(talk)
    await store.undo(talk)
    assert await questions(store, talk) == "a b c"


async def test_the_head_can_move_before_the_first_turn(store: ChatStore, talk: str) -> None:
    await store.move_head(talk, None)
    assert await questions(store, talk) == ""


async def test_the_head_does_not_move_to_a_strange_turn(store: ChatStore, talk: str) -> None:
    with pytest.raises(StoreError, match="no turn"):
        await store.move_head(talk, "elsewhere")
    assert await questions(store, talk) == "a b c"


@pytest.mark.parametrize("move", ["undo", "redo"])
async def test_a_move_in_no_conversation_says_so(store: ChatStore, move: str) -> None:
    with pytest.raises(NoSuchConversation):
        await getattr(store, move)("nowhere")


async def test_a_fork_goes_its_own_way(store: ChatStore, talk: str, ask: Ask) -> None:
    second = (await store.load(talk)).turns[1]
    copy = await store.fork(talk, second.id)
    await ask(copy, "d")
    assert await questions(store, copy) == "a b d"
    assert await questions(store, talk) == "a b c"


async def test_a_fork_is_a_whole_copy(store: ChatStore, talk: str) -> None:
    original = await store.load(talk)
    await store.pin(original.turns[0].id, True)
    copy = await store.fork(talk, original.turns[-1].id)
    await store.remove(talk)
    turns = (await store.load(copy)).turns
    assert [stored.turn.reply for stored in turns] == [s.turn.reply for s in original.turns]
    assert [stored.turn.pinned for stored in turns] == [True, False, False]
    assert not {s.id for s in turns} & {s.id for s in original.turns}


async def test_undo_in_a_fork_reaches_its_beginning(store: ChatStore, talk: str) -> None:
    last = (await store.load(talk)).turns[-1]
    copy = await store.fork(talk, last.id)
    assert [await store.undo(copy) for _ in range(4)] == [True, True, True, False]
    assert [await store.redo(copy) for _ in range(4)] == [True, True, True, False]
    assert await questions(store, copy) == "a b c"


async def test_a_fork_of_a_strange_turn_makes_nothing(store: ChatStore, talk: str) -> None:
    with pytest.raises(StoreError, match="no turn"):
        await store.fork(talk, "elsewhere")
    assert len(await store.rows()) == 1
