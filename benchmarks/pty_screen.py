"""A program in a pseudo-terminal, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

START_SECONDS = 240.0


class Screen:
    """Runs a command at 120x40 and draws its output with pyte. `pid` is the child's."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (120, 40)
    ) -> None:
        columns, rows = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), dict(environ))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def type(self, text: str) -> float:
        """Sends keys; returns the moment."""
        moment = time.perf_counter()
        os.write(self._fd, text.encode())
        return moment

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, seen: Callable[[str], bool], seconds: float = START_SECONDS) -> float:
        """Reads until `seen` holds of the screen; returns the moment. Raises TimeoutError."""
        if seen(self.text):
            return time.perf_counter()
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self._fd], [], [], 0.2)
            if not ready:
                continue
            data = os.read(self._fd, 1 << 16)
            moment = time.perf_counter()
            self._stream.feed(data)
            if seen(self.text):
                return moment
        raise TimeoutError(f"not seen in {seconds} s; the screen shows:\n{self.text}")

    def wait_for_bytes(self, wanted: bytes, seconds: float = START_SECONDS) -> float:
        """The moment at which `wanted` has come from the program. Drawing the screen with
        pyte takes milliseconds of its own, so it is done after the moment is taken."""
        deadline = time.perf_counter() + seconds
        seen = b""
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self._fd], [], [], 0.2)
            if not ready:
                continue
            seen += os.read(self._fd, 1 << 16)
            if wanted in seen:
                moment = time.perf_counter()
                self._stream.feed(seen)
                return moment
        raise TimeoutError(f"{wanted!r} did not come in {seconds} s")

    def wait_for_text(self, wanted: str, seconds: float = START_SECONDS) -> str:
        """The screen's text, as soon as it holds `wanted`."""
        if wanted not in self.text:
            self.wait_for(lambda text: wanted in text, seconds)
        return self.text

    def wait_until_ended(self, seconds: float = START_SECONDS) -> None:
        """Reads until the program has left the terminal. Raises TimeoutError."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            ready, _, _ = select.select([self._fd], [], [], 0.2)
            try:
                if ready and not os.read(self._fd, 1 << 16):
                    return
            except OSError:
                # Linux says so when the other end of a pseudo-terminal is gone.
                return
        raise TimeoutError(f"still there after {seconds} s; the screen shows:\n{self.text}")

    def settle(self, seconds: float) -> None:
        """Reads for that long, whatever comes."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            ready, _, _ = select.select([self._fd], [], [], left)
            if ready:
                self._stream.feed(os.read(self._fd, 1 << 16))

    def resident_mb(self) -> float:
        """Resident memory of the child itself, MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
