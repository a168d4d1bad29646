"""The window where terminals differ: what is sent to a console, to tmux, to an input method."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatui.system import clipboard
from tests.app.test_terminal import COLUMNS, ROWS, Terminal
from tests.patience import until_true

COLOURS = re.compile(rb"\x1b\[(?:[\d;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[\d;]*)?m")
MOVED = re.compile(rb"\x1b\[\d+;\d+H$")
STREAMING = """
import asyncio, sys
from pathlib import Path
from chatui.domain.conversation import FinishReason
from chatui.models.base import Finished, TextDelta
from tests.app.scripted_chat import Chat, ScriptedModel

async def pause():
    await asyncio.sleep(0.03)

text = [f"word{n} " + "\\n\\n" * (n % 7 == 0) for n in range(9000)]
words = [step for word in text for step in (TextDelta(word), pause)]
chat = Chat(Path(sys.argv[1]), ScriptedModel([[*words, Finished(FinishReason.STOP)]]))
asyncio.run(chat.window.run_async())
"""
WRITTEN = "水獭 ab"
"""Seven cells."""


def environ_for(tmp_path: Path, term: str, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {
        **kept,
        "TERM": term,
        "LANG": "C.UTF-8",
        "CHATUI_DATA_DIR": str(tmp_path / "data"),
        **more,
    }


@pytest.fixture
def streaming(tmp_path: Path) -> Iterator[Terminal]:
    """A window whose answers go on and on."""
    environ = environ_for(tmp_path, "xterm-256color", PYTHONPATH=str(Path.cwd()))
    opened = Terminal(environ, (sys.executable, "-c", STREAMING, str(tmp_path / "chat")))
    yield opened
    opened.close()


def place_behind(terminal: Terminal, text: str) -> tuple[int, int]:
    """The column and the row of the cell behind a text, of which wide letters take two."""
    buffer = terminal.screen.buffer
    for row in range(ROWS):
        cells = [buffer[row][at].data for at in range(COLUMNS)]
        for at in range(COLUMNS):
            if "".join(cells[at:]).startswith(text):
                end = at
                while len("".join(cells[at:end])) < len(text) or cells[end] == "":
                    end += 1
                return end, row
    raise AssertionError(f"{text!r} is not on the screen:\n{terminal.page}")


def settled(terminal: Terminal) -> bool:
    """Reads a piece; True where that was the end of a frame, which is a move of the cursor."""
    if select.select([terminal._terminal], [], [], 0.2)[0]:
        terminal._read()
    silent = not select.select([terminal._terminal], [], [], 0.005)[0]
    return silent and bool(MOVED.search(terminal.sent[-20:]))


def cursor(terminal: Terminal) -> tuple[int, int]:
    cursor = terminal.screen.cursor
    return cursor.x, cursor.y


def test_the_terminals_cursor_stays_behind_what_is_written_while_an_answer_streams(
    streaming: Terminal,
) -> None:
    streaming.until("Ask anything")
    streaming.press("tell me\r")
    streaming.until("Esc stops")
    streaming.press(WRITTEN)
    streaming.until(WRITTEN)
    before, frames = len(streaming.sent), 0
    while frames < 12 or b"word" not in streaming.sent[before:]:
        if settled(streaming):
            assert cursor(streaming) == place_behind(streaming, WRITTEN)
            frames += 1


def test_the_terminals_cursor_stands_in_every_field_that_is_written_into(
    streaming: Terminal,
) -> None:
    streaming.until("Ask anything")
    for opened, there, key in (("\x10", "Commands", "\x1b"), ("\x0c", "Models", "\x1b")):
        streaming.press(opened)
        streaming.until(there)
        streaming.press(WRITTEN)
        streaming.until(WRITTEN)
        until_true(lambda: settled(streaming))
        assert cursor(streaming) == place_behind(streaming, WRITTEN)
        streaming.press(key)
        streaming.until(there, there=False)
    streaming.press(WRITTEN)
    streaming.until(WRITTEN)
    until_true(lambda: settled(streaming))
    assert cursor(streaming) == place_behind(streaming, WRITTEN)


@pytest.mark.parametrize("term", ["linux", "vt100"])
def test_a_console_gets_nothing_that_it_would_write_out(tmp_path: Path, term: str) -> None:
    terminal = Terminal(environ_for(tmp_path, term))
    try:
        terminal.until("Ask anything")
        terminal.press("\x04")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    for unknown in (b"\x1b]", b"$p", b"\x1b[>", b"\x1b[<", b"\x1bP", b"?1049", b"?1003"):
        assert unknown not in terminal.sent
    assert bool(COLOURS.search(terminal.sent)) == (term == "linux")
    assert b"\x1b[38;5" not in terminal.sent
    assert terminal.sent.count(b"\x1b[2J") >= 2


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_in_tmux_a_copy_is_in_its_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = str(tmp_path / "tmux")
    tmux = ("tmux", "-S", socket)
    monkeypatch.delenv("TMUX", raising=False)
    started = ("-f", "/dev/null", "new-session", "-d", "sleep 60")
    subprocess.run((*tmux, *started), check=True, timeout=20)
    try:
        monkeypatch.setenv("TMUX", f"{socket},1,0")
        clipboard.copy_in_tmux("水獭\nin two lines")
        shown = subprocess.run((*tmux, "show-buffer"), check=True, capture_output=True, timeout=20)
        assert shown.stdout.decode() == "水獭\nin two lines"
    finally:
        subprocess.run((*tmux, "kill-server"), check=False, timeout=20)
