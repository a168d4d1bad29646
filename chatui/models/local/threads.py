"""How many threads a model computes with."""

from __future__ import annotations

import os
from pathlib import Path

CPUS = Path("/sys/devices/system/cpu")


def cores(cpus: Path = CPUS) -> int:
    """The cores that this process may use. Two threads on one core wait for the same arithmetic,
    so its siblings count once; where the machine doesn't tell, every processor is a core."""
    usable = _usable()
    known = {_siblings(cpus, number) for number in usable}
    return max(1, len(known))


def _usable() -> list[int]:
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # macOS has no affinity
        return list(range(os.cpu_count() or 1))


def _siblings(cpus: Path, number: int) -> str:
    try:
        return (cpus / f"cpu{number}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(number)
