"""Which processes are still writing: a lock file for each.

A pending turn names its writer. While that writer holds its lock the turn is pending;
once the lock is free nobody will ever settle the turn, and it reads as interrupted.
"""

from __future__ import annotations

from pathlib import Path

from chatui.memory.store.database import new_id
from chatui.system.files import make_private_folder
from chatui.system.locks import LockFile, is_held


class Writers:
    """The lock files of one chats.db, in the folder `<chats.db>-writers` beside it."""

    def __init__(self, database: Path) -> None:
        self._folder = database.with_name(f"{database.name}-writers")
        self._own: str | None = None
        self._lock: LockFile | None = None

    def own(self) -> str:
        """This writer's token; its lock is taken at the first call and kept until `close`."""
        if self._own is None:
            make_private_folder(self._folder)
            self._remove_dead()
            self._own = new_id()
            self._lock = self._locked(self._own)
        return self._own

    def alive(self, token: str | None) -> bool:
        """Whether the process that wrote under this token still runs with its store open."""
        return token is not None and (token == self._own or is_held(self._folder / token))

    def is_own(self, token: str) -> bool:
        return token == self._own

    def any_alive(self) -> bool:
        """Whether any process that has written to the file still has it open."""
        try:
            return any(self.alive(path.name) for path in self._folder.iterdir())
        except OSError:
            return False

    def close(self) -> None:
        """Gives the lock back: what this writer left pending reads as interrupted now."""
        if self._own is not None and self._lock is not None:
            (self._folder / self._own).unlink(missing_ok=True)
            self._lock.close()
        self._own = self._lock = None

    def _locked(self, token: str) -> LockFile:
        path = self._folder / token
        while True:
            file = LockFile(path)
            file.take()
            # Another process may have swept the file away before it was locked.
            if path.exists():
                return file
            file.close()

    def _remove_dead(self) -> None:
        for path in self._folder.iterdir():
            if not self.alive(path.name):
                path.unlink(missing_ok=True)
