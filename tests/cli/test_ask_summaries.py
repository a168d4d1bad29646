"""`chatui ask` in a long conversation: the summary is made after the answer, and a kill while
it is being written loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.scripted_server import Exchange, saying

FACT = "Anna Berger moved to Leipzig in 2019 and pays 1,800 euros. "
CONFIG = """
[memory]
cap_tokens = 400
recall = false
notes = false
[retrieval]
enabled = false
"""


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    path.write_text(CONFIG)
    monkeypatch.setenv("CHATUI_CONFIG", str(path))
    return path


def test_the_summary_stands_in_a_later_question_and_in_the_json(
    shell: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(saying(FACT * 2)) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        answers = [shell("ask", f"And {n}?", "-m", "mine/big", "-c", "--json").json for n in
                   range(12)]  # fmt: skip
        last = server.exchanges[-1].json["messages"]

    memory = answers[-1]["memory"]
    assert memory["dropped_turns"] > 0
    assert 0 < memory["summary_tokens"] <= 400 // 5
    assert memory["strategy"] == "tokens + summarise"
    (told,) = [one["content"] for one in last if "What was said earlier" in one["content"]]
    assert "Anna Berger" in told


async def hanging(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.until_the_client_leaves()


def test_a_kill_in_mid_summary_loses_no_turn(
    shell: Shell, home: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(CONFIG.replace("[memory]", '[memory]\nsummary_model = "cheap/small"'))
    with running(saying(FACT * 2)) as server, running(hanging) as cheap:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        monkeypatch.setenv("CHATUI_PROVIDERS__CHEAP__BASE_URL", cheap.base_url)
        with monkeypatch.context() as before:
            before.setenv("CHATUI_MEMORY__SUMMARISE", "false")
            for _ in range(8):
                shell("ask", "And?", "-m", "mine/big", "-c")
        command = [sys.executable, "-m", "chatui", "ask", "And?", "-m", "mine/big", "-c"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)
        while process.poll() is None and not cheap.exchanges:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()

    assert FACT.strip() in out.decode()
    assert len(shell("sessions", "list", "--all", "--json").json) == 1
    turns, summaries = asyncio.run(stored(shell.data / "chats.db"))
    assert turns == ["complete"] * 9
    assert summaries == 0


async def stored(path: Path) -> tuple[list[str], int]:
    store = await ChatStore.open(path)
    conversation = await store.latest()
    assert conversation is not None
    turns = [one.turn.state.value for one in (await store.load(conversation)).turns]
    summaries = len(await store.summaries.of(conversation))
    await store.close()
    return turns, summaries
