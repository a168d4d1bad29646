"""What the meter says of a draft while it is typed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chatui.app import draft_meter
from chatui.assistant.assistant import Assistant
from chatui.cost.reading import MeterReading
from chatui.cost.tokens.tokens import TokenCounter
from chatui.cost.tokens.vocabularies import load_encoding
from chatui.memory.policy import MemoryPolicy
from chatui.models.base import ModelInfo
from tests.app.scripted_chat import NAME, Chat, says

PASTE = "the quick brown fox jumps over the lazy dog. " * 2000


def quoted(chat: Chat) -> int:
    reading = chat.window.view.meter.reading
    return reading.quote.tokens if reading and reading.quote else 0


async def test_the_draft_is_quoted_while_keys_go_on_coming(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_meter, "TYPING_SECONDS", 0.1)
    monkeypatch.setattr(draft_meter, "READ_EVERY_SECONDS", 0.2)
    async with chat.open():

        def typed() -> bool:
            chat.window.view.composer.insert("a")
            return bool(quoted(chat))

        await chat.until(typed)


async def test_a_paste_is_quoted_whole_and_again_with_what_is_typed_behind_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    count = TokenCounter.count

    def watched(self: TokenCounter, text: str, model: str) -> object:
        counted.append(len(text))
        return count(self, text, model)

    async with chat.open() as pilot:
        composer = chat.window.view.composer
        composer.insert(composer.pastes.fold(PASTE))
        await chat.until(lambda: quoted(chat) > count(TokenCounter(), PASTE, NAME).tokens)
        before = quoted(chat)
        monkeypatch.setattr(TokenCounter, "count", watched)
        await pilot.press("space", "w", "h", "y")
        await chat.until(lambda: quoted(chat) == before + 1)

    assert len(composer.draft) > len(PASTE)
    assert sum(counted) < len(PASTE) / 4


async def test_a_mentioned_file_is_counted_while_the_question_is_written(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.md").write_text(PASTE)
    size = TokenCounter().count(PASTE, NAME).tokens

    async with chat.open():
        chat.window.view.composer.insert("What does @facts.md say?")
        await chat.until(lambda: quoted(chat) > size)

    assert quoted(chat) < size + 100


async def test_a_draft_that_does_not_fit_says_by_how_much(chat: Chat) -> None:
    chat.model.info = ModelInfo(NAME, context_size=2000, local=True)
    chat.policy = MemoryPolicy(cap=1000)
    async with chat.open(size=(120, 30)):
        composer = chat.window.view.composer
        composer.insert(composer.pastes.fold("word " * 10_000))
        await chat.until(lambda: "too long by ≈ 9," in chat.screen)
        assert "tokens, free to send" in chat.screen


async def test_a_vocabulary_is_read_when_something_is_written_and_not_before(chat: Chat) -> None:
    load_encoding.cache_clear()
    async with chat.open() as pilot:
        await chat.until(lambda: chat.window.view.meter.reading is not None)
        await chat.until(lambda: not chat.window.at_work("open", "meter"))
        assert load_encoding.cache_info().currsize == 0
        await pilot.press("a")
        await chat.until(lambda: load_encoding.cache_info().currsize == 1)


async def test_a_question_before_the_first_reading_leaves_no_empty_meter(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    read = Assistant.reading

    async def slow(self: Assistant, *arguments: Any) -> MeterReading:
        if not asked.is_set():
            await asyncio.Event().wait()
        return await read(self, *arguments)

    monkeypatch.setattr(Assistant, "reading", slow)
    chat.model.scripts = [[answer.wait, *says("Hello")]]
    async with chat.open() as pilot:
        assert NAME not in chat.screen.splitlines()[-2]
        asked.set()
        await chat.send(pilot, "Hi")
        await chat.until(lambda: NAME in chat.screen.splitlines()[-2])
        assert chat.window.is_replying
        answer.set()
        await chat.until(lambda: chat.idle)
