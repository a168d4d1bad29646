"""Words of a message, typed into the list of conversations."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from chatui.domain.conversation import Role
from chatui.memory.imported import ImportedConversation, ImportedMessage
from chatui.memory.records import MessageHit
from chatui.memory.store.database import now
from chatui.widgets.sessions import SessionsScreen
from tests.app.scripted_chat import Chat, says

TURNS = 200


def rows(chat: Chat) -> list[str]:
    return [str(option.prompt) for option in chat.window.screen.query_one(OptionList).options]


async def search(chat: Chat, pilot: Pilot[None], words: str) -> None:
    """Types the words into the list, and waits until the messages have been looked through."""
    await pilot.press("ctrl+s")
    await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))
    chat.window.screen.query_one("#filter", Input).value = words


async def two_conversations(chat: Chat, pilot: Pilot[None]) -> None:
    chat.model.scripts = [says("Otters sleep on their backs."), says("Dogs bark.")]
    await chat.write(pilot, "Which animals float?")
    await chat.write(pilot, "/new")
    await chat.write(pilot, "Which animals bark?")


async def test_a_conversation_is_found_by_words_of_an_answer(chat: Chat) -> None:
    async with chat.open() as pilot:
        await two_conversations(chat, pilot)
        await search(chat, pilot, "sleep on backs")
        await chat.until(lambda: len(rows(chat)) == 1 and "Otters sleep" in rows(chat)[0])
        await pilot.press("enter")
        await chat.until(lambda: chat.questions == ["Which animals float?"] and chat.idle)
        await pilot.pause()
        assert "more below" not in chat.screen


async def test_what_was_said_at_a_time_stands_before_the_words_for_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.model.scripts = [says("Otters float."), says("So it was yesterday.")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Which animals float?")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "How was the weather?")
        services = await chat.window.session.services()

        async def said_then(_: object, query: str, k: int) -> list[MessageHit]:
            return await services.store.search("otters", k)

        monkeypatch.setattr(type(services), "messages_about", said_then)
        await search(chat, pilot, "yesterday")
        await chat.until(lambda: bool(rows(chat)) and "Otters float." in rows(chat)[0])
        assert len(rows(chat)) == 2


async def test_titles_with_the_words_stand_before_messages(chat: Chat) -> None:
    async with chat.open() as pilot:
        await two_conversations(chat, pilot)
        await search(chat, pilot, "bark")
        await chat.until(lambda: bool(rows(chat)))
        assert "Which animals bark?" in rows(chat)[0]


async def test_scattered_letters_stand_behind_messages(chat: Chat) -> None:
    chat.model.scripts = [says("Otters float."), says("Yes.")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Which animals float?")
        await chat.write(pilot, "/new")
        await chat.write(pilot, "Oh, the tide is rising, is it not?")
        await search(chat, pilot, "otters")
        await chat.until(lambda: bool(rows(chat)) and "Otters float." in rows(chat)[0])
        assert "tide" not in rows(chat)[0]


async def test_a_long_conversation_opens_where_the_words_stand(chat: Chat) -> None:
    said = (
        ImportedMessage(
            (Role.USER, Role.ASSISTANT)[n % 2],
            "The otter sleeps." if n == TURNS else f"Something else, number {n}.",
            now(),
            n - 1 if n else None,
        )
        for n in range(2 * TURNS)
    )
    async with chat.open() as pilot:
        store = (await chat.window.session.services()).store
        talk = ImportedConversation("A long talk", now(), tuple(said), 2 * TURNS - 1)
        await store.add([talk])
        await search(chat, pilot, "otter")
        await chat.until(lambda: bool(rows(chat)) and "The otter sleeps." in rows(chat)[0])
        await pilot.press("enter")
        transcript = chat.window.view.transcript
        assert transcript
        await chat.until(lambda: transcript.selected is not None and chat.idle)
        await pilot.pause()
        assert "The otter sleeps." in chat.screen


async def test_words_on_a_branch_that_was_left_are_told(chat: Chat) -> None:
    chat.model.scripts = [says("Otters sleep."), says("Dogs bark.")]
    async with chat.open() as pilot:
        await chat.write(pilot, "Which animals float?")
        await chat.write(pilot, "/retry")
        await chat.until(lambda: chat.answers == ["Dogs bark."])
        await search(chat, pilot, "otters sleep")
        await chat.until(lambda: bool(rows(chat)) and "Otters sleep." in rows(chat)[0])
        await pilot.press("enter")
        await chat.until(lambda: "on a branch" in chat.notice)
