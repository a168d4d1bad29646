"""One life of a child process: its frames, its calls under way, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatui.domain.errors import ChatuiError, WorkerDied, WorkerError, error_named
from chatui.system.fault_log import open_log
from chatui.workers.environment import child_environment
from chatui.workers.frames import HEADER, body_size, pack, unpack

STOP_SECONDS = 2.0
READ_AHEAD = 1 << 20
"""Bytes taken from the pipe at a time; asyncio's own 64 KiB makes large frames slow."""
FRAMES_WAITING = 64
"""Items that may wait for a slow consumer; the child has to wait then."""


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to run. `service` is `package.module:Class`; `args` go to its constructor and
    must be plain JSON. `title` names the child in error messages ("the embedding process").
    `needs` are the environment variables that it gets beside the few that all do, by the names
    and groups of `chatui.workers.environment`; `env` is set for it, whatever the user has.
    `memory_mb` limits what it may allocate. After a cancelled call the child gets
    `cancel_seconds` to come to an end by itself. What it prints goes to `log`."""

    service: str
    title: str
    args: tuple[Any, ...] = ()
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int | None = None
    cancel_seconds: float = 5.0
    log: Path | None = None

    @property
    def subject(self) -> str:
        """The title at the start of a sentence."""
        return self.title[:1].upper() + self.title[1:]


class PendingCall:
    """The frames that answer one call, on their way from the child to the caller."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.finished = False
        self.abandoned = False
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._ending = False
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, frame: dict[str, Any]) -> None:
        """Waits while the consumer has enough to do."""
        await self._room.wait()
        self.put_now(frame)
        if self._frames.qsize() >= FRAMES_WAITING and not self._ending:
            self._room.clear()

    def put_now(self, frame: dict[str, Any]) -> None:
        if not self.abandoned:
            self._frames.put_nowait(frame)

    async def get(self) -> dict[str, Any]:
        frame = await self._frames.get()
        self._room.set()
        self.finished = "item" not in frame
        return frame

    def abandon(self) -> None:
        """Nobody takes the frames any more."""
        self.abandoned = True
        self.release()

    def release(self) -> None:
        """Lets the rest in without waiting, because the child is to end."""
        self._ending = True
        self._room.set()


