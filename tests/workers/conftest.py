from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chatui.workers.host import Worker, WorkerSpec

MakeWorker = Callable[..., Worker]

SERVICES = f"{Path(__file__).parent}{os.pathsep}{Path(__file__).parents[2]}"
"""Where a child finds the services of the tests, and this chatui."""


@pytest.fixture
async def make_worker() -> AsyncIterator[MakeWorker]:
    """Makes workers on a class of worker_services.py, and ends them after the test."""
    made: list[Worker] = []

    def make(service: str = "Plain", *args: Any, **options: Any) -> Worker:
        spec = WorkerSpec(
            f"worker_services:{service}",
            "the test process",
            args=args,
            env={"PYTHONPATH": SERVICES},
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
