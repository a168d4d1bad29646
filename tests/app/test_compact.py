"""`/compact`: the summary is read, changed and accepted, and can be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from chatui.app.start import StartOptions
from chatui.assistant.summaries.summariser import Summariser, SummaryText
from chatui.domain.conversation import Reply, TurnState
from chatui.domain.errors import ChatuiError
from chatui.memory.store.store import ChatStore
from chatui.widgets.compact_panel import CompactPanel
from tests.app.scripted_chat import Chat

SIZE = (120, 40)


@pytest.fixture
async def talk(chat: Chat) -> Chat:
    """A window on a stored conversation of four turns."""
    store = await ChatStore.open(chat.folder / "data" / "chats.db")
    conversation = await store.create()
    for number in range(1, 5):
        question = f"Shall order {number} go to Frau Lindqvist on 3 May?"
        stored = await store.begin_turn(conversation.id, question)
        reply = Reply("We decided for the Adler drive at 412 euros in Hamburg. " * 4)
        turn = replace(stored.turn, state=TurnState.COMPLETE, reply=reply)
        await store.settle_turn(stored.id, turn)
    await store.close()
    chat.reopen(StartOptions(continue_last=True))
    return chat


async def compacting(chat: Chat, pilot: Pilot[None], command: str = "/compact") -> TextArea:
    """The panel with a summary in it."""
    await chat.write(pilot, command)
    field = chat.window.screen.query_one(TextArea)
    await chat.until(lambda: bool(field.text) and field.has_focus)
    return field


async def accept(chat: Chat, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+s")
    await chat.until(lambda: chat.idle and not chat.window.at_work("boundary", "meter"))
    await pilot.pause()


def sent(chat: Chat) -> list[str]:
    return [message.content for message in chat.model.requests[-1].messages]


async def test_the_accepted_text_stands_for_all_turns_but_the_newest_two(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        field = await compacting(talk, pilot)
        assert "Lindqvist" in field.text
        field.load_text("Orders 1 and 2 were settled by hand.")
        await accept(talk, pilot)
        await talk.write(pilot, "And now?")
        prompt = sent(talk)
        assert any("Orders 1 and 2 were settled by hand." in each for each in prompt)
        assert [each[:13] for each in prompt if each.startswith("Shall")] == [
            "Shall order 3",
            "Shall order 4",
        ]


async def test_the_panel_says_what_leaves_and_what_stands_for_it(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await compacting(talk, pilot, "/compact the prices")
        await talk.until(lambda: "tokens → ≈" in talk.screen)
        assert "2 turns leave the next prompt: ≈" in talk.screen
        assert "Kept in view: the prices." in talk.screen


async def test_nothing_is_stored_when_it_is_dropped(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await compacting(talk, pilot)
        await pilot.press("escape")
        await talk.until(lambda: talk.idle)
        assert talk.notice == "Dropped; nothing was changed."
        assert await summaries(talk) == []


async def test_changes_by_hand_are_dropped_at_the_second_time_only(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await compacting(talk, pilot)
        await pilot.press("x", "escape")
        assert isinstance(talk.window.screen, CompactPanel)
        await pilot.press("escape")
        await talk.until(lambda: not talk.window.screen.is_modal)


async def test_an_empty_text_is_not_accepted(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        field = await compacting(talk, pilot)
        field.load_text("  \n")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "An empty summary stands for nothing" in talk.screen
        assert await summaries(talk) == []


async def test_undo_sends_the_turns_again_and_redo_the_summary(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await compacting(talk, pilot)
        await accept(talk, pilot)
        await talk.write(pilot, "/undo")
        assert "The summary is taken back" in talk.notice
        assert len(talk.questions) == 4
        await talk.write(pilot, "With the turns?")
        assert sum(each.startswith("Shall") for each in sent(talk)) == 4
        await talk.write(pilot, "/undo")
        assert len(talk.questions) == 4


async def test_redo_makes_the_summary_count_again(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await compacting(talk, pilot)
        await accept(talk, pilot)
        await talk.write(pilot, "/undo")
        await talk.write(pilot, "/redo")
        await talk.write(pilot, "With the summary?")
        assert sum(each.startswith("Shall") for each in sent(talk)) == 2


async def test_the_boundary_is_drawn_at_once_and_the_summary_read_there(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        field = await compacting(talk, pilot)
        field.load_text("All was settled by hand.")
        await accept(talk, pilot)
        await talk.until(
            lambda: "2 turns above are summarised from the next question on" in talk.screen
        )
        transcript = talk.window.view.transcript
        assert transcript is not None
        transcript.selected = talk.window.session.path.turns[2][0]
        transcript.focus()
        await pilot.press("enter")
        await talk.until(lambda: "All was settled by hand." in talk.screen)
        await pilot.press("escape")
        talk.window.view.composer.focus()
        await talk.write(pilot, "And now?")
        await talk.until(lambda: "2 turns above are no longer sent · summarised" in talk.screen)


async def test_the_meter_tells_what_leaves_before_it_does(talk: Chat) -> None:
    async with talk.open(SIZE) as pilot:
        await talk.write(pilot, "/context cap 4000")
        await compacting(talk, pilot)
        await accept(talk, pilot)
        await talk.until(lambda: "2 turns leave, ≈" in talk.screen)
        await talk.write(pilot, "And now?")
        assert "2 turns left out" in talk.screen
        assert "turns leave" not in talk.screen


async def test_too_short_a_chat_is_said_to_be_so(chat: Chat) -> None:
    async with chat.open(SIZE) as pilot:
        await chat.write(pilot, "once")
        await chat.write(pilot, "/compact")
        assert "nothing to compact yet" in chat.notice


async def test_a_summary_that_fails_leaves_all_as_it_was(
    talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> SummaryText:
        raise ChatuiError("The model did not answer: try again.")

    monkeypatch.setattr(Summariser, "summarise", fail)
    async with talk.open(SIZE) as pilot:
        await talk.write(pilot, "/compact")
        await talk.until(lambda: talk.idle)
        assert talk.notice == "The model did not answer: try again."
        assert not talk.window.screen.is_modal
        assert await summaries(talk) == []


async def test_a_summary_that_hangs_can_be_stopped(
    talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> SummaryText:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Summariser, "summarise", hang)
    async with talk.open(SIZE) as pilot:
        await talk.write(pilot, "/compact")
        await talk.until(lambda: "Summarising 2 turns …" in talk.screen)
        await pilot.press("escape")
        await talk.until(lambda: talk.idle)
        assert talk.notice == "Stopped; nothing was changed."


async def summaries(chat: Chat) -> list[object]:
    session = chat.window.session
    store = (await session.services()).store
    return list(await store.summaries.of(session.conversation_id or ""))
