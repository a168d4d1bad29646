"""Replies of one process that are computed side by side: who asks at the same time is gathered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from chatui.domain.errors import ChatuiError, WorkerError, error_named
from chatui.workers.host import Worker

ALONE = ("begun",)
"""Options whose replies go one by one: what is gone on with reuses the context's own tokens."""

Messages = Sequence[Mapping[str, Any]]
Told = dict[str, Any] | Exception
"""An event of a reply, or what its reader raises."""


class Together:
    """The calls of one process, in short turns: between them replies join and leave. One that fails
    as a whole fails for all; so do the process's death and a fault in here."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._numbers = itertools.count(1)
        self._new: list[tuple[int, Messages, Mapping[str, Any]]] = []
        self._gone: list[int] = []
        self._open: dict[int, asyncio.Queue[Told]] = {}
        self._task: asyncio.Task[None] | None = None

    async def stream(
        self, messages: Messages, options: Mapping[str, Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The events of one reply. Raises what the service raises, and RuntimeError for a
        fault of ours. Leaving early leaves the others alone."""
        number, events = next(self._numbers), asyncio.Queue[Told]()
        self._open[number] = events
        self._new.append((number, messages, options))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            while True:
                event = await events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if "end" in event:
                    return
        finally:
            if self._open.pop(number, None) is not None:
                self._gone.append(number)
                self._new = [one for one in self._new if one[0] != number]
                if not self._open and self._task is not None:
                    # Its call ends at once then, whatever it is at.
                    self._task.cancel()
                    self._task = None

    async def _run(self) -> None:
        try:
            while self._open:
                new, self._new = self._new, []
                gone, self._gone = self._gone, []
                async with aclosing(self._worker.stream("together", new, gone)) as items:
                    async for number, event in items:
                        self._tell(number, event)
        except ChatuiError as error:
            fault = error
            self._fail(lambda: type(fault)(str(fault)))
        except asyncio.CancelledError as error:
            self._fail(_inner(error))
            raise
        # Whatever it is, who reads a reply would wait for ever, and is who tells of it.
        except Exception as error:  # noqa: BLE001
            self._fail(_inner(error))
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    def _fail(self, made: Callable[[], Exception]) -> None:
        """Each raises its own, or they would share one traceback. One that was given up has no
        readers any more: those there are have asked since."""
        if self._task is not asyncio.current_task():
            return
        for events in self._open.values():
            events.put_nowait(made())
        self._open.clear()
        self._new.clear()

    def _tell(self, number: int, event: dict[str, Any]) -> None:
        events = self._open.get(number)
        if events is None:
            return
        told: Told = event
        if "error" in event:
            kind = error_named(event["error"]) or WorkerError
            told = kind(event["message"])
        if told is not event or "end" in event:
            # Not before it is sure what is told: who is not open any more hears of no fault.
            del self._open[number]
        events.put_nowait(told)


def _inner(error: BaseException) -> Callable[[], Exception]:
    def made() -> Exception:
        told = RuntimeError("what gathers the replies of one process has failed")
        told.__cause__ = error
        return told

    return made
