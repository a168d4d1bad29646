"""How long does the window let a hand wait?

    python benchmarks/window_lag.py [--messages 10000] [--keys 120]

A stored conversation of so many messages is opened, beside one of twenty; and keys are typed, at
rest and while a server in another process streams a reply of 100 tokens/s. A key's lag is from its
arrival until the line with it is drawn. Opening is told in processor time as well, which other
work on the machine leaves alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from textual import events

from benchmarks.many_chats import conversation
from benchmarks.typing_cost import window
from chatui.app.app import ChatuiApp

FEW = 20
SERVER = Path(__file__).parent / "typing_cost.py"
OPENED_SECONDS, LAG_SECONDS = 0.5, 0.04
KEY_SECONDS = 0.1


async def opened(app: ChatuiApp, messages: int) -> tuple[float, float]:
    """Seconds of the clock and of the processor until it is on the screen, the best of three."""
    store = (await app.session.services()).store
    (arrival,) = await store.add([conversation(messages, messages // 2)])
    took = []
    for _ in range(3):
        app.session.new()
        await app.show_conversation()
        clock, processor = time.perf_counter(), time.process_time()
        await app.session.resume(arrival.conversation)
        await app.show_conversation()
        await drawn(app)
        took.append((time.perf_counter() - clock, time.process_time() - processor))
    return min(took)


async def drawn(app: ChatuiApp) -> None:
    """Until what has been asked for so far is on the screen."""
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


async def lag(app: ChatuiApp, keys: int) -> list[float]:
    driver, composer, took = app._driver, app.view.composer, []
    assert driver is not None
    for number in range(keys):
        before = composer.text
        began = time.perf_counter()
        driver.process_message(
            events.Key("space", " ") if number % 6 == 5 else events.Key("a", "a")
        )
        while composer.text == before:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await drawn(app)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(KEY_SECONDS)
    return sorted(took)


def told(took: list[float]) -> str:
    half, most = (took[int(len(took) * share)] * 1e3 for share in (0.5, 0.95))
    return f"{half:.1f} ms, p95 {most:.1f} ms"


async def measure(base_url: str, messages: int, keys: int) -> None:
    async with window(base_url) as app:
        few, many = await opened(app, FEW), await opened(app, messages)
        print(
            f"opening a chat of {messages:,} messages: {many[0]:.2f} s, {many[1]:.2f} s of the "
            f"processor (limit {OPENED_SECONDS}); {many[1] / few[1]:.2f}x one of {FEW}"
        )
        at_rest = await lag(app, keys)
        app.ask("Tell me everything.", app.session.path.head)
        while not app.view.live:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        busy = await lag(app, keys)
        assert app.is_replying
        print(
            f"a key while a reply streams: {told(busy)} (limit {LAG_SECONDS * 1e3:.0f} ms); "
            f"at rest {told(at_rest)}"
        )
        app.stop_work()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=120)
    given = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = "unused"
    # Long enough for all keys, on a slow machine too.
    command = [sys.executable, str(SERVER), "--serve", "--seconds", str(given.keys)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        base_url = server.stdout.readline().decode().strip()
        asyncio.run(measure(base_url, given.messages, given.keys))


if __name__ == "__main__":
    main()
