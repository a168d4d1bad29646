"""Locks between processes, on files. The kernel lets go of one when its process ends, however
that ends; so they tell rightly who is alive where process numbers fail: after reuse, a reboot, or
in containers."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from chatui.system.files import PRIVATE_FILE, make_private_folder

POLL_SECONDS = 0.05


class LockFile:
    """A private file, made where there is none, and open until `close`, which lets go of its
    lock. Whoever has taken it keeps out all others who opened the file, in this process too;
    those who have it `shared` keep out only who wants it alone."""

    def __init__(self, path: Path) -> None:
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except FileNotFoundError:
            # Looked for only where it is missing: locks are opened on the event loop too.
            make_private_folder(path.parent)
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def take(self) -> None:
        """Waits until the lock is free. That may be long, so never on the event loop."""
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    async def wait(self, *, shared: bool = False) -> None:
        """Takes the lock as `take` does, while the event loop goes on."""
        # Another process holds it, so there is no event to wait for.
        while not self.try_take(shared=shared):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)

    def try_take(self, *, shared: bool = False) -> bool:
        """Whether the lock was free, and is this one's now."""
        return _taken(self.descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def close(self) -> None:
        os.close(self.descriptor)


def is_held(path: Path, *, shared: bool = False) -> bool:
    """Whether somebody has the file's lock alone, or, with `shared`, has it at all. Nothing is made
    by looking, and nobody kept out for longer than that; a file that cannot be opened is held by
    nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _taken(descriptor, fcntl.LOCK_EX if shared else fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
