"""A reply that streams at 50 tokens/s: processor time and how long the event loop is held,
in our transcript behind 30 turns and in Textual's own Markdown stream on an empty screen.

    python benchmarks/streaming.py [--seconds 10] [KIND …]

Each kind of text (prose, list, table, fence) streams for as long into both, one after the
other. Held is a step of the event loop, in processor time of its thread: a busy machine
blurs it less than the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from chatui.domain.conversation import Reply, Turn, TurnState
from chatui.widgets.transcript import Transcript

TOKENS_PER_SECOND = 50
WORDS = [
    "alpha",
    "beta",
    "**gamma**",
    "delta",
    "`epsilon`",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
]
HELD = 0.002
"""Seconds; shorter steps are nobody's trouble."""

Write = Callable[[str], Awaitable[None]]


def tokens(kind: str, count: int) -> list[str]:
    """Pieces of a text of that kind, about a word each."""
    words = itertools.cycle(WORDS)
    heads = {"table": "| A | B | C |\n|---|---|---|\n", "fence": "```python\n"}
    breaks = {
        "prose": (70, "\n\n"),
        "list": (11, "\n- "),
        "table": (12, "|\n| "),
        "fence": (9, "\n"),
    }
    every, between = breaks[kind]
    pieces = [heads.get(kind, "- " if kind == "list" else "")]
    for index in range(1, count):
        cell = "| " if kind == "table" and index % 4 == 0 and index % every else ""
        pieces.append(between if index % every == 0 else f"{cell}{next(words)} ")
    return pieces


class Ours(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()

    async def writer(self) -> Write:
        reply = Reply(text="An answer with **some** words.\n\n" * 5, model="builtin/extract")
        turn = Turn("A question?", datetime.now(UTC), TurnState.COMPLETE, reply)
        transcript = self.query_one(Transcript)
        await transcript.show([(str(number), turn) for number in range(30)])
        await asyncio.sleep(2)
        view = await transcript.start_turn("new", "And now?")

        async def write(text: str) -> None:
            view.append_text(text)

        return write


class Stock(App[None]):
    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()

    async def writer(self) -> Write:
        self.query_one(VerticalScroll).anchor()
        return Markdown.get_stream(self.query_one(Markdown)).write


async def paced(pieces: list[str]) -> AsyncIterator[str]:
    start = time.perf_counter()
    for index, piece in enumerate(pieces):
        await asyncio.sleep(max(0.0, start + index / TOKENS_PER_SECOND - time.perf_counter()))
        yield piece


class Steps:
    """Measures each step of the running event loop."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        loop = asyncio.get_running_loop()
        run_once = loop._run_once  # type: ignore[attr-defined]

        def measured() -> None:
            before = time.thread_time()
            run_once()
            self.seconds.append(time.thread_time() - before)

        loop._run_once = measured  # type: ignore[attr-defined]

    def p95_held(self) -> float:
        held = sorted(step for step in self.seconds if step > HELD) or [0.0]
        return held[int(len(held) * 0.95)]


async def measure(app: Ours | Stock, pieces: list[str]) -> tuple[float, float]:
    """Share of a core and the 95th percentile of held steps, in seconds."""
    async with app.run_test(size=(120, 40)) as pilot:
        write = await app.writer()
        await pilot.pause(0.5)
        steps = Steps()
        clock, processor = time.perf_counter(), time.process_time()
        async for piece in paced(pieces):
            await write(piece)
        await pilot.pause(0.2)
        share = (time.process_time() - processor) / (time.perf_counter() - clock)
        return share, steps.p95_held()


def main() -> None:
    kinds = ["prose", "list", "table", "fence"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    for kind in arguments.kinds or kinds:
        pieces = tokens(kind, int(arguments.seconds * TOKENS_PER_SECOND))
        ours, held = asyncio.run(measure(Ours(), pieces))
        stock, stock_held = asyncio.run(measure(Stock(), pieces))
        print(
            f"{kind}: {ours:.0%} of a core, p95 held {held * 1e3:.1f} ms; "
            f"stock Markdown {stock:.0%}, {stock_held * 1e3:.1f} ms: {ours / stock:.2f}x"
        )


if __name__ == "__main__":
    main()
