"""What happens to a call whose caller leaves, or does not want to wait."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from chatui.domain.errors import WorkerTimeout
from chatui.workers.host import Worker
from tests.workers.conftest import MakeWorker, until


async def cancel(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_call_leaves_the_child_usable(worker: Worker, tmp_path: Path) -> None:
    pid = await worker.call("pid")
    task = asyncio.create_task(worker.call("work", str(tmp_path / "t")))
    await until((tmp_path / "t").exists)
    await cancel(task)
    assert await worker.call("pid") == pid


async def test_a_stream_left_early_ends_in_the_child_too(worker: Worker) -> None:
    pid = await worker.call("pid")
    async with aclosing(worker.stream("endless")) as numbers:
        async for number in numbers:
            if number == 3:
                break
    assert await worker.call("pid") == pid


async def test_a_child_that_does_not_heed_a_cancel_is_replaced(make_worker: MakeWorker) -> None:
    worker = make_worker(cancel_seconds=0.1)
    pid = await worker.call("pid")
    task = asyncio.create_task(worker.call("sleep", 600))
    await asyncio.sleep(0.1)
    await cancel(task)
    await until(lambda: worker.pid != pid)
    assert await worker.call("pid") != pid


async def test_a_cancelled_call_that_waits_its_turn_disturbs_nobody(
    make_worker: MakeWorker,
) -> None:
    worker = make_worker(cancel_seconds=0.05)
    await worker.start()
    long = asyncio.create_task(worker.call("sleep", 1.0))
    waiting = asyncio.create_task(worker.call("count_calls"))
    await asyncio.sleep(0.1)
    await cancel(waiting)
    assert await long == "slept"
    assert await worker.call("count_calls") == 1


async def test_a_call_beyond_its_time_ends_the_child(worker: Worker) -> None:
    pid = await worker.call("pid")
    with pytest.raises(WorkerTimeout, match=r"The test process did not answer within 0\.1 s"):
        await worker.call("sleep", 600, timeout=0.1)
    assert await worker.call("pid") != pid


async def test_a_call_that_times_out_in_the_queue_spares_the_one_before_it(
    worker: Worker,
) -> None:
    await worker.start()
    long = asyncio.create_task(worker.call("sleep", 0.8))
    await asyncio.sleep(0)
    with pytest.raises(WorkerTimeout):
        await worker.call("echo", 1, timeout=0.1)
    assert await long == "slept"


async def test_a_slow_start_counts_towards_the_time(make_worker: MakeWorker) -> None:
    worker = make_worker("SlowToConstruct")
    with pytest.raises(WorkerTimeout):
        await worker.call("echo", 1, timeout=0.3)
    assert worker.pid is None
