"""What a caller gets from a child that behaves."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from chatui.domain.errors import ReadFailed, WorkerError, WorkerTimeout
from chatui.workers import frames
from chatui.workers.host import Worker
from tests.workers.conftest import MakeWorker


async def test_a_call_returns_what_the_service_returns(worker: Worker) -> None:
    value = {"text": "naïve \ud800 数", "bytes": b"\x00\xff", "list": [1, 2.5, None, True]}
    assert await worker.call("echo", value) == value


async def test_arguments_of_the_constructor_arrive(make_worker: MakeWorker) -> None:
    worker = make_worker("FailsToConstruct", "ours")
    with pytest.raises(ReadFailed, match="There is nothing to read"):
        await worker.start()


async def test_one_process_answers_all_calls(worker: Worker) -> None:
    assert [await worker.call("count_calls") for _ in range(3)] == [1, 2, 3]


async def test_calls_made_at_once_are_answered_in_order(worker: Worker) -> None:
    answers = await asyncio.gather(*(worker.call("count_calls") for _ in range(50)))
    assert answers == list(range(1, 51))


async def test_calls_made_before_the_start_share_one_process(worker: Worker) -> None:
    assert len(set(await asyncio.gather(*(worker.call("pid") for _ in range(5))))) == 1


async def test_a_stream_gives_every_item_in_order(worker: Worker) -> None:
    assert [item async for item in worker.stream("numbers", 1000)] == list(range(1000))


async def test_a_timeout_begins_anew_with_an_item_that_renews_it(worker: Worker) -> None:
    """Three seconds for each, where all of them together take four."""
    await worker.start()  # which may take longer on a busy machine
    paced = worker.stream("paced", 4, 1.0, timeout=3, renews=lambda item: True)
    assert [item async for item in paced] == [0, 1, 2, 3]
    with pytest.raises(WorkerTimeout):
        async for _ in worker.stream("paced", 10, 0.2, timeout=1):
            pass


async def test_a_failure_in_mid_stream_comes_after_the_items(worker: Worker) -> None:
    items = []
    with pytest.raises(ReadFailed, match="ends in the middle"):
        async for item in worker.stream("numbers_then_failure", 5):
            items.append(item)
    assert items == [0, 1, 2, 3, 4]


async def test_a_slow_consumer_makes_the_child_wait(worker: Worker, tmp_path: Path) -> None:
    """The pipe and the queue hold some megabytes; the child cannot run ahead further."""
    report = tmp_path / "made"
    async with aclosing(worker.stream("blocks", 1000, 100_000, str(report))) as blocks:
        await anext(blocks)
        made = -1
        # It goes on until it has to wait.
        while made != (made := report.stat().st_size):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        assert 0 < made < 200
        assert len([block async for block in blocks]) == 999


async def test_frames_of_many_megabytes_pass(worker: Worker) -> None:
    large = b"\x01" * (40 << 20)
    assert await worker.call("echo", large) == large


async def test_a_frame_beyond_the_limit_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, worker: Worker
) -> None:
    monkeypatch.setattr(frames, "MAX_FRAME", 1000)
    with pytest.raises(ValueError, match="larger than 1000"):
        await worker.call("echo", bytes(2000))
    assert await worker.call("echo", 1) == 1


async def test_private_methods_cannot_be_called(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="_hidden is private"):
        await worker.call("_hidden")
