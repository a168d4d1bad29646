"""An answer as it streams to a real terminal: what stays in the scrollback, and while it is
resized."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from benchmarks.pty_screen import Screen
from chatui.cli.drawn_markdown import drawn
from tests.cli.hosted import running
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, Script, saying

ASK = [sys.executable, "-m", "chatui", "ask", "hi", "-m", "mine/m"]
FIGURES = "mine/m · "
CODE = "print('a line of code that is longer than the narrow screen', argument_one, argument_two)"
ANSWER = f"""# A heading of 漢字

It is **true** that words stay whole at the edge of a narrow screen, whatever their long neighbours
do. 这是一个很长的中文句子，里面没有空格，所以必须在任何地方断开，否则它会超出屏幕的边缘。

See https://example.org/a/very/long/path/that/is/wider/than/the/screen/by/far?query=parameter too.

| Name | Description | Price |
|------|-------------|------:|
| Widget alpha | A rather long description of what it does | 1,012.50 |

1. first
   - nested one with a line that is long enough to have to be wrapped at forty columns
     - deeper

2. second

```python
{CODE}
```

> A quote that is long enough to be wrapped too, and so on and on and on.

The end."""
COLOURS = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")


class Scrollback(Screen):
    """A terminal that remembers what has left it, and may be resized."""

    def __init__(self, environ: dict[str, str], size: tuple[int, int]) -> None:
        super().__init__(ASK, environ, size)
        self._screen: pyte.HistoryScreen = pyte.HistoryScreen(*size, history=10_000)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """All that was written, without blanks at the ends of lines."""
        columns = self._screen.columns
        gone = ["".join(line[x].data for x in range(columns)) for line in self._screen.history.top]
        return [line.rstrip() for line in (*gone, *self._screen.display)]

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)
        self._screen.resize(rows, columns)

    def until_ended(self) -> list[str]:
        """The lines of the answer that are not blank."""
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                data = b""
            if not data:
                return [line for line in self.lines if line and not line.startswith(FIGURES)]
            self._stream.feed(data)


@contextmanager
def environ(home: Path, script: Script, **more: str) -> Iterator[dict[str, str]]:
    with running(script) as server:
        yield {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(home),
            "TERM": "xterm-256color",
            "PYTHONUTF8": "1",
            "OLLAMA_HOST": "127.0.0.1:1",
            "CHATUI_PROVIDERS__MINE__BASE_URL": server.base_url,
            **more,
        }


def by_the_terminal(lines: Sequence[str], columns: int) -> list[str]:
    """The lines as a terminal wraps those that are too long: here these are of ASCII."""
    wrapped = []
    for line in lines:
        step = columns if line.isascii() else 10_000
        wrapped += [line[at : at + step].rstrip() for at in range(0, max(1, len(line)), step)]
    return [line for line in wrapped if line]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_an_answer_that_is_taller_than_the_screen_is_whole_in_the_scrollback(
    tmp_path: Path, columns: int
) -> None:
    pieces = [ANSWER[at : at + 5] for at in range(0, len(ANSWER), 5)]
    with environ(tmp_path, saying(*pieces)) as env, Scrollback(env, (columns, 9)) as screen:
        written = screen.until_ended()

    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn(ANSWER, columns))
    assert written == by_the_terminal(plain.splitlines(), columns)


@pytest.mark.parametrize("columns", [48, 70, 160])
def test_a_terminal_that_is_resized_meanwhile_keeps_what_it_had(
    tmp_path: Path, columns: int
) -> None:
    resized = threading.Event()
    words = "a paragraph of words that is being written while the terminal changes its size"

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece in ("The first paragraph.\n\n", "The second one is ", words):
            await exchange.text(piece)
        await asyncio.to_thread(resized.wait, PATIENCE)
        for piece in (", and goes on after that.", "\n\nThe ", "end."):
            await exchange.text(piece)
        await exchange.finish()
        await exchange.done()

    with environ(tmp_path, script) as env, Scrollback(env, (100, 12)) as screen:
        screen.wait_for_text("changes its size")
        screen.resize(columns, 12)
        resized.set()
        written = screen.until_ended()

    assert written[0] == "The first paragraph."
    assert written[-1] == "The end."
    assert " ".join(written[1:-1]) == f"The second one is {words}, and goes on after that."


def test_thoughts_stand_above_the_answer_and_stay_there(tmp_path: Path) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece in ("Let me ", "see:\nthis, ", "and that"):
            await exchange.delta(reasoning_content=piece)
        for piece in ("An ", "answer.\n\n", "Of two."):
            await exchange.text(piece)
        await exchange.finish()
        await exchange.done()

    with environ(tmp_path, script) as env, Scrollback(env, (60, 12)) as screen:
        written = screen.until_ended()

    assert written == ["Let me see:", "this, and that", "An answer.", "Of two."]


def raw(env: dict[str, str]) -> bytes:
    """What is written to a terminal, byte for byte."""
    command = ["script", "-qec", " ".join(ASK), "/dev/null"]
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_knows_no_sequences_gets_the_text_as_it_came(
    tmp_path: Path, term: str
) -> None:
    with environ(tmp_path, saying(*ANSWER), TERM=term) as env:
        written = raw(env)

    assert b"\x1b" not in written
    answer, _, _ = written.decode().replace("\r\n", "\n").partition(FIGURES)
    assert answer == ANSWER + "\n"


def test_no_color_leaves_the_looks_without_colours(tmp_path: Path) -> None:
    with environ(tmp_path, saying(ANSWER)) as env:
        coloured = raw(env)
    with environ(tmp_path, saying(ANSWER), NO_COLOR="1") as env:
        plain = raw(env)

    assert COLOURS.search(coloured)
    assert not COLOURS.search(plain)
    assert b"\x1b[1m" in plain
