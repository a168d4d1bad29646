"""Calls a service in a child process: starts it, streams from it, cancels, restarts it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from chatui.domain.errors import WorkerDied, WorkerTimeout
from chatui.workers.process import ChildProcess, PendingCall, WorkerSpec

__all__ = ["Worker", "WorkerSpec"]


class Worker:
    """One child process, started by the first call and again by the next one after it died.

    Calls are answered one at a time, in order. Raises the service's own ChatuiError by
    name, WorkerError for any other failure of it, WorkerDied when the process ends in
    mid-call, WorkerTimeout when `timeout` seconds pass (the child is ended then, unless it
    is busy with an earlier call).
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self._numbers = itertools.count(1)
        self._child: ChildProcess | None = None
        self._starting = asyncio.Lock()
        self._stops = 0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> None:
        """Starts the child and waits until its service stands; nothing when it already runs."""
        await self._ready_child()

    async def call(self, method: str, *args: Any, timeout: float | None = None) -> Any:
        """The value that the service's method returns. Cancelling tells the child."""
        under_way: tuple[ChildProcess, PendingCall] | None = None
        try:
            async with asyncio.timeout(timeout):
                child = await self._ready_child()
                with child.begin(next(self._numbers), method, args) as call:
                    under_way = child, call
                    await child.drain()
                    while True:
                        frame = await call.get()
                        if "error" in frame:
                            raise child.error(frame)
                        if "value" in frame:
                            return frame["value"]
        except TimeoutError as error:
            raise self._late(under_way, timeout) from error

    async def stream(
        self,
        method: str,
        *args: Any,
        timeout: float | None = None,
        renews: Callable[[Any], bool] = lambda item: False,
    ) -> AsyncGenerator[Any, None]:
        """The items that the service's generator method yields. Closing the iterator tells
        the child to end it: use `contextlib.aclosing` where a loop may be left early. With an item
        that `renews` it, the timeout begins anew."""
        under_way: tuple[ChildProcess, PendingCall] | None = None
        end = _ends(timeout)
        try:
            async with asyncio.timeout_at(end):
                child = await self._ready_child()
            with child.begin(next(self._numbers), method, args) as call:
                under_way = child, call
                async with asyncio.timeout_at(end):
                    await child.drain()
                while True:
                    async with asyncio.timeout_at(end):
                        frame = await call.get()
                    if "error" in frame:
                        raise child.error(frame)
                    if "item" not in frame:
                        return
                    if renews(frame["item"]):
                        end = _ends(timeout)
                    yield frame["item"]
        except TimeoutError as error:
            raise self._late(under_way, timeout) from error

    async def stop(self) -> None:
        """Ends the child, and one that is being started; a later call starts a new one."""
        self._stops += 1
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    def _late(
        self, under_way: tuple[ChildProcess, PendingCall] | None, timeout: float | None
    ) -> WorkerTimeout:
        if under_way is not None:
            child, call = under_way
            child.kill_if_oldest(call)
        return WorkerTimeout(f"{self.spec.subject} did not answer within {timeout:g} s; try again.")

    async def _ready_child(self) -> ChildProcess:
        async with self._starting:
            if self._child is not None and self._child.alive:
                return self._child
            stops = self._stops
            child = await ChildProcess.spawn(self.spec)
            try:
                if stops != self._stops:
                    raise WorkerDied(f"{self.spec.subject} was stopped before it had started.")
                self._child = child
                await child.ready()
            # Whatever the reason is, also a cancel: no half-started child stays behind.
            except BaseException:
                self._child = None
                child.kill()
                await child.end()
                raise
            return child


def _ends(timeout: float | None) -> float | None:
    """The loop's time at which a timeout that begins now is over."""
    return None if timeout is None else asyncio.get_running_loop().time() + timeout
