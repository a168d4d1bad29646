"""The window's first usable frame against a bare Textual app with an Input.

Each run starts the program in a pseudo-terminal of 120 × 40 and reads its screen with pyte.
Usable is when `Ask anything` stands on the screen and then a typed letter is echoed. Runs are
interleaved, so that a busy machine slows both alike; the medians are compared. The target
is a ratio of 1.3 at most, and 65 MB resident at that moment. The processor's share is told beside
the clock: on a machine with other work it says more. Then the window is left alone for a while,
which should take 110 MB at most.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte

ROWS, COLUMNS = 40, 120
PLACEHOLDER = "Ask anything"
TYPED = "Z"
SECONDS = 30.0
TARGET = 1.3
IDLE_TARGET = 110
BARE = f"""
from textual.app import App
from textual.widgets import Input

class Bare(App):
    def compose(self):
        yield Input(placeholder={PLACEHOLDER!r})

Bare().run()
"""


@dataclass(frozen=True)
class Frame:
    """Seconds since the start until the placeholder was seen and until the letter was
    echoed; what that took of the processor, and megabytes resident then."""

    seen: float
    echoed: float
    processor: float
    resident: float


def first_frame(command: list[str], environ: dict[str, str]) -> Frame:
    with window(command, environ) as one:
        one.read_until(PLACEHOLDER)
        seen = time.perf_counter() - one.start
        os.write(one.terminal, TYPED.encode())
        one.read_until(TYPED)
        echoed = time.perf_counter() - one.start
        return Frame(seen, echoed, processor_seconds(one.pid), resident_megabytes(one.pid))


def standing(command: list[str], environ: dict[str, str], seconds: float) -> float:
    """Megabytes resident of a window in which nothing is done for so long."""
    with window(command, environ) as one:
        one.read_until(PLACEHOLDER)
        while (left := one.start + seconds - time.perf_counter()) > 0:
            one.read(left)
        return resident_megabytes(one.pid)


class Opened:
    """A program on a terminal of its own, and what is on its screen."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.start = time.perf_counter()
        self.pid, self.terminal = spawn(command, environ)

    def read(self, seconds: float) -> bool:
        """Draws what came within so many seconds; False when nothing did."""
        ready = bool(select.select([self.terminal], [], [], max(seconds, 0))[0])
        if ready:
            self._stream.feed(os.read(self.terminal, 1 << 16))
        return ready

    def read_until(self, text: str) -> None:
        while not any(text in line for line in self.screen.display):
            if not self.read(self.start + SECONDS - time.perf_counter()):
                sys.exit(f"{text!r} was not on the screen within {SECONDS:.0f} s.")


@contextmanager
def window(command: list[str], environ: dict[str, str]) -> Iterator[Opened]:
    one = Opened(command, environ)
    try:
        yield one
    finally:
        os.kill(one.pid, signal.SIGKILL)
        os.waitpid(one.pid, 0)
        os.close(one.terminal)


def spawn(command: list[str], environ: dict[str, str]) -> tuple[int, int]:
    """Starts the command on a terminal that has its size from the beginning."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    pid = os.fork()
    if pid == 0:
        os.close(terminal)
        os.login_tty(inner)
        os.execvpe(command[0], command, environ)
    os.close(inner)
    return pid, terminal


def processor_seconds(pid: int) -> float:
    # Behind the name, which may hold blanks: fields 14 and 15 of proc(5) are ticks of the process.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--idle", type=float, default=30.0, metavar="SECONDS")
    given = parser.parse_args()
    runs = given.runs
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "TERM": "xterm-256color", "CHATUI_DATA_DIR": folder}
        programs = {
            "bare Textual": [sys.executable, "-c", BARE],
            "chatui": [sys.executable, "-m", "chatui"],
        }
        frames: dict[str, list[Frame]] = {name: [] for name in programs}
        for run in range(runs + 1):
            for name, command in programs.items():
                frame = first_frame(command, environ)
                # The first run of each fills the caches of disk and byte code.
                if run:
                    frames[name].append(frame)
        command = programs["chatui"]
        bare = {name: value for name, value in environ.items() if not name.endswith("_API_KEY")}
        for what, variables in (("no key", {}), ("a key", {"OPENAI_API_KEY": "unused"})):
            megabytes = standing(command, {**bare, **variables}, given.idle)
            taken = f"{megabytes:.1f} MB (target {IDLE_TARGET})"
            print(f"after {given.idle:.0f} s with {what}: {taken}")
    for name, measured in frames.items():
        seen = statistics.median(frame.seen for frame in measured)
        echoed = statistics.median(frame.echoed for frame in measured)
        processor = statistics.median(frame.processor for frame in measured)
        resident = statistics.median(frame.resident for frame in measured)
        print(
            f"{name:<14} seen {seen:.3f} s · usable {echoed:.3f} s · "
            f"processor {processor:.3f} s · {resident:.1f} MB"
        )
    for what in ("echoed", "processor"):
        stock, ours = (
            statistics.median(getattr(frame, what) for frame in frames[name]) for name in programs
        )
        print(f"ratio {what} {ours / stock:.2f} (target {TARGET})")


if __name__ == "__main__":
    main()
