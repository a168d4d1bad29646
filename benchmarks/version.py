"""How long `chatui --version` takes: <= 0.15 s, beside a Python that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    chatui = [str(Path(sys.executable).with_name("chatui")), "--version"]
    python = [sys.executable, "-c", "pass"]
    seconds(chatui)
    pairs = [(seconds(chatui), seconds(python)) for _ in range(RUNS)]
    ours = statistics.median(pair[0] for pair in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"chatui --version: {ours:.3f} s, {ratio:.1f}x a bare Python")


if __name__ == "__main__":
    main()
