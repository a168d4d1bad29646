"""The one thread that chats.db is read and written on, so that the event loop never is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from chatui.domain.errors import StoreError
from chatui.memory.store.database import open_chats, plain_errors
from chatui.system.sqlite import snapshot, transaction

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
        self._closed = False

    async def open(self, busy_seconds: float, ready: Callable[[sqlite3.Connection], None]) -> None:
        """`ready` gets the connection before the first query."""

        def work() -> None:
            self._connection = open_chats(self._path, busy_seconds)
            ready(self._connection)

        await self._submit(work)

    async def read(self, query: Query[T]) -> T:
        """The query sees one state of the file, whatever others write meanwhile."""

        def work() -> T:
            connection = self._opened()
            with snapshot(connection):
                return query(connection)

        return await self._submit(work)

    async def write(self, query: Query[T]) -> T:
        """All that the query writes is on the disk when this returns, or none of it."""

        def work() -> T:
            connection = self._opened()
            with transaction(connection):
                return query(connection)

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

    async def _submit(self, work: Callable[[], T], *, final: bool = False) -> T:
        def run() -> T:
            with plain_errors(self._path):
                return work()

        if self._closed:
            raise StoreError(f"The chats in {self._path} are closed: open them again.")
        self._closed = final
        # Shielded, because cancelling the waiter would drop a query that is still queued.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, run))
