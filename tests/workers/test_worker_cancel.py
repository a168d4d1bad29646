"""What happens to a call whose caller leaves, or does not want to wait."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from chatui.domain.errors import WorkerTimeout
from chatui.workers.host import Worker
from tests.patience import until
from tests.workers.conftest import MakeWorker


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


async def test_a_child_that_does_not_heed_a_cancel_is_replaced(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    worker = make_worker(cancel_seconds=0.1)
    pid = await worker.call("pid")
    task = asyncio.create_task(worker.call("sleep", str(tmp_path / "t")))
    await until((tmp_path / "t").exists)
    await cancel(task)
    await until(lambda: worker.pid != pid)
    assert await worker.call("pid") != pid


async def test_a_cancelled_call_that_waits_its_turn_disturbs_nobody(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    worker = make_worker(cancel_seconds=0.05)
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    long = asyncio.create_task(worker.call("wait", str(begun), str(go_on)))
    await until(begun.exists)
    waiting = asyncio.create_task(worker.call("count_calls"))
    await asyncio.sleep(0)
    await cancel(waiting)
    # A child that was ended for it would be so by now.
    await asyncio.sleep(0.2)
    go_on.touch()
    assert await long == "went on"
    assert await worker.call("count_calls") == 1


async def test_a_call_beyond_its_time_ends_the_child(worker: Worker, tmp_path: Path) -> None:
    pid = await worker.call("pid")
    with pytest.raises(WorkerTimeout, match=r"The test process did not answer within 0\.1 s"):
        await worker.call("sleep", str(tmp_path / "t"), timeout=0.1)
    assert await worker.call("pid") != pid


async def test_a_call_that_times_out_in_the_queue_spares_the_one_before_it(
    worker: Worker, tmp_path: Path
) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    long = asyncio.create_task(worker.call("wait", str(begun), str(go_on)))
    await until(begun.exists)
    with pytest.raises(WorkerTimeout):
        await worker.call("echo", 1, timeout=0.1)
    go_on.touch()
    assert await long == "went on"


async def test_a_slow_start_counts_towards_the_time(make_worker: MakeWorker) -> None:
    worker = make_worker("SlowToConstruct")
    with pytest.raises(WorkerTimeout):
        await worker.call("echo", 1, timeout=0.3)
    assert worker.pid is None
