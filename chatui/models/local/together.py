"""Replies of one process that are computed side by side: who asks at the same time is gathered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from chatui.domain.errors import ChatuiError, WorkerError, error_named
from chatui.workers.host import Worker

ALONE = ("begun",)
"""Options whose replies go one by one: what is gone on with reuses the context's own tokens."""

Messages = Sequence[Mapping[str, Any]]


class Together:
    """The calls of one process, in short turns: between them replies join and leave. One that fails
    as a whole fails for all; so does the process's death."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._numbers = itertools.count(1)
        self._new: list[tuple[int, Messages, Mapping[str, Any]]] = []
        self._gone: list[int] = []
        self._open: dict[int, asyncio.Queue[dict[str, Any] | ChatuiError]] = {}
        self._task: asyncio.Task[None] | None = None

    async def stream(
        self, messages: Messages, options: Mapping[str, Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The events of one reply. Raises what the service raises. Leaving early leaves the others
        alone."""
        number, events = next(self._numbers), asyncio.Queue[dict[str, Any] | ChatuiError]()
        self._open[number] = events
        self._new.append((number, messages, options))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            while True:
                event = await events.get()
                if isinstance(event, ChatuiError):
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
            # Each raises its own, or they would share one traceback.
            for events in self._open.values():
                events.put_nowait(type(error)(str(error)))
            self._open.clear()
            self._new.clear()
        if self._task is asyncio.current_task():
            self._task = None

    def _tell(self, number: int, event: dict[str, Any]) -> None:
        over = "end" in event or "error" in event
        events = self._open.pop(number, None) if over else self._open.get(number)
        if events is None:
            return
        if "error" in event:
            kind = error_named(event["error"]) or WorkerError
            events.put_nowait(kind(event["message"]))
        else:
            events.put_nowait(event)
