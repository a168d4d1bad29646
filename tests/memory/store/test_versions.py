"""The versions of a turn in the store: which there are, and where each leads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.memory.records import Summary, VersionPlace
from chatui.memory.store.store import ChatStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ChatStore]:
    opened = await ChatStore.open(tmp_path / "chats.db")
    yield opened
    await opened.close()


async def asked(
    store: ChatStore, conversation: str, question: str, parent: str | None, reply: str = "An answer"
) -> str:
    """The id of a settled turn behind that one."""
    begun = await store.begin_turn(conversation, question, parent=parent, model="m/1")
    settled = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply(text=reply, model="m/1"))
    await store.settle_turn(begun.id, settled)
    return begun.id


async def test_turns_behind_the_same_one_are_its_versions(store: ChatStore) -> None:
    chat = (await store.create()).id
    first = await asked(store, chat, "Q", None)
    one = await asked(store, chat, "A", first)
    other = await asked(store, chat, "B", first)
    places = await store.version_places([first, one, other])
    assert places == {one: VersionPlace(1, 2), other: VersionPlace(2, 2)}
    assert [each.id for each in await store.versions_of(other)] == [one, other]


async def test_first_turns_are_versions_within_their_conversation_only(store: ChatStore) -> None:
    chat, elsewhere = (await store.create()).id, (await store.create()).id
    one = await asked(store, chat, "A", None)
    alone = await asked(store, elsewhere, "B", None)
    other = await asked(store, chat, "C", None)
    places = await store.version_places([one, alone, other])
    assert places == {one: VersionPlace(1, 2), other: VersionPlace(2, 2)}
    assert [each.question for each in await store.versions_of(one)] == ["A", "C"]


async def test_a_version_leads_to_the_end_of_its_branch_gone_on_with_last(store: ChatStore) -> None:
    chat = (await store.create()).id
    one = await asked(store, chat, "A", None)
    earlier = await asked(store, chat, "B", one)
    await asked(store, chat, "C", one)
    last = await asked(store, chat, "D", earlier)
    await asked(store, chat, "Other", None)
    assert await store.newest_behind(one) == last
    assert await store.newest_behind(last) == last


async def test_an_edited_answer_is_a_version_that_undo_takes_back(store: ChatStore) -> None:
    chat = (await store.create()).id
    one = await asked(store, chat, "Q", None, "Wrong")
    turn = (await store.load(chat)).turns[0].turn
    version = await store.add_edited(
        one, replace(turn, reply=Reply(text="Right", model="m/1", edited=True))
    )
    shown = await store.load(chat)
    assert [(each.id, each.turn.reply.text) for each in shown.turns] == [(version, "Right")]
    assert shown.turns[0].turn.reply.edited
    assert shown.turns[0].turn.reply.model == "m/1"
    await store.undo(chat)
    back = (await store.load(chat)).turns[0]
    assert (back.id, back.turn.reply.text, back.turn.reply.edited) == (one, "Wrong", False)


async def test_an_edited_answer_is_found_and_costs_nothing_more(store: ChatStore) -> None:
    chat = (await store.create()).id
    one = await asked(store, chat, "Q", None, "Wrong")
    turn = (await store.load(chat)).turns[0].turn
    await store.add_edited(one, replace(turn, reply=Reply(text="Kumquat", edited=True)))
    assert [hit.text for hit in await store.search("kumquat", 5)] == ["Kumquat"]
    assert await store.ledger(chat) == []


async def test_a_turn_that_is_left_out_is_told_and_stays_stored(store: ChatStore) -> None:
    chat = (await store.create()).id
    one = await asked(store, chat, "Q", None)
    since = datetime.now(UTC)
    await store.leave_out(one, since)
    turn = (await store.load(chat)).turns[0].turn
    assert turn.left_out == since
    assert turn.reply.text == "An answer"
    await store.leave_out(one, None)
    assert (await store.load(chat)).turns[0].turn.left_out is None


async def test_summaries_made_without_a_turn_are_taken_back_when_it_is_let_in_again(
    store: ChatStore,
) -> None:
    chat = (await store.create()).id
    first = await asked(store, chat, "Q", None)
    one = await asked(store, chat, "A", first)
    other = await asked(store, chat, "B", one)
    since = datetime.now(UTC)

    async def summed_up(upto: str, created: datetime) -> str:
        summary = Summary("", chat, upto, "They talked.", "rolling", "m/1", 1, created)
        return (await store.summaries.add(summary)).id

    with_it = await summed_up(other, since - timedelta(hours=1))
    await store.leave_out(one, since)
    before_it = await summed_up(first, since + timedelta(minutes=1))
    without_it = await summed_up(other, since + timedelta(minutes=1))
    await store.leave_out(one, None)

    withdrawn = {each.id: each.withdrawn for each in await store.summaries.of(chat)}
    assert withdrawn == {with_it: False, before_it: False, without_it: True}


async def test_the_tree_has_each_turn_behind_the_one_that_it_follows(store: ChatStore) -> None:
    chat = (await store.create()).id
    first = await asked(store, chat, "Q", None)
    one = await asked(store, chat, "A", first)
    other = await asked(store, chat, "B", first)
    below = await asked(store, chat, "C", one)
    tree = await store.version_tree(chat)
    assert [each.id for each in tree] == [first, one, other, below]
    assert [each.parent_id for each in tree] == [None, first, first, one]


def test_a_turn_counts_when_it_was_answered_and_not_left_out() -> None:
    turn = Turn("Q", datetime.now(UTC), reply=Reply(text="A"))
    assert turn.counts
    assert not replace(turn, reply=Reply()).counts
    assert not replace(turn, left_out=turn.asked).counts
