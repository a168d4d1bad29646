"""`/context`: what it shows, and what it sets."""

from __future__ import annotations

import pytest
from textual.content import Content

from chatui.app.commands.context import ranges
from chatui.widgets.details import FactsText
from tests.app.scripted_chat import Chat, says


def box(chat: Chat) -> str:
    content = chat.window.screen.query_one(FactsText).render()
    assert isinstance(content, Content)
    return content.plain


async def test_it_shows_what_is_sent_what_is_left_out_and_what_a_cache_reads(chat: Chat) -> None:
    chat.model.scripts = [says("word " * 40)]
    async with chat.open(size=(80, 24)) as pilot:
        await chat.write(pilot, "/context cap 300")
        for number in range(12):
            await chat.write(pilot, f"question {number}")
        await chat.write(pilot, "/context")
        shown = box(chat)
        assert "all turns that fit into 300 tokens" in shown
        assert "System prompt" in shown
        assert "beyond the cap (1–" in shown
        assert "● same as last time" in shown
        assert "Many providers cache nothing below" in shown
        assert max(len(line) for line in shown.splitlines()) <= 66


async def test_a_bound_holds_for_this_conversation_alone(chat: Chat) -> None:
    async with chat.open() as pilot:
        for number in range(5):
            await chat.write(pilot, f"question {number}")
        await chat.write(pilot, "/context turns 2 cap 250")
        assert "keeps the last 2 turns that fit into 250 tokens" in chat.notice
        await chat.write(pilot, "now?")
        asked = [m.content for m in chat.model.requests[-1].messages if m.role == "user"]
        assert asked == ["question 4", "now?"]
        await chat.write(pilot, "/new")
        await chat.write(pilot, "/context")
        assert "all turns" in box(chat)
        assert "last 2" not in box(chat)


async def test_it_can_be_set_before_the_first_question_and_taken_back(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/context full cap 300")
        assert "refuses what is beyond 300 tokens" in chat.notice
        await chat.write(pilot, "one")
        assert chat.questions == ["one"]
        await chat.write(pilot, "/context default")
        assert chat.notice == "This chat now keeps all turns."


async def test_a_turn_whose_question_was_cut_says_so_now_and_when_it_is_read_again(
    chat: Chat,
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/context cut cap 300")
        await chat.write(pilot, "word " * 600)
        assert "tokens were cut out of the question when it was sent" in chat.screen
        ((_, turn),) = chat.window.session.path.turns
        await chat.window.session.reload()
        assert chat.window.session.path.turns[0][1].cut == turn.cut > 0


async def test_what_it_does_not_know_is_said(chat: Chat) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/context turn 3")
        assert "knows no 'turn'" in chat.notice


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([4], "4"), ([1, 2, 3, 7], "1–3, 7"), ([1, 3, 5, 7, 9], "1, 3, 5, 7, …")],
)
def test_numbers_are_told_in_runs(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text
