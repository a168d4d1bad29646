"""One writer at a time, and readers that know when what they hold is stale.

Embedded Chroma is not safe across processes: an open client misses another's writes, and
destroys them when it writes itself (chroma#3792, #2399, #6975). So every process takes
this lock around each use, and compares the counter that lives in the lock file with the
one that it saw when it opened its client.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatui.domain.errors import IndexDamaged, RetrievalError
from chatui.system.locks import LockFile

DATABASE = "chroma.sqlite3"
COUNTER = struct.Struct("<Q")
POLL_SECONDS = 0.01


def index_exists(folder: Path) -> bool:
    """Whether anything was ever indexed there; nothing is created by looking."""
    return (folder / DATABASE).exists()


LOCK, QUEUE = "lock", "queue"


class IndexLock:
    """The file `lock` in the index's folder.

    Whoever waits for it holds the file `queue` meanwhile, so that readers who come one after
    the other cannot keep a writer out for ever.
    """

    def __init__(self, folder: Path, wait_seconds: float) -> None:
        self._folder = folder
        self._wait_seconds = wait_seconds

    @contextmanager
    def hold(
        self, *, write: bool, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Generation]:
        """Waits for the lock: alone when `write`, else together with other readers.

        Raises RetrievalError when others hold it for too long, or when the caller has gone, and
        IndexDamaged when there can be no lock.
        """
        with self._opened(LOCK) as file:
            with self._opened(QUEUE) as queue:
                self._wait(queue, shared=False, cancelled=cancelled)
                self._wait(file, shared=not write, cancelled=cancelled)
            yield Generation(file.descriptor)

    def _opened(self, name: str) -> LockFile:
        try:
            return LockFile(self._folder / name)
        except OSError as error:
            raise IndexDamaged(
                f"The vector index in {self._folder} cannot be used ({error.strerror}); see that "
                "its folder is writable and the disk not full."
            ) from error

    def _wait(self, file: LockFile, *, shared: bool, cancelled: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while not file.try_take(shared=shared):
            if cancelled():
                raise RetrievalError("Waiting for the vector index was given up.")
            if time.monotonic() > deadline:
                raise RetrievalError(
                    f"Another process has kept the vector index in {self._folder} busy for "
                    f"{self._wait_seconds:g} s; wait until its ingest is done and try again."
                )
            time.sleep(POLL_SECONDS)


class Generation:
    """The counter in the held lock file: it has moved whenever anybody has written."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self) -> int:
        content = os.pread(self._handle, COUNTER.size, 0)
        return int(COUNTER.unpack(content)[0]) if len(content) == COUNTER.size else 0

    def advance(self) -> int:
        """Counts up; the caller writes. Done before a write as well as after it, so that a
        writer that is killed in between leaves nobody with a client that looks fresh."""
        following = self.read() + 1
        os.pwrite(self._handle, COUNTER.pack(following), 0)
        return following
