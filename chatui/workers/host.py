"""Starts a child process, calls it, streams from it, cancels, notices its death, restarts it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatui.errors import WorkerDied, WorkerError, WorkerTimeout, error_named
from chatui.workers.frames import HEADER, body_size, pack, unpack

STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to run. `service` is `package.module:Class`; `args` go to its constructor and
    must be plain JSON. `title` names the child in error messages ("the embedding process").
    After a cancelled call the child gets `cancel_seconds` to come to an end by itself."""

    service: str
    title: str
    args: tuple[Any, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int | None = None
    cancel_seconds: float = 5.0
    log: Path | None = None


@dataclass(slots=True)
class _Call:
    process: asyncio.subprocess.Process
    frames: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)


class Worker:
    """One child process, started by the first call and again by the next one after it died.

    Calls are answered one at a time, in order. Raises the service's own ChatuiError by
    name, WorkerError for any other failure of it, WorkerDied when the process ends in
    mid-call, WorkerTimeout when `timeout` seconds pass (the child is ended then).
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Starts the child and waits until its service stands; nothing when it already runs."""
        async with self._starting:
            if self._process is not None:
                return
            process = await self._spawn()
            ready = await self._read(process)
            if ready is None or not ready["ready"]:
                code = await process.wait()
                if ready is None:
                    raise WorkerDied(self._epitaph(code))
                raise self._error(ready)
            self._process = process
            self._reader = asyncio.create_task(self._listen(process))

    async def call(self, method: str, *args: Any, timeout: float | None = None) -> Any:
        """The value that the service's method returns."""
        async with asyncio.timeout(timeout) as limit:
            try:
                async for frame in self._frames(method, args):
                    if "value" in frame:
                        return frame["value"]
            except asyncio.CancelledError:
                if limit.when() is not None and limit.expired():
                    self._kill()
                    raise WorkerTimeout(
                        f"{self._title} did not answer within {timeout:g} s and was ended; "
                        "try again."
                    ) from None
                raise
        raise WorkerDied(self._epitaph(None))

    async def stream(self, method: str, *args: Any) -> AsyncIterator[Any]:
        """The items that the service's generator method yields. Leaving early cancels it."""
        async for frame in self._frames(method, args):
            if "item" in frame:
                yield frame["item"]

    async def stop(self) -> None:
        """Ends the child; a later call starts a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader:
            await self._reader

    @property
    def _title(self) -> str:
        return self.spec.title[:1].upper() + self.spec.title[1:]

    async def _spawn(self) -> asyncio.subprocess.Process:
        options = {"args": list(self.spec.args), "memory_mb": self.spec.memory_mb}
        log = await asyncio.to_thread(_open_log, self.spec.log)
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a file in the working folder must not stand in for a module
                "-m",
                "chatui.workers.child",
                self.spec.service,
                json.dumps(options),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.spec.env},
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError(f"{self._title} did not start: {error}.") from error
        finally:
            os.close(log)

    async def _frames(self, method: str, args: tuple[Any, ...]) -> AsyncIterator[dict[str, Any]]:
        await self.start()
        process = self._process
        if process is None or process.stdin is None:
            raise WorkerDied(self._epitaph(None))
        number = next(self._numbers)
        call = self._calls[number] = _Call(process)
        finished = False
        try:
            process.stdin.write(pack({"id": number, "method": method, "args": args}))
            await process.stdin.drain()
            while not finished:
                frame = await call.frames.get()
                finished = "item" not in frame
                if "error" in frame:
                    raise self._error(frame)
                yield frame
        except (BrokenPipeError, ConnectionResetError) as error:
            finished = True
            raise WorkerDied(self._epitaph(process.returncode)) from error
        finally:
            if finished:
                self._calls.pop(number, None)
            else:
                self._cancel(number)

    def _cancel(self, number: int) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            self._calls.pop(number, None)
            return
        process.stdin.write(pack({"cancel": number}))
        loop = asyncio.get_running_loop()
        loop.call_later(self.spec.cancel_seconds, self._end_if_busy, process, number)

    def _end_if_busy(self, process: asyncio.subprocess.Process, number: int) -> None:
        """A child that does not heed a cancel would make every later call wait: end it."""
        call = self._calls.pop(number, None)
        if call is None or self._process is not process:
            return
        answered = False
        while not call.frames.empty():
            answered = "item" not in call.frames.get_nowait()
        if not answered:
            self._kill()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> dict[str, Any] | None:
        assert process.stdout is not None
        try:
            header = await process.stdout.readexactly(HEADER.size)
            return unpack(await process.stdout.readexactly(body_size(header)))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        while (frame := await self._read(process)) is not None:
            call = self._calls.get(frame["id"])
            if call is not None:
                call.frames.put_nowait(frame)
        code = await process.wait()
        if self._process is process:
            self._process = None
        grave = {"error": "WorkerDied", "message": self._epitaph(code)}
        for call in self._calls.values():
            if call.process is process:
                call.frames.put_nowait(grave)

    def _epitaph(self, code: int | None) -> str:
        how = (
            "ended"
            if code is None
            else f"was killed by signal {-code}"
            if code < 0
            else (f"ended with exit code {code}")
        )
        return f"{self._title} {how}; try again, and see `chatui doctor` if it happens again."

    def _error(self, frame: dict[str, Any]) -> Exception:
        kind = error_named(frame["error"]) or WorkerError
        text = frame["message"]
        if kind is WorkerError:
            text = f"{self._title} failed ({text}); see chatui.log for the details."
        return kind(text)


def _open_log(path: Path | None) -> int:
    if path is None:
        return os.open(os.devnull, os.O_WRONLY)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
