"""`/filters`, and what is shown before a changed text is sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from chatui.app.start import StartOptions
from chatui.config.schema import FilterTable, ProfileTable
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from chatui.widgets.details import Details
from chatui.widgets.filter_panel import FilterPanel
from tests.app.scripted_chat import Chat
from tests.scripted_server import ScriptedServer, saying


@pytest.fixture
async def server(chat: Chat) -> AsyncIterator[ScriptedServer]:
    """A hosted model behind the chat, which begins with a profile that has filters."""
    async with ScriptedServer(saying("Noted: ⟦EMA", "IL_1⟧.")) as server:
        chat.endpoints = [Endpoint("mine", server.base_url, KeySource("mine"), ("big",), None)]
        chat.model_name = "mine/big"
        chat.filters = {
            "private": FilterTable(detect=("email",), action="replace", confirm=True),
            "never": FilterTable(detect=("card",), action="block"),
        }
        chat.profiles = {"careful": ProfileTable(filters=("private", "never"))}
        chat.reopen(StartOptions(profile="careful"))
        yield server


def asked(server: ScriptedServer) -> str:
    return json.dumps(server.exchanges[-1].json["messages"], ensure_ascii=False)


async def test_it_shows_what_is_in_force_and_what_it_makes_of_a_text(
    chat: Chat, server: ScriptedServer
) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "/filters mail a@b.org")
        assert isinstance(chat.window.screen, Details)
        assert "replace, out, asks before sending: email" in chat.screen
        assert "block, out: card" in chat.screen
        assert "⟦EMAIL_1⟧" in chat.screen
        assert server.exchanges == []


async def test_a_change_is_sent_once_it_was_seen(chat: Chat, server: ScriptedServer) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "mail a@b.org")
        await chat.until(lambda: isinstance(chat.window.screen, FilterPanel))
        assert "a@b.org" in chat.screen
        assert server.exchanges == []
        await pilot.press("enter")
        await chat.until(lambda: chat.idle)
        assert "mail ⟦EMAIL_1⟧" in asked(server)
        assert chat.answers == ["Noted: a@b.org."]


async def test_what_is_kept_back_is_not_sent(chat: Chat, server: ScriptedServer) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "mail a@b.org")
        await chat.until(lambda: isinstance(chat.window.screen, FilterPanel))
        await pilot.press("escape")
        await chat.until(lambda: chat.idle)
        assert "you kept it back" in chat.screen
        assert server.exchanges == []


async def test_what_is_not_changed_is_sent_at_once(chat: Chat, server: ScriptedServer) -> None:
    async with chat.open() as pilot:
        await chat.write(pilot, "hello")
        await chat.until(lambda: chat.idle and bool(server.exchanges))
        assert "hello" in asked(server)


async def test_a_blocked_question_stands_with_the_reason(
    chat: Chat, server: ScriptedServer
) -> None:
    async with chat.open(size=(120, 30)) as pilot:
        await chat.write(pilot, "pay with 4111 1111 1111 1111")
        await chat.until(lambda: chat.idle)
        assert "Nothing was sent: the filter never blocks what looks like CARD" in chat.screen
        assert server.exchanges == []


async def test_the_meter_quotes_a_draft_as_it_would_be_sent(
    chat: Chat, server: ScriptedServer
) -> None:
    long = "jane.theresa.doe-of-the-long-street@a-provider-of-mail.example.org"
    async with chat.open():
        session = chat.window.session
        services = await session.services()

        async def quoted(draft: str) -> int:
            reading = await services.assistant.reading(None, draft, session.settings)
            return reading.quote.tokens if reading.quote else 0

        assert await quoted(f"mail {long}") == await quoted("mail ⟦EMAIL_1⟧")
        assert await quoted("mail") < await quoted("mail ⟦EMAIL_1⟧")
        # A card number blocks the call; the meter goes on.
        assert await quoted("card 4111 1111 1111 1111") > 0
