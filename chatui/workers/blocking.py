"""A child process for code that runs in threads: the same Worker behind plain calls."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError, Future
from threading import Lock, Thread
from typing import Any

from chatui.domain.errors import WorkerDied
from chatui.workers.host import Worker, WorkerSpec


class BlockingWorker:
    """`Worker.call` for threads, several at a time. Never call it on an event loop.

    The child's pipes are served by a loop in a thread of its own, which starts with the
    first call and ends with `close`.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self._worker = Worker(spec)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._starting = Lock()
        self._closed = False

    def call(self, method: str, *args: Any, timeout: float | None = None) -> Any:
        """Raises what `Worker.call` raises; WorkerDied after `close`."""
        try:
            return self._begin(method, args, timeout).result()
        except CancelledError as error:
            raise WorkerDied(f"{self._worker.spec.subject} was stopped.") from error

    def close(self) -> None:
        """Ends the child. Calls under way get WorkerDied."""
        with self._starting:
            self._closed = True
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _begin(self, method: str, args: tuple[Any, ...], timeout: float | None) -> Future[Any]:
        # Under the lock, so that no call comes to a loop that is about to stop.
        with self._starting:
            if self._closed:
                raise WorkerDied(f"{self._worker.spec.subject} was stopped.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, daemon=True)
                self._thread.start()
            call = self._worker.call(method, *args, timeout=timeout)
            return asyncio.run_coroutine_threadsafe(call, self._loop)

    async def _stop(self) -> None:
        await self._worker.stop()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
