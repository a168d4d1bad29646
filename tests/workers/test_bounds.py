"""What others wrote takes no more time and memory than it may, in Python and beneath it."""

from __future__ import annotations

import signal
import sys

import pytest

from chatui.domain.errors import EmbedderFailed, WorkerError
from chatui.workers.bounds import OutOfBounds, bounded
from chatui.workers.host import Worker
from tests.workers.conftest import MakeWorker

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")


def endless() -> None:
    while True:
        pass


def endless_whatever_is_raised() -> None:
    while True:
        try:
            endless()
        except Exception:  # noqa: BLE001 - as some libraries do
            continue


@pytest.mark.parametrize("work", [endless, endless_whatever_is_raised, lambda: 9**9**9])
def test_python_code_without_an_end_is_stopped(work: object) -> None:
    with pytest.raises(OutOfBounds, match=r"^it takes more than 0\.2 s$"), bounded(0.2, 64):
        work()  # type: ignore[operator]


@linux
def test_memory_without_an_end_is_refused_and_there_again_afterwards() -> None:
    with (
        pytest.raises(OutOfBounds, match="it takes more than 64 MB of memory"),
        bounded(60, 64),
    ):
        # More than the tests before it can have left behind to be given back meanwhile.
        bytearray(2 << 30)
    assert len(bytearray(200 << 20)) == 200 << 20


def test_what_keeps_within_its_bounds_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with bounded(60, 64):
        text = "x" * (8 << 20)
    assert len(text) == 8 << 20
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_other_errors_come_as_they_are() -> None:
    with pytest.raises(KeyError), bounded(60, 64):
        raise KeyError("page")


@pytest.fixture
def watched(make_worker: MakeWorker) -> Worker:
    return make_worker("Watched")


@pytest.mark.parametrize(
    ("method", "reason"),
    [("spin", "it takes more than 0.5 s"), ("grow", "it takes more than 100 MB of memory")],
)
async def test_a_watched_child_says_why_it_ends_and_the_next_call_works(
    watched: Worker, method: str, reason: str
) -> None:
    await watched.start()
    pid = watched.pid
    with pytest.raises(EmbedderFailed, match=f"^Too much: {reason}$"):
        await watched.call(method)
    assert await watched.call("echo", 1) == 1
    assert watched.pid != pid


async def test_a_watched_child_that_cannot_be_made_says_so(make_worker: MakeWorker) -> None:
    with pytest.raises(EmbedderFailed, match=r"^Too much: it takes more than 0\.5 s$"):
        await make_worker("WatchedFromTheStart").start()


@linux
async def test_a_limit_counts_from_where_the_child_is(make_worker: MakeWorker) -> None:
    worker = make_worker("Limited", 100)
    assert await worker.call("take", 50) == 50
    with pytest.raises(WorkerError, match="MemoryError"):
        await worker.call("take", 150)
