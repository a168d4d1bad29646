"""A long conversation in the window: a turn mounts, counts and reads what a turn of a short one
does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from chatui.app.start import StartOptions
from chatui.assistant import measure
from chatui.config.paths import Paths
from chatui.cost.tokens.tokens import TokenCount, TokenCounter
from chatui.domain.conversation import Message, Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.store.database import now
from chatui.memory.store.store import ChatStore
from tests.app.scripted_chat import Chat, says


def conversation_of(turns: int) -> ImportedConversation:
    began = now() - timedelta(days=1)
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2], f"message {n}", began, n - 1 if n else None
        )
        for n in range(2 * turns)
    )
    return ImportedConversation("Long", began, tuple(said), 2 * turns - 1)


async def opened_on(chat: Chat, turns: int) -> Chat:
    """The window on a conversation of so many turns."""
    paths = Paths(*(chat.folder / name for name in ("config", "data", "state", "cache")))
    store = await ChatStore.open(paths.chats)
    await store.add([conversation_of(turns)])
    await store.close()
    chat.reopen(StartOptions(continue_last=True))
    chat.model.scripts = [says("Here it is")]
    return chat


@pytest.mark.parametrize("turns", [100, 700])
async def test_a_turn_mounts_no_more_widgets_in_a_longer_conversation(
    chat: Chat, turns: int
) -> None:
    chat = await opened_on(chat, turns)
    async with chat.open() as pilot:
        await chat.until(lambda: not chat.window.at_work("fill", "load"))
        transcript = chat.window.view.transcript
        assert transcript is not None
        # `turns_shown`, in whole steps.
        before = len(transcript._views)
        await chat.write(pilot, "What now?")
        assert chat.answers[-1] == "Here it is"
        assert (before, len(transcript._views)) == (32, 33)


async def texts_counted(chat: Chat, turns: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many messages a turn counts, behind so many."""
    chat = await opened_on(chat, turns)
    counted: set[str] = set()
    count_messages = TokenCounter.count_messages

    def watched(counter: TokenCounter, messages: Sequence[Message], model: str) -> TokenCount:
        # The meter reads the same ones again as often as it finds the time.
        counted.update(message.content for message in messages)
        return count_messages(counter, messages, model)

    async with chat.open() as pilot:
        for question in ("What now?", "What then?"):
            await chat.write(pilot, question)
            await chat.until(lambda: not chat.window.at_work("meter", "boundary"))
        monkeypatch.setattr(TokenCounter, "count_messages", watched)
        await chat.write(pilot, "And after that?")
        await chat.until(lambda: not chat.window.at_work("meter", "boundary"))
        monkeypatch.undo()
    return len(counted)


async def test_a_turn_counts_as_many_messages_behind_700_turns_as_behind_50(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = await texts_counted(chat, 50, monkeypatch)
    long = await texts_counted(chat, 700, monkeypatch)
    assert 0 < short == long


async def test_sizes_of_turns_that_stayed_are_taken_over(chat: Chat) -> None:
    store = await ChatStore.open(chat.folder / "chats.db")
    (arrival,) = await store.add([conversation_of(20)])
    cid = arrival.conversation
    sizes = measure.PromptMeasure(TokenCounter())
    past = (await store.load(cid)).turns
    first = sizes.turns(past, "a/b")
    assert sizes.turns(past, "a/b") is first
    await store.begin_turn(cid, "One more")
    longer = sizes.turns((await store.load(cid)).turns, "a/b")
    await store.undo(cid)
    again = sizes.turns((await store.load(cid)).turns, "a/b")
    await store.close()
    assert list(longer)[:20] == list(first) == list(again)
    assert len(longer) == 21
