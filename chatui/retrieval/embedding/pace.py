"""How fast this machine runs a prepared model, and with which settings it is fastest.

Measured once for each machine, in about two seconds, and kept beside the model. A cache that
was copied from another machine is measured again; the vectors are the same whatever comes out.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

PACE_FILE = "pace.json"
ROUNDS = 2
BATCHES = (256, 1024, 2048)
"""Tokens of a batch. One text at a time stays within a core's own cache, which is the fastest
on most machines; larger batches make up for a slow start of each run."""
BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16")

_SENTENCE = (
    "The committee met in the old town hall and agreed that the bridge should stay closed to "
    "heavy vehicles until the northern pier had been examined by an engineer. "
)
Setting = TypeVar("Setting")


@dataclass(frozen=True, slots=True)
class Pace:
    """`threads` batches of `batch` tokens, padding included, are run side by side."""

    threads: int
    batch: int


DEFAULT_BATCH = 256


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def default_pace() -> Pace:
    return Pace(processors(), DEFAULT_BATCH)


def sample_texts(threads: int) -> list[str]:
    """Texts of a passage's length, from 60 to 200 tokens: some for every thread."""
    return [_SENTENCE * (2 + number % 5) for number in range(max(8, 4 * threads))]


def fastest(run: Callable[[Setting], object], settings: Sequence[Setting]) -> dict[Setting, float]:
    """Seconds that a run takes with each setting: the better of two rounds, interleaved, so
    that a load that comes or goes does not decide."""
    best: dict[Setting, float] = {}
    for _ in range(ROUNDS):
        for setting in settings:
            start = time.perf_counter()
            run(setting)
            taken = time.perf_counter() - start
            best[setting] = min(taken, best.get(setting, taken))
    return best


def measure(run: Callable[[Pace], object]) -> Pace:
    """The fastest pace; `run` embeds the sample texts. Fewer threads than processors are
    tried too: of two that share a core the second is often of no use."""
    everything = processors()
    by_batch = fastest(run, [Pace(everything, batch) for batch in BATCHES])
    best = min(by_batch, key=by_batch.__getitem__)
    if everything < 4:
        return best
    by_threads = fastest(run, [best, Pace(everything // 2, best.batch)])
    return min(by_threads, key=by_threads.__getitem__)


def read_pace(folder: Path) -> Pace | None:
    """What was measured on this very machine, or None."""
    try:
        kept = json.loads((folder / PACE_FILE).read_text())
        if kept["machine"] != machine():
            return None
        return Pace(int(kept["threads"]), int(kept["batch"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_pace(folder: Path, pace: Pace) -> None:
    """Whole or not at all. A cache that cannot be written to is measured by each process."""
    fresh = folder / f"{PACE_FILE}.{os.getpid()}"
    try:
        fresh.write_text(json.dumps({"machine": machine(), **asdict(pace)}))
        fresh.replace(folder / PACE_FILE)
    except OSError:
        fresh.unlink(missing_ok=True)


def machine() -> str:
    """Names what decides how fast a model runs here."""
    details = processor_details()
    name = details.get("model name") or platform.processor()
    flags = sorted(
        flag for flag in details.get("flags", "").split() if flag.startswith(("avx", "amx"))
    )
    return f"{platform.machine()} {name} x{processors()} {' '.join(flags)}"


def has_bfloat16() -> bool:
    """Whether the processor calculates in bfloat16; others take longer than with float32."""
    return not set(BFLOAT16_FLAGS).isdisjoint(processor_details().get("flags", "").split())


def processor_details() -> Mapping[str, str]:
    """What Linux says about the first processor; nothing on other systems."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    lines = text.partition("\n\n")[0].splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
