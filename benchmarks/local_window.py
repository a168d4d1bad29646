"""The real window while a local model generates: how late its event loop runs, at the 95th
percentile of a look every 5 ms, beside the same window at rest.

    python benchmarks/local_window.py [--seconds 15] [--threads N]

The model has the shape of Qwen2.5-0.5B, in Q8_0, with random weights.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.random_model import Q8_0, write_random_model
from chatui.app.app import ChatuiApp
from chatui.app.start import StartOptions
from chatui.bootstrap.services import Services, open_services
from chatui.config.paths import Paths
from chatui.config.schema import Config
from chatui.config.window import Keys, Ui

LOOK_SECONDS = 0.005
LIMIT = 0.015


async def lags(seconds: float) -> list[float]:
    """How much later than asked the loop came back, each time; sorted."""
    found = []
    end = time.perf_counter() + seconds
    while (before := time.perf_counter()) < end:
        await asyncio.sleep(LOOK_SECONDS)
        found.append(time.perf_counter() - before - LOOK_SECONDS)
    return sorted(found)


def p95(values: list[float]) -> float:
    return values[int(len(values) * 0.95)]


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - the window is watched from outside
        await asyncio.sleep(0.05)


async def measure(folder: Path, seconds: float, threads: int) -> None:
    paths = Paths(*(folder / name for name in ("config", "data", "state", "cache")))
    paths.models.mkdir(parents=True)
    write_random_model(paths.models / "random.gguf", Q8_0)
    plain = Config()
    config = replace(
        plain,
        local=replace(plain.local, threads=threads, context_size=8192),
        retrieval=replace(plain.retrieval, enabled=False),
    )

    async def services() -> Services:
        return await open_services(config, paths)

    app = ChatuiApp(Ui(), Keys(), services, StartOptions(model="local/random"))
    async with app.run_test(size=(120, 40)) as pilot:
        await app.session.services()
        await pilot.pause(5)
        at_rest = await lags(5)
        app.view.composer.insert("Tell me of the sea.")
        await pilot.press("enter")
        await until(lambda: app.session.is_pending)
        await asyncio.sleep(3)
        busy = await lags(seconds)
        generating = app.session.is_pending
        await pilot.press("escape")
        await until(lambda: not app.session.is_pending)
    reply = app.session.path.turns[-1][1].reply
    words = len(reply.text.split()) if reply else 0
    assert generating, "the reply ended before the measurement did"
    assert words, "nothing was generated"
    print(
        f"p95 of the loop's lag while a local model generates: {p95(busy) * 1e3:.1f} ms, at rest "
        f"{p95(at_rest) * 1e3:.1f} ms; {words} words came; limit {LIMIT * 1e3:.0f} ms: "
        f"{p95(busy) / LIMIT:.2f}x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), arguments.seconds, arguments.threads))


if __name__ == "__main__":
    main()
