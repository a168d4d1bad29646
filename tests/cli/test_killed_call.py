"""A `chatui ask` that is killed in mid-reply: what it has spent by then is booked all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.patience import PATIENCE, until_true
from tests.scripted_server import Exchange, Script

CONFIG = '[prices."mine/big"]\ninput = 1\noutput = 10\n[retrieval]\nenabled = false\n'


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.client_left.is_set():
        await exchange.text("on ")
        await asyncio.sleep(0.01)


async def silent(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.until_the_client_leaves()


def open_output(chats: Path) -> int:
    """Tokens of output that are known of the call under way, -1 while there is none."""
    with closing(sqlite3.connect(chats)) as connection, suppress(sqlite3.OperationalError):
        found = connection.execute("SELECT output FROM open_calls").fetchone()
        return int(found[0]) if found else -1
    return -1


@pytest.mark.parametrize("script", [endless, silent])
def test_a_killed_call_is_booked_with_what_was_known_of_it(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    (home / "config.toml").write_text(CONFIG)
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config.toml"))
    least = 1 if script is endless else 0
    with running(script) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = [sys.executable, "-m", "chatui", "ask", "Go on", "-m", "mine/big"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
        chats = shell.data / "chats.db"
        until_true(lambda: process.poll() is not None or open_output(chats) >= least)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()

    (conversation,) = shell("sessions", "list", "--all", "--json").json
    (call,) = shell("cost", conversation["id"], "--json").json["calls"]
    assert call["outcome"] == "interrupted"
    assert call["usage"]["estimated"]
    assert call["usage"]["input"] > 0
    assert (call["usage"]["output"] > 0) == (script is endless)
    assert float(call["cost"]["amount"]) > 0


@pytest.fixture
def heeded() -> Iterator[None]:
    """A suite that was started by nohup would have its children ignore a closed terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_settles_the_turn_with_what_had_come(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    with running(endless) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = [sys.executable, "-m", "chatui", "ask", "Go on", "-m", "mine/big"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
            assert process.stdout is not None
            assert process.stdout.read(3) == b"on "
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)

    assert process.returncode == 128 + number
    (conversation,) = shell("sessions", "list", "--all", "--json").json
    _, said = shell("sessions", "show", conversation["id"], "--json").json["messages"]
    assert said["content"].startswith("on ")
    (call,) = shell("cost", conversation["id"], "--json").json["calls"]
    assert call["outcome"] == "interrupted"
