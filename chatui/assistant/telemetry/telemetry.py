"""Telemetry: the records of the request log, on their way to the collector that the user named.

Nothing waits for it: records are handed over and sent in the background, by a child process. Where
the collector is slow, dead or refuses, the oldest of too many are lost and the user is told once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatui.domain.errors import ChatuiError, WorkerTimeout
from chatui.domain.warn_once import WarnOnce
from chatui.system.api_key import KeySource
from chatui.system.urls import is_loopback, shown
from chatui.workers.environment import NETWORK
from chatui.workers.host import Worker, WorkerSpec

MOST_WAITING = 1_000
"""Records; texts may be in them."""
AT_ONCE = 200
GATHER_SECONDS = 0.5
"""What comes in so short a time goes together."""
SEND_SECONDS = 5.0
START_SECONDS = 5.0
CLOSING_SECONDS = 2.0
"""How long closing waits for the child to stand, and then for what is on its way."""
SECTION = "telemetry"


class Telemetry:
    """Sends to `endpoint`. `key` goes along in the header that `header` is, as `Name: value` with
    {key} in it. `on_warning` is told once why something did not arrive."""

    def __init__(
        self,
        endpoint: str,
        key: KeySource,
        header: str,
        log: Path | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._shown = shown(endpoint)
        self._key = key
        self._header = header
        self._warnings = WarnOnce(on_warning)
        near = is_loopback(urlsplit(endpoint).hostname or "")
        self._worker = Worker(
            WorkerSpec(
                "chatui.assistant.telemetry.service:TelemetryService",
                "the telemetry process",
                args=(endpoint, near),
                needs=() if near else NETWORK,
                log=log,
            )
        )
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._closing = asyncio.Event()
        self._starting: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, while it runs."""
        return self._worker.pid

    def wake(self) -> None:
        """Has the child started, because something will soon be sent."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())

    def send(self, record: Mapping[str, Any]) -> None:
        """Takes a record, and returns at once."""
        self.wake()
        self._waiting.append(dict(record))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def close(self) -> None:
        """Waits for what is on its way, at most START_SECONDS and CLOSING_SECONDS."""
        self._closing.set()
        tasks = [task for task in (self._starting, self._sending) if task is not None]
        late = False
        if self._starting is not None and self._sending is not None:
            await asyncio.wait([self._starting], timeout=START_SECONDS)
            await asyncio.wait([self._sending], timeout=CLOSING_SECONDS)
            late = not self._sending.done()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._worker.stop()
        if late:
            self._warn("no answer in time")

    async def _start(self) -> None:
        try:
            await self._worker.start()
        except ChatuiError:
            # It is told when there is something to send.
            return

    async def _send(self) -> None:
        while self._waiting:
            await self._gathered()
            batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                headers = await self._headers()
                await self._worker.start()
                # The child keeps to the time by itself, unless an answer comes byte by byte.
                reason = await self._worker.call(
                    "send", batch, headers, SEND_SECONDS, timeout=SEND_SECONDS + 1
                )
            except WorkerTimeout:
                reason = "no answer in time"
            except ChatuiError as error:
                reason = str(error)
            if reason:
                self._warn(reason)

    async def _gathered(self) -> None:
        try:
            async with asyncio.timeout(GATHER_SECONDS):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _headers(self) -> dict[str, str]:
        """Raises AuthenticationFailed."""
        if not self._key.configured:
            return {}
        name, _, value = self._header.partition(":")
        return {name.strip(): value.strip().replace("{key}", await self._key.read())}

    def _warn(self, reason: str) -> None:
        self._warnings.warn(
            f"Telemetry does not reach {self._shown} ({reason.removesuffix('.')}); nothing else is "
            f"affected. See [{SECTION}] in the config."
        )
