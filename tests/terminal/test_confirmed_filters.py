"""What filters with `confirm` changed is shown on the terminal, and sent when the user says so."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen
from tests.cli.hosted import running
from tests.scripted_server import ScriptedServer, saying

CONFIG = """
[filters.private]
detect = ["email"]
action = "mask"
confirm = true

[profiles.careful]
filters = ["private"]
"""
ASK = [
    sys.executable, "-m", "chatui", "ask", "-p", "careful", "-m", "mine/m", "--no-rag",
]  # fmt: skip
WRITE = "Write to jane@example.com"


@dataclass
class Careful:
    environ: dict[str, str]
    server: ScriptedServer

    @property
    def sent(self) -> list[str]:
        return [
            json.dumps(one.json["messages"], ensure_ascii=False)
            for one in self.server.exchanges
            if one.method == "POST"
        ]

    def piped(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*ASK, *arguments],
            check=False,
            env=self.environ,
            capture_output=True,
            text=True,
            input="",
        )


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[Careful]:
    (tmp_path / "config.toml").write_text(CONFIG)
    with running(saying("Done.")) as server:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(tmp_path),
            "TERM": "xterm-256color",
            "PYTHONUTF8": "1",
            "OLLAMA_HOST": "127.0.0.1:1",
            "CHATUI_CONFIG": str(tmp_path / "config.toml"),
            "CHATUI_PROVIDERS__MINE__BASE_URL": server.base_url,
            "CHATUI_RETRIEVAL__ENABLED": "false",
        }
        yield Careful(environ, server)


def test_a_yes_sends_what_was_shown(careful: Careful) -> None:
    with Screen([*ASK, WRITE], careful.environ) as screen:
        screen.wait_for_text("Send it like this?")
        assert "jane@example.com" in screen.text
        assert "⟦EMAIL⟧" in screen.text
        assert careful.sent == []
        screen.type("y\n")
        screen.wait_for_text("Done.")

    assert len(careful.sent) == 1
    assert "⟦EMAIL⟧" in careful.sent[0]


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_anything_else_keeps_it_back(careful: Careful, typed: str) -> None:
    with Screen([*ASK, WRITE], careful.environ) as screen:
        screen.wait_for_text("Send it like this?")
        screen.type(typed)
        screen.wait_for_text("Nothing was sent: you kept it back.")

    assert careful.sent == []


def test_the_question_may_be_piped_in_where_there_is_a_terminal_to_ask_on(careful: Careful) -> None:
    command = f"echo {shlex.quote(WRITE)} | {shlex.join(ASK)}"
    with Screen(["sh", "-c", command], careful.environ) as screen:
        screen.wait_for_text("Send it like this?")
        screen.type("y\n")
        screen.wait_for_text("Done.")

    assert len(careful.sent) == 1


def test_ctrl_c_leaves_the_question(careful: Careful) -> None:
    with Screen([*ASK, WRITE], careful.environ) as screen:
        screen.wait_for_text("Send it like this?")
        screen.type("\x03")
        _, status = os.waitpid(screen.pid, 0)
        screen.pid = _sleeping()

    assert os.waitstatus_to_exitcode(status) == 130
    assert careful.sent == []


def _sleeping() -> int:
    """A child for the screen to end, in the place of one that has ended."""
    child = os.fork()
    if child == 0:
        signal.pause()
    return child


def test_without_a_terminal_nothing_is_sent(careful: Careful) -> None:
    done = careful.piped(WRITE)

    assert (done.returncode, careful.sent) == (2, [])
    assert "there is no terminal to show it on; --yes sends it" in done.stderr


def test_yes_sends_it_without_a_question(careful: Careful) -> None:
    done = careful.piped("--yes", WRITE)

    assert (done.returncode, done.stdout) == (0, "Done.\n")
    assert "⟦EMAIL⟧" in careful.sent[0]


def test_what_no_filter_changed_is_not_asked_about(careful: Careful) -> None:
    assert careful.piped("Write to Jane").returncode == 0
