"""The real program in a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyte
import pytest

from tests.patience import PATIENCE

CHATUI = (sys.executable, "-m", "chatui")
ROWS, COLUMNS = 30, 100


class Terminal:
    """`python -m chatui`, or another program, on a pseudo-terminal, and what stands on its
    screen."""

    def __init__(
        self, environ: dict[str, str], command: Sequence[str] = CHATUI, folder: Path | None = None
    ) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._drawn = 0
        """How many bytes of `sent` are on the screen."""
        self.sent = b""
        """All that the program has sent."""
        self._terminal, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._terminal)
            os.login_tty(inner)
            os.chdir(folder or Path.cwd())
            os.execvpe(command[0], [*command], environ)
        os.close(inner)

    def press(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    @property
    def screen(self) -> pyte.Screen:
        """With all that was sent. It is drawn when it is looked at: that takes pyte longer than it
        takes most programs to end."""
        self._stream.feed(self.sent[self._drawn :])
        self._drawn = len(self.sent)
        return self._screen

    @property
    def page(self) -> str:
        """What stands on the screen. pyte's own `display` can't do with a mark without a letter."""
        buffer = self.screen.buffer
        lines = (buffer[row] for row in range(ROWS))
        return "\n".join("".join(line[at].data for at in range(COLUMNS)) for line in lines)

    def step(self, key: str, look: Callable[[str], object], seconds: float) -> bool:
        """Presses the key and reads until `look` sees something else on the page; False where that
        has not come in so long. A cursor that blinks is sent all the while."""
        before, end = look(self.page), time.monotonic() + seconds
        self.press(key)
        while look(self.page) == before:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._terminal], [], [], left)[0]:
                return False
            self._read()
        return True

    def until(self, text: str, *, there: bool = True) -> None:
        """Reads until the text stands on the screen, or until it has gone."""
        end = time.monotonic() + PATIENCE
        while (text in self.page) != there:
            ready, _, _ = select.select([self._terminal], [], [], max(end - time.monotonic(), 0))
            assert ready, f"{text!r} did not {'come' if there else 'go'}:\n{self.page}"
            self._read()

    def _read(self) -> bytes:
        data = os.read(self._terminal, 1 << 16)
        self.sent += data
        return data

    def exit_code(self) -> int:
        """Reads what still comes and waits for the program's end."""
        try:
            while self._read():
                pass
        except OSError:
            # The other end was closed: Linux reports that as an error.
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def ended(self) -> int:
        """Waits for the program's end, where nothing can be read any more."""
        end = time.monotonic() + PATIENCE
        while not (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            assert time.monotonic() < end, "it goes on without a terminal"
            time.sleep(0.05)
        self.pid = 0
        return os.waitstatus_to_exitcode(found[1])

    def hang_up(self) -> None:
        """Closes the terminal, as a window that is closed does."""
        os.close(self._terminal)
        self._terminal = -1

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        if self._terminal >= 0:
            os.close(self._terminal)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf " from the editor" >> "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    return {
        **os.environ,
        "TERM": "xterm-256color",
        "CHATUI_DATA_DIR": str(tmp_path / "data"),
        "VISUAL": str(editor),
    }


@pytest.fixture
def terminal(environ: dict[str, str]) -> Iterator[Terminal]:
    opened = Terminal(environ)
    yield opened
    opened.close()


def test_a_prompt_goes_through_the_editor_and_ctrl_d_leaves(terminal: Terminal) -> None:
    terminal.until("Ask anything")
    terminal.press("a prompt")
    terminal.until("a prompt")
    terminal.press("\x07")
    terminal.until("a prompt from the editor")
    terminal.press("\x15")
    terminal.until("Ask anything")
    terminal.press("\x04")
    assert terminal.exit_code() == 0


def test_a_paste_that_is_not_bracketed_arrives_whole_beside_other_work(terminal: Terminal) -> None:
    terminal.until("builtin/extract")
    lines = [f"line {number} of a paste" for number in range(30)]
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            terminal.press("".join(f"{line}\r" for line in lines))
            terminal.until(lines[-1])
            terminal.press("a hand")
            terminal.until("a hand")
        finally:
            busy.kill()
    rows = [row.strip(" │▁▂▃▄▅▆▇█") for row in terminal.page.splitlines()]
    end = rows.index("a hand")
    assert rows[end - 5 : end] == lines[-5:]
    # Nothing of it was sent: the welcome stands there still.
    assert "a question below" in terminal.page


def test_it_leaves_in_order_when_the_system_asks(terminal: Terminal) -> None:
    terminal.until("Ask anything")
    terminal.until("builtin/extract")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM


def test_a_closed_terminal_ends_it(terminal: Terminal) -> None:
    terminal.until("builtin/extract")
    terminal.hang_up()
    assert terminal.ended() == 128 + signal.SIGHUP


def test_a_closed_terminal_ends_it_also_where_another_process_has_the_signal(
    environ: dict[str, str], tmp_path: Path
) -> None:
    said = tmp_path / "said"
    script = f'trap "" HUP; "$0" -m chatui; echo $? > {said}.part; mv {said}.part {said}'
    terminal = Terminal(environ, ("sh", "-c", script, sys.executable))
    terminal.until("builtin/extract")
    terminal.hang_up()
    terminal.ended()
    assert said.read_text().strip() == str(128 + signal.SIGHUP)


@pytest.mark.parametrize("end", ["killed", "closed"])
def test_what_is_typed_outlives_the_window(
    environ: dict[str, str], tmp_path: Path, end: str
) -> None:
    terminal = Terminal(environ)
    terminal.until("builtin/extract")
    terminal.press("half a thought")
    terminal.until("half a thought")
    match end:
        case "killed":
            until_stored(tmp_path / "data" / "chats.db", "half a thought")
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.exit_code() == -signal.SIGKILL
        case _:
            terminal.hang_up()
            terminal.ended()
    terminal.close()
    again = Terminal(environ)
    again.until("half a thought")
    again.close()


def until_stored(chats: Path, text: str) -> None:
    """Waits until it is in the file as a draft."""
    end = time.monotonic() + PATIENCE
    while True:
        with sqlite3.connect(f"file:{chats}?mode=ro", uri=True) as db:
            if db.execute("SELECT 1 FROM drafts WHERE text = ?", (text,)).fetchone():
                return
        assert time.monotonic() < end, "the draft is not stored"
        time.sleep(0.05)
