"""/ingest on a priced embedding endpoint says what it takes, and asks before much is spent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from chatui.app.window import Window
from chatui.bootstrap.ingest_quote import IngestQuote, IngestQuotes
from chatui.retrieval.ingest.under_way import IngestUnderWay
from tests.app.scripted_chat import Chat

SENTENCE = "Embedding 3 files with near/embed takes ≈ 9,000 tokens, ≈ $0.30."


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """What was read in."""
    found: list[list[Path]] = []

    async def reads(window: Window, paths: list[Path], announced: IngestUnderWay) -> None:
        (await window.session.services()).ingestor.under_way.withdraw(announced)
        found.append(paths)

    monkeypatch.setattr("chatui.app.commands.documents.read", reads)
    return found


def quoted(monkeypatch: pytest.MonkeyPatch, quote: IngestQuote | None) -> None:
    async def of(self: IngestQuotes, paths: Sequence[Path], collection: str) -> IngestQuote | None:
        return quote

    monkeypatch.setattr(IngestQuotes, "of", of)


async def test_what_is_little_is_told(
    chat: Chat, read: list[list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted(monkeypatch, IngestQuote(SENTENCE, asks=False))
    async with chat.open() as pilot:
        await chat.write(pilot, f"/ingest {tmp_path}")
        assert chat.notice == SENTENCE
    assert read == [[tmp_path]]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_is_much_is_asked_about(
    chat: Chat,
    read: list[list[Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    quoted(monkeypatch, IngestQuote(SENTENCE, asks=True))
    async with chat.open(size) as pilot:
        await chat.write(pilot, f"/ingest {tmp_path}")
        assert "Embedding 3 files" in chat.screen
        assert read == []
        await pilot.press("enter")
        await chat.until(lambda: read == [[tmp_path]])


async def test_kept_back_nothing_is_read_and_no_question_waits_for_it(
    chat: Chat, read: list[list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted(monkeypatch, IngestQuote(SENTENCE, asks=True))
    async with chat.open() as pilot:
        await chat.write(pilot, f"/ingest {tmp_path}")
        await pilot.press("escape")
        await chat.until(lambda: chat.notice.startswith("Nothing was sent"))
        services = await chat.window.session.services()
        assert services.ingestor.under_way.others("") == []
    assert read == []
