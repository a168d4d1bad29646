"""Which processes are still writing: a lock file for each, which the system frees when
its process ends, however it ends.

A pending turn names its writer. While that writer holds its lock the turn is pending;
once the lock is free nobody will ever settle the turn, and it reads as interrupted. Locks
tell this rightly where process numbers fail: after reuse, a reboot, or in containers.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from chatui.memory.store.database import new_id
from chatui.system.files import PRIVATE_FILE, make_private_folder


class Writers:
    """The lock files of one chats.db, in the folder `<chats.db>-writers` beside it."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(f"{database.name}-writers")
        self._own: str | None = None
        self._descriptor: int | None = None

    def own(self) -> str:
        """This writer's token; its lock is taken at the first call and kept until `close`."""
        if self._own is None:
            make_private_folder(self._folder)
            self._remove_dead()
            self._own = new_id()
            self._descriptor = self._lock(self._own)
        return self._own

    def alive(self, token: str | None) -> bool:
        """Whether the process that wrote under this token still runs with its store open."""
        if token is None:
            return False
        if token == self._own:
            return True
        try:
            descriptor = os.open(self._folder / token, os.O_RDONLY)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Gives the lock back: what this writer left pending reads as interrupted now."""
        if self._own is not None and self._descriptor is not None:
            (self._folder / self._own).unlink(missing_ok=True)
            os.close(self._descriptor)
        self._own = self._descriptor = None

    def _lock(self, token: str) -> int:
        path = self._folder / token
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another process may have swept the file away before it was locked.
            if path.exists():
                return descriptor
            os.close(descriptor)

    def _remove_dead(self) -> None:
        for path in self._folder.iterdir():
            if not self.alive(path.name):
                path.unlink(missing_ok=True)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
