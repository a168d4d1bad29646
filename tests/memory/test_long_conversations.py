from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chatui.domain.conversation import Reply, Role, TurnState
from chatui.domain.passage import Citation, Passage
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store import codec
from chatui.memory.store.codec import passage_from_json
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore

MESSAGES = 10_000
PASSAGE = Passage(
    1, 0.5, "cats.md", "/home/me/cats.md", "Cats", "Food", None, 0, 9, 3, 4, "Cats eat.", "d", "c1"
)


async def test_ten_thousand_messages_load_in_order_and_go_on(store: ChatStore) -> None:
    began = now()
    messages = tuple(
        ImportedMessage(
            role=Role.ASSISTANT if number % 2 else Role.USER,
            content=f"message {number} about topic {number % 97}",
            created=began + timedelta(seconds=number),
            parent=number - 1 if number else None,
        )
        for number in range(MESSAGES)
    )
    (arrival,) = await store.add([ImportedConversation("Long", began, messages, MESSAGES - 1)])
    conversation = arrival.conversation
    begun = await store.begin_turn(conversation, "One more")
    turns = (await store.load(conversation)).turns
    texts = [text for stored in turns for text in (stored.turn.question, stored.turn.reply.text)]
    assert texts == [*(message.content for message in messages), "One more", ""]
    assert turns[-1].id == begun.id
    assert (await store.rows())[0].turns == MESSAGES // 2 + 1


async def test_loading_again_sees_what_was_written_here(store: ChatStore) -> None:
    conversation = (await store.create()).id
    assert (await store.load(conversation)).title == ""
    assert (await store.load(conversation)).turns == ()
    await store.rename(conversation, "Named")
    assert (await store.load(conversation)).title == "Named"
    begun = await store.begin_turn(conversation, "Q")
    assert (await store.load(conversation)).head == begun.id
    await store.undo(conversation)
    assert (await store.load(conversation)).turns == ()


async def test_loading_again_sees_what_another_window_wrote(
    store: ChatStore, database: Path
) -> None:
    conversation = (await store.create()).id
    assert (await store.load(conversation)).title == ""
    other = await ChatStore.open(database)
    await other.rename(conversation, "Named")
    assert (await store.load(conversation)).title == "Named"
    begun = await other.begin_turn(conversation, "Q")
    assert (await store.load(conversation)).turns == (begun,)
    await other.close()
    (stored,) = (await store.load(conversation)).turns
    assert stored.turn.state is TurnState.INTERRUPTED


async def test_loading_again_without_a_write_does_no_work(store: ChatStore) -> None:
    conversation = (await store.create()).id
    assert await store.load(conversation) is await store.load(conversation)


async def test_a_load_decodes_no_passages(
    store: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []

    def watched(data: codec.Json) -> Passage:
        decoded.append(data["source"])
        return passage_from_json(data)

    monkeypatch.setattr(codec, "passage_from_json", watched)
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "Q")
    reply = Reply("A [1].", citations=(Citation(1, PASSAGE),))
    turn = replace(begun.turn, state=TurnState.COMPLETE, reply=reply, passages=(PASSAGE,))
    await store.settle_turn(begun.id, turn)
    (stored,) = (await store.load(conversation.id)).turns
    assert decoded == []
    assert stored.turn == turn
    assert decoded == ["cats.md"]
