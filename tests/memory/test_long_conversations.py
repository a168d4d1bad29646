from __future__ import annotations

from datetime import timedelta

from chatui.conversation import Role
from chatui.memory.database import now
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store import ChatStore

MESSAGES = 10_000


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
    (conversation,) = await store.add([ImportedConversation("Long", began, messages, MESSAGES - 1)])
    begun = await store.begin_turn(conversation, "One more")
    turns = (await store.load(conversation)).turns
    texts = [text for stored in turns for text in (stored.turn.question, stored.turn.reply.text)]
    assert texts == [*(message.content for message in messages), "One more", ""]
    assert turns[-1].id == begun.id
    assert (await store.rows())[0].turns == MESSAGES // 2 + 1
