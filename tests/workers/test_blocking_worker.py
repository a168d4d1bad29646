"""A child process behind plain calls, from threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatui.domain.errors import WorkerDied, WorkerError, WorkerTimeout
from chatui.workers.blocking import BlockingWorker
from chatui.workers.host import WorkerSpec
from tests.patience import PATIENCE
from tests.workers.conftest import SERVICES


@pytest.fixture
def worker() -> Iterator[BlockingWorker]:
    env = {"PYTHONPATH": SERVICES}
    worker = BlockingWorker(WorkerSpec("worker_services:Plain", "the test process", env=env))
    yield worker
    worker.close()


def test_many_threads_get_their_own_answers_from_one_child(worker: BlockingWorker) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: worker.call("echo", number), range(50)))

    assert answers == list(range(50))
    assert worker.call("pid") == worker.call("pid") != os.getpid()


def test_an_error_of_the_service_is_raised(worker: BlockingWorker) -> None:
    with pytest.raises(WorkerError):
        worker.call("no_such_method")


def test_a_call_that_takes_too_long_ends_the_child_and_the_next_one_starts_it(
    worker: BlockingWorker, tmp_path: Path
) -> None:
    pid = worker.call("pid")
    with pytest.raises(WorkerTimeout):
        worker.call("sleep", str(tmp_path / "t"), timeout=0.1)

    assert worker.call("pid") != pid


def test_closing_ends_calls_under_way(worker: BlockingWorker, tmp_path: Path) -> None:
    worker.call("pid")
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(worker.call, "sleep", str(tmp_path / "t"))
        worker.close()
        with pytest.raises(WorkerDied):
            under_way.result(timeout=PATIENCE)


def test_nothing_starts_after_closing(worker: BlockingWorker) -> None:
    worker.close()
    worker.close()
    with pytest.raises(WorkerDied):
        worker.call("pid")
