from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chatui.domain.conversation import FinishReason, RecalledTurn, Reply, TurnState
from chatui.domain.errors import NoSuchConversation, StoreError
from chatui.domain.passage import Citation, Passage, Ranks
from chatui.domain.usage import Cost, Timing, Usage
from chatui.memory.records import StoredTurn, WindowMark
from chatui.memory.store.store import ChatStore

FIRST = Passage(
    rank=1,
    score=0.9,
    source="notes/cats.md",
    path="/home/me/notes/cats.md",
    title="Cats",
    heading="Cats > Food",
    page=None,
    char_start=10,
    char_end=24,
    line_start=2,
    line_end=3,
    text="Cats eat fish.",
    collection="default",
    chunk_id="c1",
    ranks=Ranks(dense=1),
    similarity=0.71,
)
SECOND = replace(FIRST, rank=2, chunk_id="c2", page=4, ranks=Ranks(2, 1), similarity=None)


async def only_turn(store: ChatStore, conversation: str) -> StoredTurn:
    (stored,) = (await store.load(conversation)).turns
    return stored


async def test_a_begun_turn_is_pending_with_its_question(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Why?", model="openai/x")
    assert await only_turn(store, conversation.id) == begun
    assert begun.turn.state is TurnState.PENDING
    assert begun.turn.question == "Why?"
    assert begun.turn.reply.model == "openai/x"


async def test_a_settled_turn_comes_back_as_it_was(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "What do cats eat?")
    reply = Reply(
        text="Fish [2].",
        reasoning="Cats, so fish.",
        model="openai/x",
        usage=Usage(1, 2, 3, 4, 2, estimated=True),
        cost=Cost(Decimal("0.000123"), "EUR", "config", estimated=True),
        timing=Timing(1.5, 0.25),
        finish_reason=FinishReason.LENGTH,
        citations=(Citation(2, SECOND),),
    )
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=reply, passages=(FIRST, SECOND))
    await store.settle_turn(begun.id, turn)
    assert (await only_turn(store, conversation.id)).turn == turn


async def test_a_citation_of_a_passage_that_was_not_saved_keeps_its_text(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    reply = Reply("A [1]", citations=(Citation(1, FIRST),))
    await store.settle_turn(begun.id, replace(begun.turn, reply=reply))
    assert (await only_turn(store, conversation.id)).turn.reply.citations == reply.citations


async def test_a_failed_turn_keeps_the_question_and_the_reason(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    failed = replace(
        begun.turn, state=TurnState.FAILED, reply=Reply("half", error="The key is refused.")
    )
    await store.settle_turn(begun.id, failed)
    assert (await only_turn(store, conversation.id)).turn == failed


async def test_an_unknown_price_stays_unknown(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("A", cost=Cost(None)))
    await store.settle_turn(begun.id, turn)
    assert (await only_turn(store, conversation.id)).turn.reply.cost == Cost(None)


async def test_the_model_of_the_question_stays_when_the_reply_names_none(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q", model="openai/x")
    await store.settle_turn(begun.id, replace(begun.turn, reply=Reply("A")))
    assert (await only_turn(store, conversation.id)).turn.reply.model == "openai/x"


async def test_partial_text_and_passages_are_there_before_the_end(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.save_passages(begun.id, (FIRST,))
    await store.save_partial(begun.id, "Once up", "hm")
    turn = (await only_turn(store, conversation.id)).turn
    assert (turn.reply.text, turn.reply.reasoning) == ("Once up", "hm")
    assert turn.passages == (FIRST,)


async def test_a_late_partial_text_does_not_overwrite_the_settled_one(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    settled = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply("Whole", "why"))
    await store.settle_turn(begun.id, settled)
    await store.save_partial(begun.id, "Who", "")
    assert (await only_turn(store, conversation.id)).turn == settled


async def test_settling_changes_neither_question_nor_pin(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.pin(begun.id, True)
    other = replace(begun.turn, question="Another", state=TurnState.COMPLETE, pinned=False)
    await store.settle_turn(begun.id, other)
    turn = (await only_turn(store, conversation.id)).turn
    assert (turn.question, turn.pinned) == ("Q", True)


async def test_a_pin_can_be_taken_off(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.pin(begun.id, True)
    await store.pin(begun.id, False)
    assert not (await only_turn(store, conversation.id)).turn.pinned


async def test_the_window_mark_comes_back_with_the_turn(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.save_window(begun.id, WindowMark(begun.id, 8000))
    assert (await only_turn(store, conversation.id)).window == WindowMark(begun.id, 8000)


async def test_a_question_in_no_conversation_is_refused(store: ChatStore) -> None:
    with pytest.raises(NoSuchConversation, match="chatui sessions"):
        await store.begin_turn("nowhere", "Q")


async def test_a_parent_of_another_conversation_is_refused(store: ChatStore) -> None:
    first, second = await store.create(), await store.create()
    begun = await store.begin_turn(first.id, "Q")
    with pytest.raises(StoreError, match="no turn"):
        await store.begin_turn(second.id, "Q", parent=begun.id)
    assert (await store.load(second.id)).turns == ()


async def test_settling_a_removed_turn_says_so(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.remove(conversation.id)
    with pytest.raises(StoreError, match="was removed"):
        await store.settle_turn(begun.id, begun.turn)
    with pytest.raises(StoreError, match="was removed"):
        await store.save_partial(begun.id, "text")


async def test_writes_are_carried_out_though_their_callers_were_cancelled(
    store: ChatStore,
) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    settled = replace(begun.turn, state=TurnState.INTERRUPTED, reply=Reply("half"))
    queue = [asyncio.create_task(store.rows()) for _ in range(20)]
    last = asyncio.create_task(store.settle_turn(begun.id, settled))
    await asyncio.sleep(0)
    last.cancel()
    with pytest.raises(asyncio.CancelledError):
        await last
    await asyncio.gather(*queue)
    assert (await only_turn(store, conversation.id)).turn == settled


async def test_another_store_reads_what_was_written(store: ChatStore, database: Path) -> None:
    conversation = await store.create("Cats")
    begun = await store.begin_turn(conversation.id, "Q")
    other = await ChatStore.open(database)
    try:
        assert (await only_turn(other, conversation.id)) == begun
    finally:
        await other.close()


async def test_a_turn_left_pending_reads_as_interrupted_once_its_store_is_closed(
    store: ChatStore, database: Path
) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    await store.save_partial(begun.id, "half")
    await store.close()
    other = await ChatStore.open(database)
    try:
        turn = (await only_turn(other, conversation.id)).turn
    finally:
        await other.close()
    assert (turn.state, turn.reply.text) == (TurnState.INTERRUPTED, "half")


async def test_a_turn_keeps_what_it_recalled(
    store: ChatStore, ask: Callable[..., Awaitable[StoredTurn]]
) -> None:
    conversation = await store.create()
    first = await ask(conversation.id, "The boat is at pier nine.")
    second = await store.begin_turn(conversation.id, "Where is the boat?")
    back = RecalledTurn(first.id, first.turn.asked, first.turn.question, 0.5)
    done = replace(second.turn, state=TurnState.COMPLETE, reply=Reply("There."), recalled=(back,))

    await store.settle_turn(second.id, done)

    assert (await store.load(conversation.id)).turns[-1].turn.recalled == (back,)
