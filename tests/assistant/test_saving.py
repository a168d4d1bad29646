"""A store that fails in the middle of a reply: nothing that came is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chatui.assistant import saving as module
from chatui.assistant.events import AssistantEvent, TurnSettled
from chatui.assistant.saving import Saving
from chatui.domain.conversation import FinishReason, TurnState
from chatui.domain.errors import StoreError
from chatui.memory.store.store import ChatStore
from chatui.models.base import Finished, TextDelta
from tests.assistant.test_assistant import SETTINGS, House
from tests.patience import PATIENCE, patiently

WORDS = [TextDelta("Once "), TextDelta("upon "), TextDelta("a time.")]


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[ChatStore]:
    """A store that does not wait for a lock."""
    opened = await ChatStore.open(tmp_path / "chats.db", busy_seconds=0.01)
    yield opened
    await opened.close()


class Lock:
    """Another program that holds the file locked."""

    def __init__(self, path: Path) -> None:
        self._holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    async def take(self) -> None:
        self._holder.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self._holder.execute("ROLLBACK")
        self._holder.close()


async def until_stored(store: ChatStore, text: str) -> None:
    """Returns as soon as the newest turn has that text."""
    async with asyncio.timeout(PATIENCE):
        # Another connection writes it.
        while await newest_text(store) != text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def newest_text(store: ChatStore) -> str:
    conversation = await store.latest()
    turns = (await store.load(conversation)).turns if conversation else ()
    return turns[-1].turn.reply.text if turns else ""


async def answered(house: House, into: list[AssistantEvent]) -> None:
    async for event in house.assistant.reply(None, "Tell me a story", SETTINGS):
        into.append(event)


async def test_a_reply_goes_on_while_the_store_is_locked_and_is_saved_when_it_can_be(
    hasty: ChatStore, tmp_path: Path
) -> None:
    lock, told = Lock(tmp_path / "chats.db"), list[str]()
    saving = Saving(told.append)
    script = [WORDS[0], lock.take, *WORDS[1:], Finished(FinishReason.STOP)]
    house = House(hasty, tmp_path, script, saving=saving)
    events: list[AssistantEvent] = []
    with pytest.raises(StoreError, match="locked"):
        await answered(house, events)

    settled = events[-1]
    assert isinstance(settled, TurnSettled)
    assert settled.turn.reply.text == "Once upon a time."
    assert settled.turn.state is TurnState.COMPLETE
    assert "can't be saved now" in told[0]

    lock.release()
    assert await saving.catch_up() is None
    assert told[1:] == ["The chat is saved again, with all that came meanwhile."]
    (turn,) = (await hasty.load(settled.conversation_id)).turns
    assert turn.turn.reply.text == "Once upon a time."
    assert turn.turn.state is TurnState.COMPLETE
    await saving.close()


async def test_the_next_question_saves_what_waits_first(hasty: ChatStore, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "chats.db")
    house = House(hasty, tmp_path, [lock.take, *WORDS, Finished(FinishReason.STOP)])
    events: list[AssistantEvent] = []
    with pytest.raises(StoreError):
        await answered(house, events)
    lock.release()
    settled = events[-1]
    assert isinstance(settled, TurnSettled)
    house.model.script = [TextDelta("The end."), Finished(FinishReason.STOP)]
    await house.ask("And then?", cid=settled.conversation_id)

    first, second = (await hasty.load(settled.conversation_id)).turns
    assert (first.turn.reply.text, second.turn.reply.text) == ("Once upon a time.", "The end.")


async def test_what_has_come_is_saved_while_the_server_stalls(
    hasty: ChatStore, tmp_path: Path
) -> None:
    go_on = asyncio.Event()
    house = House(hasty, tmp_path, [*WORDS[:2], go_on.wait, Finished(FinishReason.STOP)])
    reply = asyncio.create_task(answered(house, []))
    await until_stored(hasty, "Once upon ")
    go_on.set()
    await reply


async def test_what_waits_is_tried_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    written, tries = asyncio.Event(), 0

    async def write() -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise StoreError("The disk is full.")
        written.set()

    saving = Saving()
    assert str(await saving.now_or_later(write)) == "The disk is full."
    await patiently(written.wait())
    assert await saving.close() is None
    assert tries == 4


async def test_writes_keep_their_order_through_a_fault() -> None:
    written: list[str] = []
    broken = True

    async def first() -> None:
        if broken:
            raise StoreError("The disk is full.")
        written.append("first")

    async def second() -> None:
        written.append("second")

    saving = Saving()
    await saving.now_or_later(first)
    await saving.now_or_later(second)
    assert written == []
    broken = False
    assert await saving.close() is None
    assert written == ["first", "second"]


async def test_replies_that_end_at_once_are_written_once_each() -> None:
    written: list[str] = []

    def writing(name: str) -> Callable[[], Awaitable[None]]:
        async def write() -> None:
            await asyncio.sleep(0)
            written.append(name)

        return write

    saving = Saving()
    await asyncio.gather(*(saving.now_or_later(writing(name)) for name in "abc"))
    assert written == ["a", "b", "c"]


async def test_a_write_whose_caller_is_cancelled_is_not_written_again() -> None:
    written: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        begun.set()
        await go_on.wait()
        written.append("once")

    saving = Saving()
    caller = asyncio.create_task(saving.now_or_later(write))
    await begun.wait()
    caller.cancel()
    await asyncio.wait([caller])
    go_on.set()
    assert await saving.close() is None
    assert written == ["once"]