class ChildProcess:
    """A running child. `ready` has to be awaited before the first call."""

    def __init__(self, spec: WorkerSpec, process: asyncio.subprocess.Process) -> None:
        self._spec = spec
        self._process = process
        self._calls: dict[int, PendingCall] = {}
        self._ending: asyncio.TimerHandle | None = None
        self._greeting: asyncio.Future[dict[str, Any] | None] = (
            asyncio.get_running_loop().create_future()
        )
        self._listener = asyncio.create_task(self._listen())
        self.alive = True

    @classmethod
    async def spawn(cls, spec: WorkerSpec) -> ChildProcess:
        options = {"args": list(spec.args), "memory_mb": spec.memory_mb}
        log = await asyncio.to_thread(_open_log, spec.log)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # a file in the working folder must not stand in for a module
                "-m",
                "chatui.workers.child",
                spec.service,
                json.dumps(options),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=child_environment(spec.needs, spec.env),
                limit=READ_AHEAD,
                # Ctrl+C in the terminal is for the window alone.
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError(f"{spec.subject} did not start: {error}.") from error
        finally:
            os.close(log)
        return cls(spec, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Returns when the service stands. Raises what its constructor raised."""
        greeting = await self._greeting
        if greeting is None:
            raise WorkerDied(self._epitaph())
        if not greeting["ready"]:
            raise self.error(greeting)

    @contextmanager
    def begin(self, number: int, method: str, args: tuple[Any, ...]) -> Iterator[PendingCall]:
        """Sends a call. Leaving before its last frame was taken tells the child to end it."""
        frame = pack({"id": number, "method": method, "args": args})
        call = self._calls[number] = PendingCall(number)
        self._send(frame)
        try:
            yield call
        finally:
            if not call.finished:
                call.abandon()
                if number in self._calls:
                    self._send(pack({"cancel": number}))
                    self._watch_oldest()

    async def drain(self) -> None:
        """Waits while the pipe to the child is full."""
        assert self._process.stdin is not None
        try:
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            # The listener is about to tell every caller that the child has died.
            return

    def kill_if_oldest(self, call: PendingCall) -> None:
        """A call that is still behind another one is not what keeps the child busy."""
        if next(iter(self._calls.values()), None) is call:
            self.kill()

    def kill(self) -> None:
        self.alive = False
        for call in self._calls.values():
            call.release()
        if self._process.returncode is None:
            # Not `self._process.kill()`: it polls first, and so takes the exit code away
            # from asyncio when the child has just ended by itself.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Asks the child to end, then makes it. Every call under way gets WorkerDied."""
        self.alive = False
        assert self._process.stdin is not None
        self._process.stdin.close()
        done, _ = await asyncio.wait([self._listener], timeout=STOP_SECONDS)
        if not done:
            self.kill()
            self._listener.cancel()
            await asyncio.wait([self._listener])

    def error(self, frame: dict[str, Any]) -> ChatuiError:
        kind = error_named(frame["error"]) or WorkerError
        text = frame["message"]
        if kind is WorkerError:
            place = f"{self._spec.log} has the place" if self._spec.log else "try again"
            text = f"{self._spec.subject} failed ({text}); {place}."
        return kind(text)

    def _send(self, frame: bytes) -> None:
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(frame)

    def _watch_oldest(self) -> None:
        """A child that does not heed a cancel would make every later call wait: it is ended
        when its time is up, which runs from when no other call was before the cancelled."""
        oldest = next(iter(self._calls.values()), None)
        if oldest is not None and oldest.abandoned and self._ending is None:
            loop = asyncio.get_running_loop()
            self._ending = loop.call_later(self._spec.cancel_seconds, self.kill)

    def _settle(self, number: int) -> None:
        del self._calls[number]
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._watch_oldest()

    async def _listen(self) -> None:
        try:
            while (frame := await self._read()) is not None:
                if "ready" in frame:
                    self._greet(frame)
                    continue
                call = self._calls[frame["id"]]
                if "last" in frame:
                    self.alive = False
                if "item" in frame:
                    await call.put(frame)
                else:
                    call.put_now(frame)
                    self._settle(call.number)
        finally:
            self.kill()
            await self._reap()
            self._greet(None)
            for call in self._calls.values():
                call.put_now({"error": WorkerDied.__name__, "message": self._epitaph()})
            self._calls.clear()

    async def _reap(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        await self._process.wait()
        # asyncio frees the pipe when its end was read; a grandchild may still hold it open.
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while await self._process.stdout.read(READ_AHEAD):
                    pass

    def _greet(self, frame: dict[str, Any] | None) -> None:
        if not self._greeting.done():
            self._greeting.set_result(frame)

    async def _read(self) -> dict[str, Any] | None:
        """The next frame; None at the end of the stream, or of sense in it."""
        assert self._process.stdout is not None
        try:
            header = await self._process.stdout.readexactly(HEADER.size)
            return unpack(await self._process.stdout.readexactly(body_size(header)))
        except (asyncio.IncompleteReadError, ConnectionResetError, ValueError):
            return None

    def _epitaph(self) -> str:
        code = self._process.returncode
        if code is None:
            how = "ended"
        elif code < 0:
            how = f"was killed by signal {-code}"
        else:
            how = f"ended with exit code {code}"
        subject = self._spec.subject
        return f"{subject} {how}; try again, and see `chatui doctor` if it happens again."


def _open_log(path: Path | None) -> int:
    if path is not None:
        # A log that can't be written, on a full disk or a foreign folder, keeps no child from work.
        with suppress(OSError):
            return open_log(path)
    return os.open(os.devnull, os.O_WRONLY)
