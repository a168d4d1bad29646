"""Bounds for what others wrote and a process runs: templates, tokenizers, schemas.

Python code is stopped where it is: it gets an exception when its processor time is over, and
can't take more memory. Native code hears of neither: a watchdog tells the caller of the child and
ends it.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from types import FrameType

LAST_RESORT = 20
"""Times the bound, on the clock, after which a call that lets nothing else run ends the process."""
AGAIN_SECONDS = 0.1
LOOK_SECONDS = 0.02


class OutOfBounds(Exception):
    """What was too much, as a clause: "it takes more than 5 s"."""


@contextmanager
def bounded(seconds: float, megabytes: int) -> Iterator[None]:
    """For Python code, on the main thread. Raises OutOfBounds when it takes more processor time,
    or allocates more than so much beyond what the process has by now."""
    running = True

    def stop(number: int, frame: FrameType | None) -> None:
        if running:
            raise _TimeIsOver

    before = signal.signal(signal.SIGPROF, stop)
    # Again and again, for what might swallow the first one.
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN_SECONDS)
    faulthandler.dump_traceback_later(LAST_RESORT * seconds, exit=True)
    try:
        with memory_bounded(megabytes):
            try:
                yield
            finally:
                running = False
    except _TimeIsOver as error:
        raise OutOfBounds(f"it takes more than {seconds:g} s") from error
    except MemoryError as error:
        raise OutOfBounds(f"it takes more than {megabytes} MB of memory") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)


class _TimeIsOver(BaseException):
    """No Exception, so that code which expects any of those doesn't go on."""


class MemoryBound:
    """What a watched process may have beyond what it has by now. It can be raised while it runs."""

    def __init__(self, megabytes: int) -> None:
        self._granted = megabytes
        self._base = _resident()

    def raise_to(self, megabytes: int) -> None:
        self._granted = max(self._granted, megabytes)

    @property
    def megabytes(self) -> int:
        return self._granted

    @property
    def is_used_up(self) -> bool:
        return _resident() > self._base + (self._granted << 20)


@contextmanager
def watched(
    seconds: float | None, megabytes: int, error: Callable[[str], BaseException]
) -> Iterator[MemoryBound]:
    """For native code that lets other threads run, in a child. When it takes more processor time,
    or more memory than so much beyond what the process has by now, the caller gets the `error`
    that is made of a clause, as `OutOfBounds` has it, and the process ends."""
    bound = _Watched(
        MemoryBound(megabytes),
        float("inf") if seconds is None else time.process_time() + seconds,
        f"it takes more than {seconds:g} s" if seconds is not None else "",
        error,
    )
    if seconds is not None:
        faulthandler.dump_traceback_later(LAST_RESORT * seconds, exit=True)
    _watchdog.begin(bound)
    try:
        yield bound.allowance
    finally:
        _watchdog.end(bound)
        if seconds is not None:
            faulthandler.cancel_dump_traceback_later()


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """A call, with what it may take of memory, and of the processor's time until when."""

    allowance: MemoryBound
    until: float
    late: str
    error: Callable[[str], BaseException]

    @property
    def reason(self) -> str:
        """Why it is to end, "" while it isn't."""
        if time.process_time() > self.until:
            return self.late
        if self.allowance.is_used_up:
            return f"it takes more than {self.allowance.megabytes} MB of memory"
        return ""


class _Watchdog:
    """One thread for all calls, which sleeps while there are none: starting one for each took
    longer than what tokenizers do in most of them."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._watched: set[_Watched] = set()
        self._runs = False

    def begin(self, bound: _Watched) -> None:
        with self._changed:
            self._watched.add(bound)
            if not self._runs:
                Thread(target=self._watch, daemon=True).start()
                self._runs = True
            elif len(self._watched) == 1:
                self._changed.notify()

    def end(self, bound: _Watched) -> None:
        with self._changed:
            self._watched.discard(bound)

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watched)
            time.sleep(LOOK_SECONDS)
            # Held until the end of this process: a call that is over by now is not its reason.
            with self._changed:
                for bound in self._watched:
                    if reason := bound.reason:
                        _farewell[0](bound.error(reason))
                        os._exit(1)


_watchdog = _Watchdog()

_farewell: list[Callable[[BaseException], None]] = [lambda error: None]


def at_the_end_tell(tell: Callable[[BaseException], None]) -> None:
    """How a watched child says why it ends."""
    _farewell[0] = tell


def limit_memory(megabytes: int) -> None:
    """From now on, for good. Linux counts what is allocated, and no mapped files, of which
    libraries and a model's weights are; elsewhere a watchdog ends the process."""
    most = megabytes << 20
    if sys.platform != "linux":
        Thread(target=_watch_memory, args=(most,), daemon=True).start()
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def limit_further_memory(megabytes: int) -> None:
    """The same, beyond what the process has by now."""
    base = _allocated() if sys.platform == "linux" else _resident()
    limit_memory(megabytes + (base >> 20) + 1)


def _watch_memory(most: int) -> None:
    while _resident() < most:
        time.sleep(LOOK_SECONDS)
    _farewell[0](MemoryError(f"it takes more than {most >> 20} MB of memory"))
    os._exit(1)


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _allocated() + (megabytes << 20)
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _allocated() -> int:
    """Bytes that count towards RLIMIT_DATA; 0 where that is not known."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:")), 0)


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import psutil

        return int(psutil.Process().memory_info().rss)
