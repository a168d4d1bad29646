"""What knowing the tokens and the cost takes of a core, in the real window.

    python benchmarks/typing_cost.py [--seconds 6] [--rounds 3]

Someone types, first into an empty composer, then behind a paste of 100 kB and behind the mention
of a file of that size, with a reading of the meter after each key and without by turns: what lies
between the two is a reading's, and the window takes one every second and a half while keys go on.
Then a server in another process streams a reply of 100 tokens/s, and what runs for the meter is
timed where it runs, because drawing the text takes many times that. All figures are processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from textual import events

from chatui.app.app import ChatuiApp
from chatui.app.draft_meter import READ_EVERY_SECONDS
from chatui.app.start import StartOptions
from chatui.config.paths import Paths
from chatui.config.schema import Config
from chatui.cost.meter import Meter
from chatui.widgets.meter_bar import MeterBar
from tests.scripted_server import Exchange, ScriptedServer

MODEL = "openai/gpt-5-mini"
MANUAL = Path(__file__).parent.parent / "docs"
KEYS_PER_SECOND = 5
TOKENS_PER_SECOND = 100
PASTED = 100_000
LIMIT = 0.01


def manual_text(size: int) -> str:
    text = "\n".join(path.read_text() for path in sorted(MANUAL.rglob("*.md")))
    return (text * (size // len(text) + 1))[:size]


@asynccontextmanager
async def window(base_url: str = "") -> AsyncIterator[ChatuiApp]:
    """A window over real services, opened and at rest."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(*(Path(folder) / part for part in ("config", "data", "state", "cache")))
        config = Config()
        provider = replace(config.providers["openai"], base_url=base_url)
        config = replace(
            config,
            chat=replace(config.chat, model=MODEL),
            retrieval=replace(config.retrieval, enabled=False),
            providers={**config.providers, "openai": provider} if base_url else config.providers,
        )

        async def services() -> Any:
            from chatui.bootstrap.services import open_services

            return await open_services(config, paths)

        app = ChatuiApp(config.ui, config.keys, services, StartOptions())
        async with app.run_test(size=(120, 40)):
            while not app.opened or app.at_work("open", "meter"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            yield app


async def type_keys(app: ChatuiApp, keys: int, *, metered: bool) -> float:
    """Types words, with a reading of the meter after each key or none; seconds of processor
    time per key, drawing included."""
    driver = app._driver
    assert driver is not None
    processor = time.process_time()
    for number in range(keys):
        name, character = ("space", " ") if number % 6 == 0 else ("a", "a")
        driver.process_message(events.Key(name, character))
        await asyncio.sleep(0.05)
        if metered:
            await app.meter.read(0)
        await asyncio.sleep(0.05)
    return (time.process_time() - processor) / keys


async def typing(pasted: str, keys: int, rounds: int) -> tuple[float, float]:
    """Seconds of processor time for a reading and for a key, medians of the rounds."""
    readings, bare = [], []
    async with window() as app:
        driver = app._driver
        assert driver is not None
        if pasted:
            driver.process_message(events.Paste(pasted))
        await asyncio.sleep(2)
        app.meter.refresh = lambda *_: None  # type: ignore[method-assign]
        await app.meter.read(0)
        for _ in range(rounds):
            bare.append(await type_keys(app, keys, metered=False))
            readings.append(await type_keys(app, keys, metered=True) - bare[-1])
        reading = app.view.meter.reading
        assert reading is not None
        assert reading.quote is not None
    return statistics.median(readings), statistics.median(bare)


class Timed:
    """Adds up the processor time of methods, in whichever thread they run."""

    def __init__(self, *methods: tuple[type, str]) -> None:
        self.seconds = 0.0
        for owner, name in methods:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def timed(*arguments: Any, **named: Any) -> Any:
            before = time.thread_time()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += time.thread_time() - before

        return timed


async def streaming(base_url: str, seconds: float) -> tuple[float, float, float]:
    """The shares of a core that counting, drawing the meter, and all of it take while a reply
    streams."""
    counting = Timed((Meter, "text"), (Meter, "reading"))
    drawing = Timed((MeterBar, "show"), (MeterBar, "render_lines"))
    async with window(base_url) as app:
        await asyncio.sleep(1)
        app.ask("Tell me everything.", None)
        while not app.view.live or not app.session.path.turns:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        counted, drawn = counting.seconds, drawing.seconds
        clock, processor = time.perf_counter(), time.process_time()
        await asyncio.sleep(seconds)
        taken = time.perf_counter() - clock
        whole = (time.process_time() - processor) / taken
        assert app.is_replying
        app.stop_work()
        while app.is_replying:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return (counting.seconds - counted) / taken, (drawing.seconds - drawn) / taken, whole


async def serve(seconds: float) -> None:
    """Streams words of the manual at 100 a second; says where, and lives as its parent does."""
    words = manual_text(PASTED).split(" ")

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        start = time.perf_counter()
        for number in range(int(seconds * TOKENS_PER_SECOND)):
            due = start + number / TOKENS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await exchange.text(words[number % len(words)] + " ")
        await exchange.finish()
        await exchange.done()

    async with ScriptedServer(script) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.seconds * 3 + 20))
        return
    os.environ["OPENAI_API_KEY"] = "unused"
    keys = int(given.seconds * KEYS_PER_SECOND)
    empty, _ = asyncio.run(typing("", keys, given.rounds))
    behind, key = asyncio.run(typing(manual_text(PASTED), keys, given.rounds))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "manual.md"
        file.write_text(manual_text(PASTED))
        mentioned, _ = asyncio.run(typing(f"Explain @{file} ", keys, given.rounds))
    share = behind / READ_EVERY_SECONDS
    print(
        f"typing behind a paste of 100 kB: a reading of the meter takes {behind * 1e3:.1f} ms, "
        f"drawn and all, {behind / empty:.2f}x one of an empty composer; one every "
        f"{READ_EVERY_SECONDS} s is {share:.2%} of a core, {share / LIMIT:.2f}x the limit "
        f"({KEYS_PER_SECOND} keys/s take {key * KEYS_PER_SECOND:.1%})"
    )
    print(
        f"typing behind the mention of a file of 100 kB: a reading takes {mentioned * 1e3:.1f} ms, "
        f"{mentioned / behind:.2f}x one behind the paste"
    )
    command = [sys.executable, __file__, "--serve", "--seconds", str(given.seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        base_url = server.stdout.readline().decode().strip()
        counting, drawing, whole = asyncio.run(streaming(base_url, given.seconds * 2))
    print(
        f"a reply of {TOKENS_PER_SECOND} tokens/s: counting takes {counting:.2%} of a core, "
        f"{counting / LIMIT:.2f}x the limit; drawing the meter {drawing:.2%}, the whole window "
        f"{whole:.0%}"
    )


if __name__ == "__main__":
    main()
