from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatui.domain.conversation import TurnState
from chatui.domain.errors import NoSuchConversation, StoreError
from chatui.memory.records import StoredTurn
from chatui.memory.store.store import ChatStore
from chatui.memory.store.titles import shorten, title_from

Ask = Callable[..., Awaitable[StoredTurn]]


async def test_the_file_and_its_folders_are_private(store: ChatStore, database: Path) -> None:
    conversation = await store.create()
    await store.begin_turn(conversation.id, "Q")
    for path in (database.parent, *database.parent.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_a_title_comes_from_the_first_question(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    await ask(conversation.id, "  What is a cat?\nAnd a dog?")
    await ask(conversation.id, "And a cow?")
    assert (await store.load(conversation.id)).title == "What is a cat?"


async def test_a_given_title_stays(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create("Animals")
    await ask(conversation.id, "What is a cat?")
    assert (await store.load(conversation.id)).title == "Animals"


async def test_a_conversation_can_be_renamed(store: ChatStore) -> None:
    conversation = await store.create("Animals")
    await store.rename(conversation.id, "Beasts")
    assert (await store.load(conversation.id)).title == "Beasts"


async def test_a_unique_start_of_an_id_is_enough(store: ChatStore) -> None:
    conversation = await store.create("Animals")
    assert await store.resolve(conversation.id[:5]) == conversation.id
    assert (await store.load(conversation.id[:5])).title == "Animals"


async def test_an_ambiguous_start_of_an_id_is_refused(store: ChatStore) -> None:
    ids = [(await store.create()).id for _ in range(17)]
    shared = next(a[0] for n, a in enumerate(ids) if a[0] in {b[0] for b in ids[:n]})
    with pytest.raises(NoSuchConversation, match="Several conversations"):
        await store.load(shared)


@pytest.mark.parametrize("name", ["", " ", "xyz", "%", "'; --", "\0", "\ud800"])
async def test_an_unknown_id_is_refused(store: ChatStore, name: str) -> None:
    await store.create()
    with pytest.raises(NoSuchConversation, match="no conversation"):
        await store.load(name)


async def test_the_latest_conversation_is_the_one_written_last(store: ChatStore, ask: Ask) -> None:
    assert await store.latest() is None
    first, second = await store.create(), await store.create()
    assert await store.latest() == second.id
    await ask(first.id, "Q")
    assert await store.latest() == first.id


async def test_rows_tell_turns_on_the_path_and_the_newest_question(
    store: ChatStore, ask: Ask
) -> None:
    conversation = await store.create("Animals")
    await ask(conversation.id, "What is a cat?")
    second = await ask(conversation.id, "And a dog?")
    await ask(conversation.id, "And  a\ncow?", parent=second.parent_id)
    (row,) = await store.rows()
    assert (row.title, row.turns, row.preview) == ("Animals", 2, "And a cow?")


async def test_rows_come_newest_first_and_in_pages(store: ChatStore) -> None:
    ids = [(await store.create()).id for _ in range(5)]
    assert [row.id for row in await store.rows(2)] == ids[:2:-1]
    assert [row.id for row in await store.rows(2, offset=2)] == [ids[2], ids[1]]
    assert [row.id for row in await store.rows(9, offset=4)] == [ids[0]]


async def test_an_empty_conversation_has_a_row(store: ChatStore) -> None:
    await store.create()
    (row,) = await store.rows()
    assert (row.title, row.turns, row.preview) == ("", 0, "")


async def test_removing_a_conversation_leaves_nothing_of_it(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    first = await ask(conversation.id, "What is a cat?")
    await ask(conversation.id, "cats", parent=first.parent_id)
    await store.undo(conversation.id)
    await store.remove(conversation.id)
    assert await store.rows() == []
    assert await store.search("cat", 5) == []
    assert await store.prompts() == []
    with pytest.raises(NoSuchConversation):
        await store.load(conversation.id)


async def test_removing_twice_says_so(store: ChatStore) -> None:
    conversation = await store.create()
    await store.remove(conversation.id)
    with pytest.raises(NoSuchConversation):
        await store.remove(conversation.id)


async def test_prompts_are_the_questions_newest_first_and_once(store: ChatStore, ask: Ask) -> None:
    conversation = await store.create()
    for question in ("one", "two", "one", "three"):
        await ask(conversation.id, question)
    assert await store.prompts() == ["three", "one", "two"]
    assert await store.prompts(1) == ["three"]
    assert await store.prompts(0) == []


async def test_models_are_remembered_newest_first(store: ChatStore) -> None:
    assert await store.last_model() is None
    for name in ("a/x", "b/y", "a/x"):
        await store.remember_model(name)
    assert await store.recent_models() == ["a/x", "b/y"]
    assert await store.last_model() == "a/x"


async def test_a_closed_store_says_so(store: ChatStore) -> None:
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.rows()


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is a cat?", "What is a cat?"),
        ("\n\n## Explain `this`:\ncode", "Explain `this`"),
        ("???\n---", ""),
        ("", ""),
        ("word " * 50, "word word word word word word word word word word word…"),
        ("猫" * 100, "猫" * 59 + "…"),
    ],
)
def test_a_title_is_a_line_with_words_cut_short(question: str, title: str) -> None:
    assert title_from(question) == title


@pytest.mark.parametrize("length", [1, 59, 60, 61, 10_000])
def test_a_shortened_text_is_never_longer_than_asked(length: int) -> None:
    assert len(shorten("x" * length, 60)) == min(length, 60)


async def test_an_ask_is_listed_apart_until_it_is_gone_on_with(store: ChatStore) -> None:
    chat, ask = await store.create("Chat"), await store.create("Ask", ask=True)
    for conversation in (chat, ask):
        await store.begin_turn(conversation.id, "One question")

    assert [row.title for row in await store.rows()] == ["Ask", "Chat"]
    assert [row.title for row in await store.rows(listed="chats")] == ["Chat"]
    assert [(row.title, row.ask) for row in await store.rows(listed="asks")] == [("Ask", True)]

    await store.begin_turn(ask.id, "Another")

    assert [row.title for row in await store.rows(listed="chats")] == ["Ask", "Chat"]
    assert await store.rows(listed="asks") == []


async def test_answers_side_by_side_leave_an_ask_what_it_is(store: ChatStore) -> None:
    ask = await store.create("Ask", ask=True)
    await store.begin_turn(ask.id, "Which?", parent=None)
    await store.begin_turn(ask.id, "Which?", parent=None, move=False)

    assert len(await store.rows(listed="asks")) == 1


async def test_an_ask_asked_anew_is_a_chat(store: ChatStore) -> None:
    ask = await store.create("Ask", ask=True)
    await store.begin_turn(ask.id, "Which?")
    await store.begin_turn(ask.id, "Which one?", parent=None)

    assert len(await store.rows(listed="chats")) == 1


async def test_a_cut_answer_gone_on_with_makes_an_ask_a_chat(store: ChatStore) -> None:
    ask = await store.create("Ask", ask=True)
    begun = await store.begin_turn(ask.id, "Tell me.")
    await store.settle_turn(begun.id, replace(begun.turn, state=TurnState.COMPLETE))
    await store.reopen_turn(begun.id)

    assert len(await store.rows(listed="chats")) == 1


async def test_the_copy_of_an_ask_is_a_chat(store: ChatStore) -> None:
    ask = await store.create("Ask", ask=True)
    begun = await store.begin_turn(ask.id, "Tell me.")
    copy = await store.fork(ask.id, begun.id)

    assert [row.id for row in await store.rows(listed="chats")] == [copy]
    assert [row.id for row in await store.rows(listed="asks")] == [ask.id]


async def test_a_pinned_or_archived_conversation_keeps_its_date(store: ChatStore) -> None:
    first = (await store.create("First", "m")).id
    second = (await store.create("Second", "m")).id
    dates = [row.updated for row in await store.rows()]

    await store.keep(first, "pinned")
    await store.keep(second, "archived")

    assert {row.id: row.kept for row in await store.rows()} == {first: "pinned", second: "archived"}
    assert [row.updated for row in await store.rows()] == dates
    assert [row.id for row in await store.rows(listed="chats")] == [first]
    assert [row.id for row in await store.rows(listed="pinned")] == [first]


async def test_a_conversation_that_is_not_there_is_kept_nowhere(store: ChatStore) -> None:
    with pytest.raises(NoSuchConversation):
        await store.keep("nowhere", "pinned")
