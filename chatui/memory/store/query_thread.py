"""The one thread that chats.db is read and written on, so that the event loop never is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from chatui.domain.errors import StoreError
from chatui.memory.store.database import (
    forgiving_text,
    open_chats,
    open_chats_to_read,
    plain_errors,
    sentence,
)
from chatui.system.sqlite import is_damage, may_be_read, snapshot, transaction

T = TypeVar("T")
Query = Callable[[sqlite3.Connection], T]


class QueryThread:
    """Runs queries one after another, in the order in which they were asked for.

    Every query is carried out even if its caller is cancelled while it waits. Raises
    StoreError for whatever SQLite or the file system raises, and after `close`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=path.name)
        self._connection: sqlite3.Connection | None = None
        self.unwritable: str | None = None
        """Why nothing can be written; it is tried again with every write."""
        self._busy_seconds = 0.0
        self._ready: Callable[[sqlite3.Connection], None] = lambda connection: None
        self._on_older: Callable[[], None] = lambda: None
        self._closed = False

    async def open(
        self,
        busy_seconds: float,
        ready: Callable[[sqlite3.Connection], None],
        on_older: Callable[[], None] = lambda: None,
    ) -> str | None:
        """Opens the file, or creates it. One that can't be written is opened for reading
        (`unwritable`), and one that is damaged is set aside, with all that can be read of it in a
        new one: the sentence that says so. `ready` gets a connection that can write before its
        first query; `on_older` is called on this thread before a file of an earlier chatui is
        brought up to date."""
        self._busy_seconds, self._ready, self._on_older = busy_seconds, ready, on_older
        return await self._submit(self._open)

    def _open(self) -> str | None:
        try:
            self._connection = self._writable()
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                return self._open_salvaged(error)
            if not may_be_read(error) or not self._path.exists():
                raise
            self._connection = self._opened_to_read(error)
            self.unwritable = f"{sentence(error, self._path)} Until then the chats can be read."
        return None

    def _open_salvaged(self, damage: Exception) -> str | None:
        from chatui.memory.store.mending import set_aside  # files are seldom damaged

        try:
            told = set_aside(self._path)
            self._connection = self._writable()
        except (sqlite3.Error, OSError) as error:
            raise damage from error
        return told

    def _writable(self) -> sqlite3.Connection:
        connection = open_chats(self._path, self._busy_seconds, self._on_older)
        self._ready(connection)
        return connection

    def _opened_to_read(self, fault: Exception) -> sqlite3.Connection:
        try:
            return open_chats_to_read(self._path, self._busy_seconds)
        except (sqlite3.Error, OSError) as error:
            # That it can't be written is told; whoever could mend that can mend this.
            raise fault from error

    async def read(self, query: Query[T]) -> T:
        """The query sees one state of the file, whatever others write meanwhile."""

        def work() -> T:
            return self._read(query)

        return await self._submit(work)

    async def write(self, query: Query[T]) -> T:
        """All that the query writes is on the disk when this returns, or none of it."""

        def work() -> T:
            return self._write(query)

        return await self._submit(work)

    async def close(self, last: Callable[[], None]) -> None:
        """Waits for the queries that were asked for before, then does `last` on the thread.
        Closing twice is fine."""
        if self._closed:
            return

        def work() -> None:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
            last()

        try:
            await self._submit(work, final=True)
        finally:
            self._executor.shutdown(wait=False)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError(f"The chats in {self._path} are closed: open them again.")
        return self._connection

    def _read(self, query: Query[T]) -> T:
        def work() -> T:
            connection = self._opened()
            with snapshot(connection):
                return query(connection)

        return self._forgiving(work)

    def _write(self, query: Query[T]) -> T:
        def work() -> T:
            connection = self._opened_to_write()
            with transaction(connection):
                return query(connection)

        return self._forgiving(work)

    def _forgiving(self, work: Callable[[], T]) -> T:
        """Does the work; once more when it met a text that is no UTF-8, and reads such texts as far
        as they go from then on, which takes longer."""
        try:
            return work()
        except sqlite3.OperationalError as error:
            if "Could not decode" not in str(error):
                raise
        self._opened().text_factory = forgiving_text
        return work()

    def _opened_to_write(self) -> sqlite3.Connection:
        """What was opened for reading alone is opened again: there may be room by now."""
        before = self._opened()
        if self.unwritable:
            self._connection = self._writable()
            self.unwritable = None
            before.close()
        return self._opened()

    async def _submit(self, work: Callable[[], T], *, final: bool = False) -> T:
        def run() -> T:
            with plain_errors(self._path):
                return work()

        if self._closed:
            raise StoreError(f"The chats in {self._path} are closed: open them again.")
        self._closed = final
        # Shielded, because cancelling the waiter would drop a query that is still queued.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, run))
