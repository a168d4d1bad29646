from __future__ import annotations

from chatui.memory.policy import NO_CHOICE, MemoryChoice
from chatui.memory.records import WindowMark
from chatui.memory.store.store import ChatStore

CHOICE = MemoryChoice(cap=0, turns=4, full=True, too_long="cut")


async def test_a_choice_is_kept_for_its_conversation_until_it_is_taken_back(
    store: ChatStore,
) -> None:
    one, other = (await store.create()).id, (await store.create()).id
    await store.choose_memory(one, CHOICE)
    assert await store.memory_choice(one) == CHOICE
    assert await store.memory_choice(other) == NO_CHOICE
    await store.choose_memory(one, NO_CHOICE)
    assert await store.memory_choice(one) == NO_CHOICE


async def test_the_last_prompt_is_known_on_whatever_branch(store: ChatStore) -> None:
    cid = (await store.create()).id
    first = await store.begin_turn(cid, "one")
    second = await store.begin_turn(cid, "two")
    mark = WindowMark(first.id, 900, turns=3, model="m", system="f", pinned=(first.id,))
    await store.save_window(second.id, mark)
    await store.undo(cid)
    last = await store.last_sent(cid)
    assert last is not None
    assert (last.before, last.mark) == ((first.id,), mark)
    assert await store.window_mark(first.id) is None


async def test_nothing_is_known_before_a_prompt_was_sent(store: ChatStore) -> None:
    cid = (await store.create()).id
    assert await store.last_sent(cid) is None


async def test_a_fork_takes_choice_and_marks_along(store: ChatStore) -> None:
    cid = (await store.create()).id
    first = await store.begin_turn(cid, "one")
    second = await store.begin_turn(cid, "two")
    await store.save_window(second.id, WindowMark(first.id, 900, pinned=(first.id,)))
    await store.choose_memory(cid, CHOICE)
    copy = await store.fork(cid, second.id)
    turns = (await store.load(copy)).turns
    mark = await store.window_mark(turns[1].id)
    assert mark is not None
    assert (mark.start, mark.pinned) == (turns[0].id, (turns[0].id,))
    assert await store.memory_choice(copy) == CHOICE


async def test_a_removed_conversation_leaves_nothing_behind(store: ChatStore) -> None:
    cid = (await store.create()).id
    turn = await store.begin_turn(cid, "one")
    await store.save_window(turn.id, WindowMark(turn.id, 900))
    await store.choose_memory(cid, CHOICE)
    await store.remove(cid)
    assert await store.window_mark(turn.id) is None
    assert await store.memory_choice(cid) == NO_CHOICE
