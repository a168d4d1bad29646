"""From Enter to the first token on the screen, over a local server that answers at once.

Target: <= 0.08 s beyond the server's own time, on the first message too. The server runs in
this process; its own time, from the whole request to the first byte of text, is taken off.
Beside it stands what a bare client needs for the same call, in the same run."""

from __future__ import annotations

import asyncio
import http.client
import os
import statistics
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.pty_screen import Screen
from tests.scripted_server import Exchange, ScriptedServer

WINDOWS = 5
MESSAGES = 4
SETTLE_SECONDS = 3.0
"""A person takes at least this long to type a first question."""


class Clock:
    """When the server had the request, and when it sent the first text."""

    def __init__(self) -> None:
        self.received = self.sent = 0.0
        self.count = 0

    async def answer(self, exchange: Exchange) -> None:
        self.received = time.perf_counter()
        self.count += 1
        await exchange.head()
        await exchange.text(f"token{self.count:03}")
        self.sent = time.perf_counter()
        await exchange.finish()
        await exchange.done()

    @property
    def own(self) -> float:
        return self.sent - self.received


def bare_client(port: int) -> float:
    """Seconds from connecting to the first byte of text, by http.client."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v1/chat/completions", body=b"{}")
    connection.getresponse().read(1)
    taken = time.perf_counter() - start
    connection.close()
    return taken


def contains(wanted: str, text: str) -> bool:
    return wanted in text


def delays(clock: Clock, base_url: str, folder: str) -> list[float]:
    """Seconds beyond the server's own, message by message, in a new window."""
    environ = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "CHATUI_DATA_DIR": folder,
        "CHATUI_CHAT__MODEL": "bench/model",
        "CHATUI_PROVIDERS__BENCH__BASE_URL": base_url,
        "CHATUI_PROVIDERS__BENCH__LOCAL": "true",
        "CHATUI_PROVIDERS__BENCH__CONTEXT_SIZE": "8192",
    }
    found = []
    with Screen([sys.executable, "-m", "chatui"], environ) as screen:
        screen.wait_for(partial(contains, "Ask anything"))
        screen.settle(SETTLE_SECONDS)
        for number in range(MESSAGES):
            screen.type(f"question {number}")
            screen.wait_for(partial(contains, f"question {number}"))
            screen.settle(0.5)
            expected = f"token{clock.count + 1:03}"
            pressed = screen.type("\r")
            drawn = screen.wait_for_bytes(expected.encode())
            found.append(drawn - pressed - clock.own)
            screen.settle(0.5)
    return found


def main() -> None:
    clock = Clock()
    server = ScriptedServer(clock.answer)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    runs, bare = [], []
    for _ in range(WINDOWS):
        bare.append(bare_client(server.port))
        with tempfile.TemporaryDirectory() as folder:
            runs.append(delays(clock, server.base_url, folder))
    first = statistics.median(run[0] for run in runs)
    later = statistics.median(delay for run in runs for delay in run[1:])
    floor = statistics.median(bare)
    print(
        f"Enter to first token beyond the server: first message {first * 1000:.0f} ms, "
        f"later ones {later * 1000:.0f} ms (target <= 80 ms); "
        f"{first / floor:.1f}x a bare client's {floor * 1000:.0f} ms"
    )
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()


if __name__ == "__main__":
    main()
