"""Three answers that stream side by side at 100 tokens/s each: processor time and how long the
event loop is held, in the window's comparison.

    python benchmarks/compare_streaming.py [--seconds 10] [--lanes 3] [--size 120x40] [KIND …]

Measured as `streaming.py` does; each answer also gets a reading of the meter five times a
second, as a reply does.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace
from decimal import Decimal

from textual.app import App

from benchmarks.streaming import Steps, tokens
from chatui.cost.reading import MeterReading
from chatui.domain.usage import Cost, Usage
from chatui.widgets.compare_screen import CompareScreen

TOKENS_PER_SECOND = 100
READINGS_PER_SECOND = 5


def reading(count: int) -> MeterReading:
    return MeterReading(
        turn=Usage(input=1_200, output=count, estimated=True),
        turn_cost=Cost(Decimal(count) / 1_000_000, estimated=True),
        first_token=0.4,
        tokens_per_second=float(TOKENS_PER_SECOND),
    )


async def measure(
    lanes: int, pieces: list[str], size: tuple[int, int]
) -> tuple[float, list[float]]:
    """Share of a core, and the seconds of each step of the loop."""
    app: App[None] = App()
    screen = CompareScreen(
        [f"provider/model-{number}" for number in range(lanes)],
        again=False,
        ask=lambda question: None,
        stop=lambda: None,
    )
    every = TOKENS_PER_SECOND // READINGS_PER_SECOND
    async with app.run_test(size=size) as pilot:
        await app.push_screen(screen)
        await screen.begin("And now?")
        await pilot.pause(0.5)
        steps = Steps()
        clock, processor = time.perf_counter(), time.process_time()
        for index, piece in enumerate(pieces):
            await asyncio.sleep(max(0.0, clock + index / TOKENS_PER_SECOND - time.perf_counter()))
            for number, lane in enumerate(screen.lanes):
                lane.append_text(piece)
                if (index + number) % every == 0:
                    lane.read(replace(reading(index), model=lane.head.model))
        await pilot.pause(0.2)
        assert all(lane.answer and lane.answer.words() for lane in screen.lanes), "nothing drawn"
        share = (time.process_time() - processor) / (time.perf_counter() - clock)
        return share, steps.seconds


def main() -> None:
    kinds = ["prose", "list", "table", "fence"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("--size", default="120x40", help="columns x rows")
    arguments = parser.parse_args()
    columns, rows = (int(part) for part in arguments.size.split("x"))
    for kind in arguments.kinds or kinds:
        pieces = tokens(kind, int(arguments.seconds * TOKENS_PER_SECOND))
        share, seconds = asyncio.run(measure(arguments.lanes, pieces, (columns, rows)))
        held = sorted(second for second in seconds if second > 0.002) or [0.0]
        every = sorted(seconds)
        print(
            f"{kind}: {arguments.lanes} answers, {share:.0%} of a core; of steps over 2 ms "
            f"p95 {held[int(len(held) * 0.95)] * 1e3:.1f} ms, longest {held[-1] * 1e3:.1f} ms; "
            f"of all steps p95 {every[int(len(every) * 0.95)] * 1e3:.1f} ms"
        )


if __name__ == "__main__":
    main()
