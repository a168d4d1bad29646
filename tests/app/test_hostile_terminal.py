"""The real program on a real terminal, and every byte that it sends there."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.app.test_terminal import Terminal
from tests.hostile import CONTROLS, WHOLE, raw

# What Textual sends, the pointer's shape included. A hostile text's own sequences carry 31337.
OF_THE_WINDOW = re.compile(r"\x1b\[[?<>=]?[\d;:]*[$ ]?[a-zA-Z]|\x1b\]22;[a-z-]+\x07|\r(?=\n)")
OF_THE_COMMAND_LINE = re.compile(r"\x1b\[[\d;]*m|\r\x1b\[K|\r(?=\n)")
LOUD = (
    "a\x1b[31337mb\x1b[?31337hc\x1b]52;c;MzEzMzc=\x07d\x9b31337He\x1bP31337\x1b\\f\x1b]0;31337\x1b\\g"
    "\u202eh\u2067i\u200bj\x1b_31337\x9ck\x1b]8;;http://31337/\x07l"
)
QUIET = "abcdefghijkl"


@pytest.fixture
def environ(tmp_path: Path, embedder_cache: Path) -> dict[str, str]:
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    embedder_cache.mkdir(parents=True, exist_ok=True)
    (cache / "embedders").symlink_to(embedder_cache)
    return {
        **os.environ,
        "TERM": "xterm-256color",
        "HOME": str(tmp_path),
        "CHATUI_DATA_DIR": str(tmp_path / "data"),
        "OLLAMA_HOST": "127.0.0.1:1",
    }


@pytest.fixture
def chats(tmp_path: Path, environ: dict[str, str]) -> str:
    """The id of one of two stored conversations full of hostile text."""
    said = "\n\n".join([f"begin {LOUD}", *(f"<{text}>" for text in (*CONTROLS, *WHOLE)), LOUD])
    conversations = [
        {
            "title": LOUD,
            "created": f"2026-01-0{day}T03:04:05+00:00",
            "messages": [
                {"id": f"q{day}", "role": "user", "content": f"question {LOUD}"},
                {"id": f"a{day}", "role": "assistant", "content": said, "model": f"m/{LOUD}"},
            ],
        }
        for day in (1, 2)
    ]
    path = tmp_path / "chats.json"
    path.write_text(json.dumps(conversations))
    told = ended(environ, "sessions", "import", str(path), "--json")
    return str(json.loads(told)["conversations"][1])


def ended(environ: dict[str, str], *arguments: str) -> str:
    """What a verb sends to the terminal until its end."""
    terminal = Terminal(environ, (sys.executable, "-m", "chatui", *arguments))
    try:
        terminal.exit_code()
        return terminal.sent.decode()
    finally:
        terminal.close()


def left(sent: str, allowed: re.Pattern[str]) -> Sequence[str]:
    """What was sent of the hostile text."""
    return raw(allowed.sub("", sent)) + re.findall(".{0,20}31337.{0,20}", sent)


@pytest.mark.parametrize("verb", ["list", "search begin", "export"])
def test_a_verb_on_a_terminal(environ: dict[str, str], chats: str, verb: str) -> None:
    sent = ended(environ, "sessions", *verb.split(), *([chats] if verb == "export" else []))

    assert left(sent, OF_THE_COMMAND_LINE) == []
    assert QUIET in sent


def test_the_names_of_files_while_they_are_read(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number} {LOUD.replace('/', '_')}.txt").write_text(
            f"The heron is {LOUD}.\n" * number
        )
    (folder / "empty \x1b[31337m.txt").touch()

    sent = ended(environ, "ingest", str(folder))

    assert left(sent, OF_THE_COMMAND_LINE) == []
    assert "empty: " in sent
    sent = ended(environ, "ask", "What is the heron?")
    assert left(sent, OF_THE_COMMAND_LINE) == []
    assert QUIET in sent


def test_the_window(environ: dict[str, str], chats: str) -> None:
    terminal = Terminal(environ, (sys.executable, "-m", "chatui", "-c"))
    try:
        terminal.until(QUIET)
        terminal.until("builtin/extract")
        terminal.press("\x13")
        terminal.until("F2 rename")
        terminal.press("\x03")
        terminal.until("F2 rename", there=False)
        terminal.press("\x12")
        terminal.until("Earlier prompts")
        terminal.press("\x03")
        terminal.until("Earlier prompts", there=False)
        terminal.press("\x04")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()

    assert left(terminal.sent.decode(), OF_THE_WINDOW) == []
