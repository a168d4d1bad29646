"""Versions of an answer: going through them, adding one, leaving a turn out of prompts."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from chatui.domain.conversation import Role
from chatui.widgets.picker import Picker
from chatui.widgets.transcript import Transcript
from tests.app.scripted_chat import Chat, says


@pytest.fixture
def counting(chat: Chat) -> Chat:
    chat.model.scripts = [says("One"), says("Two"), says("Three"), says("Four")]
    return chat


def transcript_of(chat: Chat) -> Transcript:
    assert chat.window.view.transcript is not None
    return chat.window.view.transcript


async def press(chat: Chat, pilot: Pilot[None], key: str) -> None:
    await pilot.press(key)
    await pilot.pause()
    await chat.until(lambda: chat.idle)


async def choose_turn(chat: Chat, pilot: Pilot[None]) -> None:
    await pilot.press("escape")
    await chat.until(lambda: transcript_of(chat).chosen)


async def test_left_and_right_go_through_the_versions_of_an_answer(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "Q")
        await chat.write(pilot, "/retry")
        await chat.until(lambda: "‹ 2/2 ›" in chat.screen)
        await choose_turn(chat, pilot)
        await press(chat, pilot, "left")
        await chat.until(lambda: "‹ 1/2 ›" in chat.screen)
        assert chat.answers == ["One"]
        await press(chat, pilot, "left")
        assert "first of its 2 versions" in chat.notice
        await press(chat, pilot, "right")
        await chat.until(lambda: "‹ 2/2 ›" in chat.screen)
        assert chat.answers == ["Two"]


async def test_a_click_on_an_arrow_goes_to_the_version_beside(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "Q")
        await chat.write(pilot, "/retry")
        await chat.until(lambda: "‹ 2/2 ›" in chat.screen)
        row = next(y for y, line in enumerate(chat.screen.split("\n")) if "‹ 2/2" in line)
        column = chat.screen.split("\n")[row].index("‹")
        await pilot.click(offset=(column, row))
        await chat.until(lambda: chat.answers == ["One"])


async def test_a_version_brings_the_turns_behind_it_back(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "First")
        await chat.write(pilot, "Second")
        first = chat.window.session.path.turns[0][0]
        transcript_of(chat).post_message(Transcript.TurnAction(first, "retry"))
        await chat.until(lambda: chat.answers == ["Three"] and chat.idle)
        await choose_turn(chat, pilot)
        await press(chat, pilot, "left")
        assert chat.questions == ["First", "Second"]
        assert transcript_of(chat).selected == first


async def test_an_edited_answer_is_what_the_model_sees(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "Q")
        await chat.write(pilot, "/edit answer")
        assert chat.window.view.composer.text.strip() == "One"
        chat.window.view.composer.fill("/none of that")
        await pilot.press("enter")
        await chat.until(lambda: chat.answers == ["/none of that"] and chat.idle)
        await chat.until(lambda: "edited by you" in chat.screen)
        assert "‹ 2/2 ›" in chat.screen
        await chat.write(pilot, "Next")
        sent = chat.model.requests[-1].messages
        assert "/none of that" in [message.content for message in sent]
        assert len(chat.model.requests) == 2


async def test_a_long_answer_is_edited_as_it_stands(chat: Chat) -> None:
    chat.model.scripts = [says("\n\n".join(f"Paragraph {n}." for n in range(40)))]
    async with chat.open() as pilot:
        await chat.write(pilot, "Q")
        await chat.write(pilot, "/edit answer")
        assert "Paragraph 39." in chat.window.view.composer.text


async def test_a_turn_is_left_out_of_prompts_and_taken_in_again(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "Secret")
        await choose_turn(chat, pilot)
        await press(chat, pilot, "x")
        assert "left out of prompts" in chat.screen
        chat.window.view.composer.focus()
        await chat.write(pilot, "Next")
        assert [m.content for m in chat.model.requests[-1].messages if m.role is Role.USER] == [
            "Next"
        ]
        await chat.window.session.reload()
        first, turn = chat.window.session.path.turns[0]
        assert turn.left_out
        transcript_of(chat).post_message(Transcript.TurnAction(first, "omit"))
        await chat.until(lambda: "left out of prompts" not in chat.screen)
        await chat.write(pilot, "Third")
        assert "Secret" in [m.content for m in chat.model.requests[-1].messages]


async def test_context_tells_who_left_a_turn_out(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "Q")
        await chat.write(pilot, "/omit")
        await chat.write(pilot, "/context")
        await chat.until(lambda: "left out by you" in chat.screen)


async def test_the_tree_goes_to_a_version(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "First")
        await chat.write(pilot, "Second")
        await chat.write(pilot, "/retry")
        await chat.send(pilot, "/versions")
        await chat.until(lambda: isinstance(chat.window.screen, Picker))
        await pilot.pause()
        assert "└ 1/2 Second" in chat.screen
        assert "● " in chat.screen
        await pilot.press("up", "enter")
        await chat.until(lambda: chat.answers == ["One", "Two"])


async def test_the_tree_of_a_straight_conversation_says_so(counting: Chat) -> None:
    chat = counting
    async with chat.open() as pilot:
        await chat.write(pilot, "First")
        await chat.write(pilot, "/versions")
        assert "one version of each turn" in chat.notice
