"""The real program in a real pseudo-terminal, in a clean home: what reaches the screen."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from functools import partial
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen
from tests.patience import PATIENCE

LARGE, SMALL = (120, 40), (80, 24)

CITED = re.compile(r"\[\d\]")


@pytest.fixture
def environ(tmp_path: Path, embedder_cache: Path) -> dict[str, str]:
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    embedder_cache.mkdir(parents=True, exist_ok=True)
    (cache / "embedders").symlink_to(embedder_cache)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONUTF8": "1",
        "CHATUI_DATA_DIR": str(tmp_path / "data"),
        # Nothing listens on port 1, so no Ollama of this machine answers.
        "OLLAMA_HOST": "127.0.0.1:1",
    }


def shows(wanted: str, text: str) -> bool:
    return wanted in text


def answer(screen: Screen) -> str:
    screen.type("Which key cancels the reply?\r")
    screen.wait_for(partial(shows, "cancel the reply"), PATIENCE)
    return screen.wait_for_text("sources")


def test_the_first_run_reads_the_manual_and_answers_from_it(environ: dict[str, str]) -> None:
    with Screen([sys.executable, "-m", "chatui"], environ, LARGE) as screen:
        screen.wait_for(partial(shows, "Ask anything"), PATIENCE)
        screen.wait_for(partial(shows, "passages."), PATIENCE)
        text = answer(screen)
        assert "From chatui's manual" in text
        assert CITED.search(text)
        assert "builtin/extract" in text
        screen.type("\x03\x03")
        screen.wait_until_ended(PATIENCE)

    # The next one finds it read, on a smaller screen too.
    with Screen([sys.executable, "-m", "chatui"], environ, SMALL) as screen:
        screen.wait_for(partial(shows, "Ask anything"), PATIENCE)
        text = answer(screen)
        assert "From chatui's manual" in text
        assert CITED.search(text)
        assert "builtin/extract" in text


def test_what_is_typed_before_the_chat_is_open_is_not_lost(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with Screen([sys.executable, "-m", "chatui"], environ) as screen:
        screen.wait_for(partial(shows, "Ask anything"), PATIENCE)
        screen.type("an early question\r")
        screen.wait_for(partial(shows, "❯ an early question"), PATIENCE)
        screen.type("\x03\x03")
        screen.wait_until_ended(60)

    chats = sqlite3.connect(tmp_path / "data" / "chats.db")
    stored = chats.execute("SELECT content FROM messages WHERE role = 'user'").fetchall()
    chats.close()
    assert stored == [("an early question",)]
