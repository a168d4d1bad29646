from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chatui.workers.host import Worker, WorkerSpec

MakeWorker = Callable[..., Worker]


@pytest.fixture
async def make_worker() -> AsyncIterator[MakeWorker]:
    """Makes workers on a class of worker_services.py, and ends them after the test."""
    made: list[Worker] = []

    def make(service: str = "Plain", *args: Any, **options: Any) -> Worker:
        spec = WorkerSpec(
            f"worker_services:{service}",
            "the test process",
            args=args,
            env={"PYTHONPATH": str(Path(__file__).parent)},
            **options,
        )
        made.append(Worker(spec))
        return made[-1]

    yield make
    for worker in made:
        await worker.stop()


@pytest.fixture
async def worker(make_worker: MakeWorker) -> Worker:
    return make_worker()


async def until(condition: Callable[[], bool]) -> None:
    """Returns as soon as the condition holds; fails the test when it does not in 20 s."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited for nothing")
