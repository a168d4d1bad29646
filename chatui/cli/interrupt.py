"""Ctrl+C on the command line."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

EXIT_INTERRUPTED = 130


@contextmanager
def stopped_by_interrupt() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C sets, so that what runs is settled with what had come of it;
    pressed again it ends the command at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    # Only the main thread of a Unix system hears of signals; elsewhere the task is cancelled.
    with suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
