"""Text that breaks databases, in every place that takes text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.domain.passage import Citation, Passage
from chatui.memory.store.database import storable
from chatui.memory.store.store import ChatStore
from chatui.memory.transfer.exports import export_json, export_text

TEXTS = {
    "NUL": "before\0after",
    "a quote": 'it\'s "so"; DROP TABLE turns; --',
    "controls": "\x1b]0;title\x07\x9b31m\r\n\t\x7f",
    "bidi": "\u202eevil\u2066",
    "combining": "e" + "\u0301" * 500,
    "no character": "\uffff\ufdd0",
    "a megabyte": "A sentence of prose. " * 50_000 + "猫",
    "one long word": "x" * 1_000_000,
    "nothing": "",
    "blanks": " \n ",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_is_kept_to_the_character(store: ChatStore, text: str) -> None:
    conversation = await store.create(text)
    begun = await store.begin_turn(conversation.id, text, model=text)
    passage = Passage(
        1, 0.5, text, text, text, text, None, 0, 1, 1, 1, text, text, text, similarity=0.1
    )
    reply = Reply(text, text, text, citations=(Citation(1, passage),), error=text or None)
    turn = replace(begun.turn, state=TurnState.FAILED, reply=reply, passages=(passage,))
    await store.save_partial(begun.id, text, text)
    await store.settle_turn(begun.id, turn)
    assert (await store.load(conversation.id)).turns[0].turn == turn


async def test_a_lone_surrogate_is_replaced_and_nothing_else_is_lost(store: ChatStore) -> None:
    conversation = await store.create("a\ud800b")
    begun = await store.begin_turn(conversation.id, "q\udfff", model="m\ud800")
    turn = replace(
        begun.turn, state=TurnState.FAILED, reply=Reply("r\ud800r", "\udc00", error="\udc00")
    )
    await store.settle_turn(begun.id, turn)
    loaded = await store.load(conversation.id)
    assert loaded.title == "a\ufffdb"
    assert loaded.turns[0].turn.question == "q\ufffd"
    reply = loaded.turns[0].turn.reply
    assert (reply.text, reply.reasoning, reply.error) == ("r\ufffdr", "\ufffd", "\ufffd")


def test_a_surrogate_pair_is_the_character_it_stands_for() -> None:
    assert storable("smile \ud83d\ude00 \ud83d") == "smile \U0001f600 \ufffd"


async def test_what_begin_turn_returns_is_what_is_stored(store: ChatStore) -> None:
    conversation = await store.create()
    begun = await store.begin_turn(conversation.id, "q\udfff")
    assert (await store.load(conversation.id)).turns[0].turn.question == begun.turn.question


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_any_text_can_be_exported(store: ChatStore, text: str) -> None:
    conversation = await store.create(text)
    begun = await store.begin_turn(conversation.id, text)
    await store.save_partial(begun.id, "reply")
    exported = await export_json(store, conversation.id)
    assert exported["title"] == text
    assert exported["messages"][-1]["content"] == "reply"
    assert "\n\nreply\n" in await export_text(store, conversation.id, "md")
