"""Services for the tests, run in real child processes."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chatui.domain.errors import EmbedderFailed, ReadFailed
from chatui.workers.bounds import limit_further_memory, watched


class Plain:
    """What a well-behaved service does."""

    def __init__(self, name: str = "plain") -> None:
        self.name = name
        self.calls = 0

    def echo(self, value: Any) -> Any:
        return value

    def pid(self) -> int:
        return os.getpid()

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def count_calls(self) -> int:
        self.calls += 1
        return self.calls

    def numbers(self, count: int) -> Iterator[int]:
        yield from range(count)

    def paced(self, count: int, seconds: float) -> Iterator[int]:
        """Numbers, each after so many seconds."""
        for number in range(count):
            time.sleep(seconds)
            yield number

    def numbers_then_failure(self, count: int) -> Iterator[int]:
        yield from range(count)
        raise ReadFailed("The file ends in the middle.")

    def blocks(self, count: int, size: int, report: str) -> Iterator[bytes]:
        """The report grows by a byte with each block."""
        with Path(report).open("wb", buffering=0) as file:
            for _ in range(count):
                file.write(b".")
                yield bytes(size)

    def sleep(self, begun: str = "") -> str:
        """Longer than any test; a file `begun` is there as soon as it has begun."""
        if begun:
            Path(begun).touch()
        time.sleep(3600)
        return "slept"

    def wait(self, begun: str, go_on: str) -> str:
        """Until the file `go_on` is there."""
        Path(begun).touch()
        while not Path(go_on).exists():
            time.sleep(0.01)
        return "went on"

    def work(self, touched: str, cancelled: Callable[[], bool]) -> str:
        """Runs until it is cancelled."""
        Path(touched).touch()
        while not cancelled():
            time.sleep(0.01)
        return "heeded"

    def endless(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(0.005)

    def memory(self) -> int:
        return len(bytearray(1 << 30))

    def _hidden(self) -> str:
        return "hidden"


class Unruly:
    """What foreign code does to a process."""

    def raise_ours(self) -> None:
        raise ReadFailed("The page is torn.")

    def raise_foreign(self) -> None:
        raise KeyError("page")

    def raise_text(self, text: str) -> None:
        try:
            raise KeyError(text)
        except KeyError as error:
            raise ValueError(f"can't read {text}") from error

    def fall_in_a_thread(self, text: str) -> None:
        thread = threading.Thread(target=self.raise_text, args=(text,))
        thread.start()
        thread.join()

    def log_text(self, text: str) -> None:
        logging.getLogger("library").warning("it said %s", text)

    def exit(self) -> None:
        sys.exit(3)

    def panic(self) -> None:
        raise BaseException("like pyo3's PanicException")

    def crash(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    def unsendable(self) -> object:
        return object()

    def chatter(self) -> str:
        print("a line for nobody")  # noqa: T201
        os.write(1, b"raw bytes on the descriptor\n")
        subprocess.run(["echo", "from a grandchild"], check=True)
        return sys.stdin.read()

    def echo(self, value: Any) -> Any:
        return value


class FailsToConstruct:
    def __init__(self, how: str) -> None:
        if how == "ours":
            raise ReadFailed("There is nothing to read.")
        if how == "exit":
            os._exit(7)
        raise RuntimeError("no such device")


class SlowToConstruct:
    def __init__(self) -> None:
        time.sleep(60)


def too_much(reason: str) -> EmbedderFailed:
    return EmbedderFailed(f"Too much: {reason}")


class Watched:
    """Takes without an end what other threads leave it, as native code does."""

    def spin(self) -> None:
        with watched(0.5, 1000, too_much):
            while True:
                pass

    def grow(self) -> None:
        held = []
        with watched(600, 100, too_much):
            while True:
                held.append(b"x" * (1 << 20))
                time.sleep(0.001)

    def echo(self, value: Any) -> Any:
        return value


class WatchedFromTheStart(Watched):
    def __init__(self) -> None:
        self.spin()


class Limited:
    def __init__(self, megabytes: int) -> None:
        self.before = bytearray(200 << 20)
        limit_further_memory(megabytes)

    def take(self, megabytes: int) -> int:
        return len(bytearray(megabytes << 20)) >> 20
