"""What a caller sees of a child that fails, dies, or fills the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from chatui.domain.errors import ReadFailed, WorkerDied, WorkerError
from chatui.workers.host import Worker
from tests.patience import until
from tests.workers.conftest import MakeWorker


@pytest.fixture
def unruly(make_worker: MakeWorker) -> Worker:
    return make_worker("Unruly")


async def test_an_error_of_ours_keeps_its_class_and_sentence(unruly: Worker) -> None:
    with pytest.raises(ReadFailed, match=r"^The page is torn\.$"):
        await unruly.call("raise_ours")


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("raise_foreign", "KeyError: 'page'"),
        ("exit", "SystemExit: 3"),
        ("panic", "BaseException: like pyo3's PanicException"),
        ("unsendable", "TypeError: can not serialize 'object' object"),
        ("no_such_method", "has no attribute 'no_such_method'"),
    ],
)
async def test_a_failure_is_told_and_the_child_lives_on(
    unruly: Worker, method: str, reason: str
) -> None:
    await unruly.start()
    pid = unruly.pid
    with pytest.raises(WorkerError) as caught:
        await unruly.call(method)
    assert reason in str(caught.value)
    assert await unruly.call("echo", 1) == 1
    assert unruly.pid == pid


async def test_a_native_crash_is_an_error_and_the_next_call_works(unruly: Worker) -> None:
    with pytest.raises(WorkerDied, match="The test process was killed by signal 11"):
        await unruly.call("crash")
    assert await unruly.call("echo", 1) == 1


async def test_killed_in_mid_call_every_caller_is_told_and_the_next_call_works(
    worker: Worker, tmp_path: Path
) -> None:
    pid = await worker.call("pid")
    begun = tmp_path / "begun"
    calls = [asyncio.create_task(worker.call("sleep", str(begun))) for _ in range(3)]
    await until(begun.exists)
    os.kill(pid, signal.SIGKILL)
    told = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in told] == [WorkerDied] * 3
    assert await worker.call("pid") != pid


async def test_killed_between_calls_the_next_call_starts_a_new_child(worker: Worker) -> None:
    pid = await worker.call("pid")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: worker.pid is None)
    assert await worker.call("pid") != pid


@pytest.mark.parametrize(
    ("how", "kind", "reason"),
    [
        ("ours", ReadFailed, "There is nothing to read"),
        ("foreign", WorkerError, "RuntimeError: no such device"),
        ("exit", WorkerDied, "ended with exit code 7"),
    ],
)
async def test_a_service_that_does_not_construct_says_why(
    make_worker: MakeWorker, how: str, kind: type[Exception], reason: str
) -> None:
    worker = make_worker("FailsToConstruct", how)
    for _ in range(2):
        with pytest.raises(kind, match=reason):
            await worker.call("echo", 1)
    assert worker.pid is None


async def test_a_service_that_does_not_exist_says_so(make_worker: MakeWorker) -> None:
    with pytest.raises(WorkerError, match="has no attribute 'Missing'"):
        await make_worker("Missing").start()


async def test_what_a_service_prints_goes_to_the_log_alone(
    make_worker: MakeWorker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "state" / "chatui.log"
    worker = make_worker("Unruly", log=log)
    assert await worker.call("chatter") == ""
    await worker.stop()
    assert capfd.readouterr() == ("", "")
    text = log.read_text()
    assert "raw bytes on the descriptor" in text
    assert "from a grandchild" in text
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("raise_text", "in Unruly.raise_text"),
        ("fall_in_a_thread", "in Unruly.raise_text"),
        ("log_text", "WARNING library (tests/workers/worker_services.py:"),
    ],
)
async def test_a_child_s_log_has_the_place_of_a_fault_and_no_text(
    make_worker: MakeWorker, tmp_path: Path, method: str, place: str
) -> None:
    log = tmp_path / "state" / "chatui.log"
    worker = make_worker("Unruly", log=log)
    text = "a private letter with sk-planted"

    with suppress(WorkerError):
        await worker.call(method, text)

    assert place in log.read_text()
    assert "private" not in log.read_text()
    assert "planted" not in log.read_text()


async def test_the_sentence_on_a_fault_of_a_child_has_the_log_s_path(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    log = tmp_path / "state" / "chatui.log"

    with pytest.raises(WorkerError, match=f"{log} has the place"):
        await make_worker("Unruly", log=log).call("raise_foreign")


async def test_a_crash_of_native_code_tells_where_python_was(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    log = tmp_path / "chatui.log"

    with pytest.raises(WorkerDied):
        await make_worker("Unruly", log=log).call("crash")

    assert "in crash" in log.read_text()


async def test_a_log_that_cannot_be_written_keeps_no_child_from_work(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    assert await make_worker(log=tmp_path / "file" / "chatui.log").call("echo", 1) == 1


async def test_a_memory_limit_makes_an_error_of_a_large_allocation(
    make_worker: MakeWorker,
) -> None:
    worker = make_worker(memory_mb=512)
    with pytest.raises(WorkerError, match="MemoryError"):
        await worker.call("memory")
    assert await worker.call("echo", 1) == 1
