"""What the meter says of a draft while it is typed."""

from __future__ import annotations

import pytest

from chatui.app import window
from chatui.cost.tokens.tokens import TokenCounter
from tests.app.scripted_chat import NAME, Chat

PASTE = "the quick brown fox jumps over the lazy dog. " * 2000


def quoted(chat: Chat) -> int:
    reading = chat.window.view.meter.reading
    return reading.quote.tokens if reading and reading.quote else 0


async def test_the_draft_is_quoted_while_keys_go_on_coming(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "TYPING_SECONDS", 0.1)
    monkeypatch.setattr(window, "READ_EVERY_SECONDS", 0.2)
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
