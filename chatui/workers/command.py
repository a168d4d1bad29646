"""A command of the user's own: told something, watched, and ended together with what it started.

asyncio's `Process` won't do: where a command leaves something running that holds its pipes, its
`communicate` and (in Python 3.11) its `wait` don't return, and it keeps all that is written to it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

KEPT = 4096
"""Bytes of the end of what it says on stderr."""
PAUSE_SECONDS = 0.01
"""Between two pieces of that, so that one who says very much holds up himself alone."""
REST_SECONDS = 0.2
"""For the last words of a command that has failed, which something it left running may follow."""


class _Watching(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.said_all = asyncio.Event()
        self.said = b""
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.said = (self.said + data)[-KEPT:]
        pipe = self._transport and self._transport.get_pipe_transport(fd)
        if pipe is not None and not self.over.is_set():
            reading = cast("asyncio.ReadTransport", pipe)
            reading.pause_reading()
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, reading.resume_reading)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 2:
            self.said_all.set()

    def process_exited(self) -> None:
        self.over.set()


async def run_command(
    command: Sequence[str],
    given: bytes,
    *,
    environment: Mapping[str, str] | None,
    seconds: float,
) -> str:
    """Runs a command with `given` on its stdin; why it failed, as a clause, or "". After so many
    `seconds`, and when this is cancelled, it is ended, with all that it started and that stayed in
    its session. What it leaves running when it ends by itself goes on. None of its output is
    shown."""
    loop = asyncio.get_running_loop()
    try:
        transport, watching = await loop.subprocess_exec(
            _Watching,
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    stdin = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    try:
        stdin.write(given)
        stdin.close()
        async with asyncio.timeout(seconds):
            await watching.over.wait()
        if transport.get_returncode():
            with suppress(TimeoutError):
                async with asyncio.timeout(REST_SECONDS):
                    await watching.said_all.wait()
    except TimeoutError:
        return f"it took more than {seconds:g} seconds, and was ended"
    finally:
        if not watching.over.is_set():
            with suppress(ProcessLookupError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
            # Only then may the transport be closed: it would ask for the end itself, and take it
            # from who waits for it.
            await watching.over.wait()
        # What it has not read, nobody will.
        if stdin.get_write_buffer_size():
            stdin.abort()
        transport.close()
    if not transport.get_returncode():
        return ""
    words = watching.said.decode("utf-8", "replace").strip().splitlines()
    return words[-1] if words else f"its exit code is {transport.get_returncode()}"
