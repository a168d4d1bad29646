"""A summary that the user asked for is a step of the trail: undo and redo walk over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from chatui.memory.records import StoredTurn, Summary, WindowMark
from chatui.memory.store.store import ChatStore

Ask = Callable[..., Awaitable[StoredTurn]]


@pytest.fixture
async def turns(store: ChatStore, ask: Ask) -> list[StoredTurn]:
    conversation = await store.create()
    return [await ask(conversation.id, question) for question in "abcd"]


@pytest.fixture
async def talk(store: ChatStore, turns: list[StoredTurn]) -> str:
    latest = await store.latest()
    assert latest is not None
    return latest


@pytest.fixture
async def compact(store: ChatStore, talk: str, turns: list[StoredTurn]) -> Summary:
    return await store.summaries.compact(
        Summary("", talk, turns[1].id, "a, b", "compact", "m", 2, datetime.now(UTC))
    )


async def counts(store: ChatStore, talk: str) -> bool:
    (summary,) = await store.summaries.of(talk)
    return not summary.withdrawn


async def questions(store: ChatStore, talk: str) -> str:
    return "".join(stored.turn.question for stored in (await store.load(talk)).turns)


async def test_undo_takes_the_summary_back_and_no_turn(
    store: ChatStore, talk: str, compact: Summary
) -> None:
    assert await store.undo(talk)
    assert not await counts(store, talk)
    assert await questions(store, talk) == "abcd"


async def test_redo_makes_it_count_again(store: ChatStore, talk: str, compact: Summary) -> None:
    await store.undo(talk)
    assert await store.redo(talk)
    assert await counts(store, talk)
    assert not await store.redo(talk)


async def test_a_turn_since_then_is_taken_back_first(
    store: ChatStore, talk: str, compact: Summary, ask: Ask
) -> None:
    await ask(talk, "e")
    await store.undo(talk)
    assert (await questions(store, talk), await counts(store, talk)) == ("abcd", True)
    await store.undo(talk)
    assert (await questions(store, talk), await counts(store, talk)) == ("abcd", False)
    await store.undo(talk)
    assert await questions(store, talk) == "abc"


async def test_redo_walks_the_same_way_forward(
    store: ChatStore, talk: str, compact: Summary, ask: Ask
) -> None:
    await ask(talk, "e")
    for _ in range(3):
        await store.undo(talk)
    seen = []
    while await store.redo(talk):
        seen.append((await questions(store, talk), await counts(store, talk)))
    assert seen == [("abcd", False), ("abcd", True), ("abcde", True)]


async def test_a_question_after_the_undo_ends_the_way_back_to_it(
    store: ChatStore, talk: str, compact: Summary, ask: Ask
) -> None:
    await store.undo(talk)
    await ask(talk, "e")
    assert not await store.redo(talk)
    assert not await counts(store, talk)


async def test_it_awaits_the_next_prompt_until_one_was_sent(
    store: ChatStore, talk: str, turns: list[StoredTurn], compact: Summary, ask: Ask
) -> None:
    assert (await store.summaries.standing(talk)).compact == compact
    asked = await ask(talk, "e")
    mark = WindowMark(turns[2].id, 100, model="m", summary=compact.id, cut=7)
    await store.save_window(asked.id, mark)
    after = await store.summaries.standing(talk)
    assert (after.mark, after.summary, after.compact) == (mark, compact, None)


async def test_where_the_prompts_began_is_that_of_the_shown_branch(
    store: ChatStore, talk: str, turns: list[StoredTurn]
) -> None:
    for stored in turns[1:]:
        await store.save_window(stored.id, WindowMark(stored.id, 100))
    await store.undo(talk)
    mark = (await store.summaries.standing(talk)).mark
    assert mark is not None
    assert mark.start == turns[2].id


async def test_the_stored_turn_tells_what_was_cut_out_of_its_question(
    store: ChatStore, talk: str, turns: list[StoredTurn]
) -> None:
    await store.save_window(turns[1].id, WindowMark(turns[0].id, 100, cut=321))
    assert [stored.turn.cut for stored in (await store.load(talk)).turns] == [0, 321, 0, 0]


async def test_a_fork_takes_the_summaries_of_its_path_along(
    store: ChatStore, talk: str, turns: list[StoredTurn], compact: Summary, ask: Ask
) -> None:
    asked = await ask(talk, "e")
    await store.save_window(asked.id, WindowMark(turns[2].id, 100, summary=compact.id))
    copy = await store.fork(talk, asked.id)
    standing = await store.summaries.standing(copy)
    loaded = await store.load(copy)
    assert standing.summary is not None
    assert (standing.summary.text, standing.summary.upto) == ("a, b", loaded.turns[1].id)
    assert standing.summary.id != compact.id
    await store.remove(talk)
    assert (await store.summaries.standing(copy)).summary == standing.summary


async def test_a_fork_that_ends_before_a_summary_goes_without_it(
    store: ChatStore, talk: str, turns: list[StoredTurn], compact: Summary
) -> None:
    copy = await store.fork(talk, turns[0].id)
    assert not await store.summaries.of(copy)


async def test_a_compact_that_awaits_its_prompt_awaits_it_in_a_fork_too(
    store: ChatStore, talk: str, turns: list[StoredTurn], compact: Summary
) -> None:
    copy = await store.fork(talk, turns[-1].id)
    assert (await store.summaries.standing(copy)).compact is not None
    await store.undo(copy)
    (summary,) = await store.summaries.of(copy)
    assert summary.withdrawn
    assert await counts(store, talk)
