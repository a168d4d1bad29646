"""A clock that goes backwards: turns keep their order, and nothing that is counted is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chatui.domain.conversation import Reply, TurnState
from chatui.memory.records import LedgerRow, WindowMark
from chatui.memory.store import conversations, turns
from chatui.memory.store.store import ChatStore

START = datetime(2026, 11, 28, 12, tzinfo=UTC)


def backwards() -> Iterator[datetime]:
    moment = START
    while True:
        yield moment
        moment -= timedelta(hours=7)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    moments = backwards()
    for module in (conversations, turns):
        monkeypatch.setattr(module, "now", lambda: next(moments))
    return moments


async def test_turns_stand_in_the_order_in_which_they_were_asked(
    store: ChatStore, clock: Iterator[datetime]
) -> None:
    conversation = await store.create()
    asked = ["one", "two", "three", "four"]
    for question in asked:
        begun = await store.begin_turn(conversation.id, question)
        done = replace(begun.turn, state=TurnState.COMPLETE, reply=Reply(f"To {question}"))
        row = LedgerRow("reply", "a/b", next(clock), conversation_id=conversation.id)
        await store.save_window(begun.id, WindowMark(begun.id, 4000))
        await store.settle_turn(begun.id, done, row)

    path = (await store.load(conversation.id)).turns
    assert [turn.turn.question for turn in path] == asked
    assert [m.content for m in await store.messages(conversation.id)][::2] == asked
    assert len(await store.ledger(conversation.id)) == len(asked)
    assert (await store.stats("day", 0, START)).total.calls == len(asked)
    assert await store.undo(conversation.id)
    assert (await store.load(conversation.id)).turns[-1].turn.question == "three"
    (listed,) = await store.rows()
    assert listed.turns == 3
