"""What llama.cpp calls back while it works: whether to go on, and where its words go."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

WATCH_SECONDS = 0.02
WARNING = 3
"""ggml's level of what is written to the log; below it are hundreds of lines per model."""


class Aborted(Exception):
    """The caller has gone while llama.cpp was computing."""


class Abort:
    """A byte that llama.cpp looks at between the steps of a computation.

    It asks a C function, of which it gets about a thousand answers per token: a Python one would
    take a tenth of the time. `strlen` is one that every machine has: it says 0, which is false,
    for a text that begins with a zero byte, and 1 after that byte was set.
    """

    def __init__(self, llama: Any) -> None:
        self._byte = ctypes.create_string_buffer(2)
        # Kept here, because llama.cpp holds only their addresses.
        self.callback = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
        self.data = ctypes.c_void_p(ctypes.addressof(self._byte))

    @property
    def asked(self) -> bool:
        return self._byte.raw[0] != 0

    @contextmanager
    def watching(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Sets the byte as soon as `cancelled` says so."""
        over = threading.Event()
        self._byte[0] = b"\0"
        watcher = threading.Thread(target=self._watch, args=(cancelled, over), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            self._byte[0] = b"\0"

    def _watch(self, cancelled: Callable[[], bool], over: threading.Event) -> None:
        while not over.wait(WATCH_SECONDS):
            if cancelled():
                self._byte[0] = b"\1"
                return


class Log:
    """llama.cpp's own words: warnings go to stderr, which is the log file, and the last of them
    are kept, because a failure to load is told nowhere else."""

    def __init__(self, llama: Any) -> None:
        self.lines: deque[str] = deque(maxlen=30)
        self._level = 0
        self.callback = llama.llama_log_callback(self._take)
        llama.llama_log_set(self.callback, None)

    def _take(self, level: int, text: bytes, _data: Any) -> None:
        # 5 goes on with the line before, 0 has no level.
        self._level = self._level if level == 5 else level
        if self._level >= WARNING:
            line = text.decode(errors="replace")
            self.lines.append(line.strip())
            sys.stderr.write(line)
