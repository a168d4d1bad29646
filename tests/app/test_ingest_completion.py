"""`/ingest` in the composer: Enter takes what is chosen, which is the folder that was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.scripted_chat import Chat


@pytest.mark.parametrize("typed", ["papers", "papers/", "my papers", "my papers/", '"my papers/"'])
async def test_a_folder_is_taken_as_it_is_typed(
    chat: Chat, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("papers", "my papers"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "papers.md").touch()
    monkeypatch.chdir(tmp_path)
    async with chat.open() as pilot:
        composer = chat.window.view.composer
        composer.insert(f"/ingest {typed}")
        await pilot.pause()
        await chat.until(lambda: not chat.window.at_work("completion"))
        chosen = composer.completions.chosen
        assert chosen is None or chosen.insert.rstrip("/") == typed.rstrip("/")
