"""Several processes at once under one budget: what all of them spend stays within it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.hosted import running
from tests.patience import PATIENCE, until_true
from tests.scripted_server import Exchange

ASKS = 4
CONFIG = """
[prices."mine/big"]
input = 1
output = 10
[retrieval]
enabled = false
[budget]
day = 0.01
"""
LEAVING_ROOM = ["-o", "max_output_tokens", "400"]


@pytest.mark.parametrize("options", [[], LEAVING_ROOM], ids=["all it can get", "400 tokens"])
def test_asks_at_the_same_time_stay_within_the_budget_of_the_day(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    (home / "config.toml").write_text(CONFIG)
    monkeypatch.setenv("CHATUI_CONFIG", str(home / "config.toml"))
    all_asked = threading.Event()

    async def dear(exchange: Exchange) -> None:
        """Writes as much as it was allowed to, once everybody has asked."""
        await asyncio.to_thread(all_asked.wait, PATIENCE)
        await exchange.head()
        await exchange.text("Hello")
        await exchange.finish()
        await exchange.usage(prompt_tokens=30, completion_tokens=exchange.json["max_tokens"])
        await exchange.done()

    shell("ask", "Hello", "-m", "extract", "--no-memory")
    with running(dear) as server:
        monkeypatch.setenv("CHATUI_PROVIDERS__MINE__BASE_URL", server.base_url)
        command = [sys.executable, "-m", "chatui", "ask", "Hello", "-m", "mine/big", *options]
        asks = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             env=os.environ, text=True)
            for _ in range(ASKS)
        ]  # fmt: skip

        def everybody_has_asked() -> bool:
            refused = sum(ask.poll() is not None for ask in asks)
            return len(server.exchanges) + refused >= ASKS

        until_true(everybody_has_asked)
        all_asked.set()
        errors = [ask.communicate(timeout=PATIENCE)[1] for ask in asks]

    codes = sorted(ask.returncode for ask in asks)
    assert set(codes) <= {0, 4}, errors
    assert codes[0] == 0
    with closing(sqlite3.connect(shell.data / "chats.db")) as chats:
        amounts = [row[0] for row in chats.execute("SELECT amount FROM ledger")]
        (left,) = chats.execute("SELECT COUNT(*) FROM promises").fetchone()
    spent = sum(Decimal(amount) for amount in amounts)
    assert left == 0
    assert 0 < spent <= Decimal("0.01")
    if options:
        # A thousand tokens are all that there is: two asks fit, and a shorter one.
        assert codes.count(0) >= 2
    for ask, error in zip(asks, errors, strict=True):
        if ask.returncode == 4:
            assert "still running" in error
