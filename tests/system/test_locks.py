from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatui.system.locks import LockFile, is_held

HOLDING = """
import sys, time
from pathlib import Path
from chatui.system.locks import LockFile

with LockFile(Path(sys.argv[1])) as file:
    assert file.try_take(shared=sys.argv[2] == "shared")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "lock"


@contextmanager
def another_process(path: Path, how: str = "alone") -> Iterator[subprocess.Popen[str]]:
    """It holds the lock until its standard input ends."""
    command = [sys.executable, "-c", HOLDING, str(path), how]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def could_be_taken(path: Path, *, shared: bool = False) -> bool:
    with LockFile(path) as file:
        return file.try_take(shared=shared)


def test_the_file_and_its_folder_are_the_users_own(path: Path) -> None:
    with LockFile(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_stands_in_the_file_is_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a counter")
    with LockFile(path) as file:
        file.take()

    assert path.read_text() == "a counter"


@pytest.mark.parametrize("shared", [False, True])
def test_a_lock_that_another_process_has_alone_is_not_to_be_had(path: Path, shared: bool) -> None:
    with another_process(path):
        assert not could_be_taken(path, shared=shared)
        assert is_held(path)


def test_a_shared_lock_keeps_out_only_who_wants_it_alone(path: Path) -> None:
    with another_process(path, "shared"):
        assert could_be_taken(path, shared=True)
        assert not could_be_taken(path)
        assert not is_held(path)


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    with another_process(path) as process:
        process.kill()
        process.wait()

        assert not is_held(path)
        assert could_be_taken(path)


def test_two_in_one_process_keep_each_other_out(path: Path) -> None:
    with LockFile(path) as first:
        first.take()
        assert not could_be_taken(path)
    assert could_be_taken(path)


def test_a_child_does_not_keep_the_lock_of_its_parent(path: Path) -> None:
    with LockFile(path) as file:
        file.take()
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert could_be_taken(path)
    child.communicate(b"\n")


def test_taking_waits_until_the_other_lets_go(path: Path) -> None:
    def take() -> None:
        with LockFile(path) as file:
            file.take()

    with ThreadPoolExecutor(1) as thread:
        with LockFile(path) as held:
            held.take()
            taking = thread.submit(take)
            with pytest.raises(TimeoutError):
                taking.result(0.05)
        taking.result()


async def test_waiting_leaves_the_event_loop_free(path: Path) -> None:
    with another_process(path) as process, LockFile(path) as file:
        waiting = asyncio.create_task(file.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        process.kill()
        process.wait()
        await waiting
        assert is_held(path)


async def test_who_gives_up_waiting_does_not_get_the_lock(path: Path) -> None:
    with LockFile(path) as file:
        file.take()
        with LockFile(path) as late, pytest.raises(TimeoutError):
            await asyncio.wait_for(late.wait(), 0.01)
    assert could_be_taken(path)


def test_looking_at_a_lock_makes_no_file(path: Path) -> None:
    path.parent.mkdir()

    assert not is_held(path)
    assert not path.exists()


def test_looking_at_a_lock_keeps_nobody_out(path: Path) -> None:
    with LockFile(path) as file:
        assert not is_held(path)
        assert file.try_take()
