"""The window over chats that can only be read."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from chatui.domain.errors import StoreError
from chatui.memory.store import database, query_thread
from chatui.memory.store.store import ChatStore
from tests.app.scripted_chat import Chat, ScriptedModel, says


class Refusal:
    """A disk that can't be written, until it can be again. Permissions don't hold for root, and a
    mount would need another process."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.holds = True
        opened = database.open_chats

        def open_chats(
            path: Path, busy_seconds: float, on_older: Callable[[], None]
        ) -> sqlite3.Connection:
            if self.holds:
                raise OSError(30, os.strerror(30), str(path))
            return opened(path, busy_seconds, on_older)

        patch.setattr(query_thread, "open_chats", open_chats)


async def test_old_chats_are_shown_and_a_new_question_is_given_back(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.model.scripts = [says("Hello")]
    async with chat.open() as pilot:
        await chat.write(pilot, "one")
        cid = chat.window.session.conversation_id
    refusal = Refusal(monkeypatch)
    again = Chat(chat.folder, ScriptedModel([says("Hello again")]))
    async with again.open() as pilot:
        await again.write(pilot, f"/resume {cid}")
        assert (again.questions, again.answers) == (["one"], ["Hello"])
        await again.write(pilot, "two")
        assert again.window.view.composer.text == "two"
        assert "cannot be opened for writing (Read-only file system)" in again.notice

        refusal.holds = False
        await pilot.press("enter")
        await again.until(lambda: again.idle and again.answers == ["Hello", "Hello again"])


async def test_a_write_succeeds_as_soon_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chats.db"
    await (await ChatStore.open(path)).close()
    refusal = Refusal(monkeypatch)
    store = await ChatStore.open(path)
    with pytest.raises(StoreError, match="Read-only"):
        await store.create("Refused")
    assert store.unwritable
    refusal.holds = False
    await store.create("Kept")

    assert store.unwritable is None
    assert [row.title for row in await store.rows()] == ["Kept"]
    await store.close()


async def test_chats_that_take_long_to_open_are_told_until_they_are_open(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.app.app.OPENING_SECONDS", 0.01)
    chat.may_open = asyncio.Event()
    async with chat.open():
        await chat.until(lambda: "Opening the chats" in chat.screen)
        chat.may_open.set()
        await chat.until(lambda: "Opening the chats" not in chat.screen)
