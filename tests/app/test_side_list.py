"""The conversations at the left of the chat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from textual.pilot import Pilot

from chatui.app.start import StartOptions
from chatui.widgets.sessions import SessionsScreen
from chatui.widgets.side_list import SideList, SideRow, entry
from tests.app.scripted_chat import Chat

WIDE = (130, 34)


async def two_chats(chat: Chat, pilot: Pilot[None]) -> list[str]:
    """The ids of two conversations, the second one shown with the list."""
    ids = []
    for question in ("About otters", "About badgers"):
        await pilot.press("ctrl+n")
        await chat.until(lambda: chat.window.session.conversation_id is None and chat.idle)
        await chat.write(pilot, question)
        ids.append(chat.window.session.conversation_id or "")
    await pilot.press("ctrl+b")
    await chat.until(lambda: chat.idle and side_of(chat).has_focus_within)
    await pilot.pause()
    return ids


def side_of(chat: Chat) -> SideList:
    assert chat.window.view.side is not None
    return chat.window.view.side


async def test_it_shows_them_and_opens_one(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        first, second = await two_chats(chat, pilot)
        assert "● About badgers" in chat.screen
        assert "Today" in chat.screen
        assert chat.window.session.conversation_id == second
        await pilot.press("down", "enter")
        await chat.until(lambda: chat.questions == ["About otters"] and chat.idle)
        assert chat.window.session.conversation_id == first
        assert chat.window.view.composer.has_focus
        await chat.until(lambda: "● About otters" in chat.screen)


async def test_it_is_put_away_from_within(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        await two_chats(chat, pilot)
        await pilot.press("ctrl+b")
        await chat.until(lambda: chat.window.view.composer.has_focus)
        assert not side_of(chat).display


async def test_a_pinned_one_stands_first_and_an_archived_one_goes(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        await two_chats(chat, pilot)
        await pilot.press("down", "f4")
        await chat.until(lambda: "stands first" in chat.notice)
        # The notice comes before the list is drawn anew.
        await chat.until(lambda: listed_first(chat, "  About otters", "● About badgers"))
        await pilot.press("f6")
        await chat.until(lambda: "archive" in chat.notice)
        await chat.until(lambda: "About otters" not in chat.screen)


def listed_first(chat: Chat, one: str, other: str) -> bool:
    at, behind = chat.screen.find(one), chat.screen.find(other)
    return -1 < at < behind


async def test_a_narrow_screen_gets_the_list_over_the_chat(chat: Chat) -> None:
    async with chat.open(size=(100, 30)) as pilot:
        await pilot.press("ctrl+b")
        await chat.until(lambda: isinstance(chat.window.screen, SessionsScreen))


@pytest.mark.parametrize("title", ["short", "水獭" * 40, "a\x1b[2Jb" + "c" * 90])
def test_a_row_keeps_to_the_width(title: str) -> None:
    now = datetime.now(UTC)
    row = SideRow("x", title, now - timedelta(hours=3), "gpt-5-mini" * 5, "$0.0042", "More? " * 20)
    lines = entry(row, True, now, 31).split("\n")
    assert all(line.cell_length <= 31 for line in lines)
    assert "$0.0042 · 3 h" in lines[1].plain


def rows_of(chat: Chat) -> list[str]:
    return [option.id for option in side_of(chat)._list.options if option.id is not None]


async def stored(chat: Chat) -> set[str]:
    return {row.id for row in await (await chat.window.session.services()).store.rows()}


async def test_deleting_asks_once_more_and_can_be_taken_back(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        first, second = await two_chats(chat, pilot)
        await pilot.press("down", "delete")
        assert "Press Del again" in chat.screen
        await pilot.press("up", "delete", "down", "delete")
        assert rows_of(chat) == [second, first]
        await pilot.press("delete")
        await chat.until(lambda: rows_of(chat) == [second])
        await pilot.press("ctrl+z")
        await chat.until(lambda: rows_of(chat) == [second, first])
        await pilot.press("ctrl+b")
        await chat.until(lambda: chat.idle and not side_of(chat).display)
        assert await stored(chat) == {first, second}


async def test_what_was_deleted_goes_when_the_list_is_put_away(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        first, second = await two_chats(chat, pilot)
        await pilot.press("delete", "delete")
        # The chat that was shown is no longer there: the next question begins a new one.
        await chat.until(lambda: chat.window.session.conversation_id is None and chat.idle)
        assert await stored(chat) == {first, second}
        await chat.until(lambda: side_of(chat).has_focus_within)
        await pilot.press("ctrl+b")
        await chat.until(lambda: chat.idle and not side_of(chat).display)
        assert await stored(chat) == {first}


async def test_what_was_deleted_goes_when_chatui_is_left(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        _, second = await two_chats(chat, pilot)
        await pilot.press("down", "delete", "delete")
        await chat.until(lambda: rows_of(chat) == [second])
    chat.reopen(StartOptions())
    async with chat.open(size=WIDE):
        assert await stored(chat) == {second}


async def test_f3_lists_those_with_a_tag_and_then_all(chat: Chat) -> None:
    async with chat.open(size=WIDE) as pilot:
        first, second = await two_chats(chat, pilot)
        store = (await chat.window.session.services()).store
        await store.put_tags(first, ["work"])
        await pilot.press("ctrl+b", "ctrl+b")
        await chat.until(lambda: chat.idle and "#work" in chat.screen)
        await pilot.press("f3")
        await chat.until(lambda: rows_of(chat) == [first])
        assert "Conversations  #work" in chat.screen
        await pilot.press("f3")
        await chat.until(lambda: rows_of(chat) == [second, first])
