"""How a child starts and ends, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import psutil
import pytest

from chatui.domain.errors import WorkerDied
from chatui.workers.host import Worker, WorkerSpec
from tests.patience import PATIENCE, until, until_true
from tests.workers.conftest import SERVICES, MakeWorker

PARENT = """
import asyncio, sys
from chatui.workers.host import Worker, WorkerSpec

async def main():
    worker = Worker(WorkerSpec("worker_services:Plain", "the test process"))
    print(await worker.call("pid"), flush=True)
    await worker.call("sleep")

asyncio.run(main())
"""


async def test_stop_can_be_called_at_any_time_and_again(worker: Worker) -> None:
    await worker.stop()
    pid = await worker.call("pid")
    await worker.stop()
    await worker.stop()
    assert not psutil.pid_exists(pid)


async def test_a_stopped_worker_starts_again_with_the_next_call(worker: Worker) -> None:
    first = await worker.call("pid")
    await worker.stop()
    assert await worker.call("pid") != first


async def test_stop_ends_a_busy_child_and_its_call(worker: Worker, tmp_path: Path) -> None:
    pid = await worker.call("pid")
    task = asyncio.create_task(worker.call("sleep", str(tmp_path / "t")))
    await until((tmp_path / "t").exists)
    await worker.stop()
    with pytest.raises(WorkerDied):
        await task
    assert not psutil.pid_exists(pid)


async def test_stop_ends_a_child_whose_stream_nobody_reads(worker: Worker, tmp_path: Path) -> None:
    made = tmp_path / "made"
    blocks = worker.stream("blocks", 5000, 10_000, str(made))
    await anext(blocks)
    # More than one is on its way by then.
    await until(lambda: made.stat().st_size > 10)
    await worker.stop()
    with pytest.raises(WorkerDied):
        async for _ in blocks:
            pass


async def test_stop_ends_a_child_that_is_still_starting(make_worker: MakeWorker) -> None:
    worker = make_worker("SlowToConstruct")
    starting = asyncio.create_task(worker.start())
    await until(lambda: worker.pid is not None)
    pid = worker.pid
    assert pid is not None
    await worker.stop()
    with pytest.raises(WorkerDied):
        await starting
    assert not psutil.pid_exists(pid)


async def test_a_start_that_is_cancelled_leaves_no_process(make_worker: MakeWorker) -> None:
    worker = make_worker("SlowToConstruct")
    starting = asyncio.create_task(worker.start())
    await until(lambda: worker.pid is not None)
    pid = worker.pid
    assert pid is not None
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_does_not_outlive_its_parent(end: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": SERVICES},
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(end)
    parent.communicate()
    psutil.wait_procs([child], timeout=PATIENCE)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_child_is_not_reached_by_the_interrupt_key(tmp_path: Path) -> None:
    """Ctrl+C goes to the whole foreground group, which the child does not belong to."""

    async def main() -> bool:
        worker = make_plain()
        pid = await worker.call("pid")
        apart = os.getpgid(pid) != os.getpgid(0)
        os.kill(pid, signal.SIGINT)
        still = await worker.call("pid") == pid
        await worker.stop()
        return apart and still

    assert asyncio.run(main())


def make_plain() -> Worker:
    env = {"PYTHONPATH": SERVICES}
    return Worker(WorkerSpec("worker_services:Plain", "the test process", env=env))


@pytest.mark.parametrize("stopped", [True, False])
def test_nothing_is_left_open_after_the_loop(stopped: bool) -> None:
    """In debug mode, with every warning an error; also when nobody called `stop`."""

    async def main() -> int:
        worker = make_plain()
        pid: int = await worker.call("pid")
        assert [item async for item in worker.stream("numbers", 200)] == list(range(200))
        async for _ in worker.stream("endless"):
            break
        if stopped:
            await worker.stop()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            assert not others
        return pid

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pid = asyncio.run(main(), debug=True)
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    until_true(lambda: not psutil.pid_exists(pid))
