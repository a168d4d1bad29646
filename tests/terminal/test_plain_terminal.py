"""The chat in lines on a real terminal: Ctrl+C, the verbs of the shell, a closed terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen
from tests.cli.hosted import running
from tests.patience import until_true
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

PLAIN = [sys.executable, "-m", "chatui", "--plain", "-m", "mine/m"]


async def begins(exchange: Exchange) -> None:
    """Says a sentence and goes on until the reader leaves."""
    await exchange.head()
    await exchange.text("A sentence. ")
    await exchange.client_left.wait()


@contextmanager
def plain(
    home: Path, *scripts: Script, command: list[str] = PLAIN, **more: str
) -> Iterator[tuple[Screen, ScriptedServer]]:
    with running(*scripts) as server:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(home),
            "TERM": "xterm-256color",
            "PYTHONUTF8": "1",
            "OLLAMA_HOST": "127.0.0.1:1",
            "CHATUI_PROVIDERS__MINE__BASE_URL": server.base_url,
            "CHATUI_RETRIEVAL__ENABLED": "false",
            **more,
        }
        with Screen(command, environ, (100, 30)) as screen:
            screen.wait_for_text("You: ")
            yield screen, server


def test_ctrl_c_stops_a_reply_and_the_next_line_is_asked(tmp_path: Path) -> None:
    with plain(tmp_path, begins, saying("The second.")) as (screen, _):
        screen.type("Go on and on\n")
        screen.wait_for_text("A sentence.")
        screen.type("\x03")
        screen.wait_for_text("Stopped; what came is kept.")
        screen.type("And now?\n")
        screen.wait_for_text("The second.")


def test_ctrl_c_throws_a_begun_line_away(tmp_path: Path) -> None:
    with plain(tmp_path, saying("Yes.")) as (screen, server):
        screen.type("half a line")
        screen.wait_for_text("half a line")
        screen.type("\x03")
        screen.wait_for_text("/quit or Ctrl+D leaves.")
        screen.type("Whole?\n")
        screen.wait_for_text("Yes.")

    assert server.exchanges[0].json["messages"][-1]["content"] == "Whole?"


def test_a_verb_of_the_shell_tells_what_it_tells_there(tmp_path: Path) -> None:
    with plain(tmp_path, saying("Yes.")) as (screen, _):
        screen.type("Is it?\n")
        screen.wait_for_text("tokens in")
        screen.type("/sessions\n")
        screen.wait_for(lambda text: text.count("Is it?") > 1)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Signals that whoever runs the tests may ignore, as `nohup` does, which would be inherited."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_settles_the_reply_and_leaves(tmp_path: Path, number: int) -> None:
    with plain(tmp_path, begins) as (screen, _):
        screen.type("Go on\n")
        screen.wait_for_text("A sentence.")
        os.kill(screen.pid, number)
        ended: list[int] = []

        def has_ended() -> bool:
            pid, status = os.waitpid(screen.pid, os.WNOHANG)
            ended.extend([os.waitstatus_to_exitcode(status)] if pid else [])
            return bool(pid)

        until_true(has_ended)
        screen.pid = sleeping()

    assert ended == [128 + number]


def sleeping() -> int:
    """A child for the screen to end, in the place of one that has ended."""
    child = os.fork()
    if child == 0:
        signal.pause()
    return child


def test_a_terminal_that_cannot_draw_gets_lines_by_itself(tmp_path: Path) -> None:
    command = [one for one in PLAIN if one != "--plain"]
    with plain(tmp_path, saying("Yes."), command=command, TERM="dumb") as (screen, _):
        screen.type("Is it?\n")
        screen.wait_for_text("Yes.")


def test_a_paste_of_lines_is_one_question(tmp_path: Path) -> None:
    with plain(tmp_path, saying("Yes.")) as (screen, server):
        screen.type("\x1b[200~one\ntwo\nthree\x1b[201~")
        screen.type("\n")
        screen.wait_for_text("Yes.")

    assert server.exchanges[0].json["messages"][-1]["content"] == "one\ntwo\nthree"
