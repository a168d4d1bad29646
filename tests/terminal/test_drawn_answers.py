"""What `chatui ask` draws on a real terminal, and what it writes where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.pty_screen import Screen
from tests.cli.hosted import running
from tests.scripted_server import saying

ANSWER = (
    "# Result\n\nIt is **true** that words stay whole at the edge of a narrow screen, whatever "
    "their extraordinarily long neighbours do.\n\n- one\n- two\n\n```python\nprint('漢字')\n```\n\n"
    "See [the page](https://example.org/a).\n\n<b>kept</b>"
)
ASK = [sys.executable, "-m", "chatui", "ask", "hi", "-m", "mine/m"]


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    with running(saying(*(ANSWER[at : at + 7] for at in range(0, len(ANSWER), 7)))) as server:
        yield {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(tmp_path),
            "TERM": "xterm-256color",
            "PYTHONUTF8": "1",
            "OLLAMA_HOST": "127.0.0.1:1",
            "CHATUI_PROVIDERS__MINE__BASE_URL": server.base_url,
        }


def test_a_terminal_shows_markdown_with_whole_words(environ: dict[str, str]) -> None:
    with Screen(ASK, environ, (48, 30)) as screen:
        lines = screen.wait_for_text("<b>kept</b>").splitlines()

    shown = [line.rstrip() for line in lines]
    assert shown[0] == "Result"
    assert "It is true that words stay whole at the edge of" in shown
    assert " • one" in shown
    assert any("print('漢字')" in line.replace(" ", "").replace("漢字", "漢字") for line in shown)
    assert any("the page (https://example.org/a)" in line for line in shown)
    assert not any("```" in line or "**" in line for line in shown)


def test_a_pipe_gets_the_text_as_it_came(environ: dict[str, str]) -> None:
    done = subprocess.run(ASK, env=environ, capture_output=True, text=True, check=True)

    assert done.stdout == ANSWER + "\n"


def test_the_first_code_block_can_be_had_alone(environ: dict[str, str]) -> None:
    done = subprocess.run([*ASK, "-x"], env=environ, capture_output=True, text=True, check=True)
    again = [sys.executable, "-m", "chatui", "ask", "--last", "-x"]
    last = subprocess.run(again, env=environ, capture_output=True, text=True, check=True)

    assert done.stdout == last.stdout == "print('漢字')\n"
