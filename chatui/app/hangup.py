"""Leaving when the terminal was closed or the system asks to: as if the user had left."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
import time
from collections.abc import Callable

SIGNALS = (signal.SIGHUP, signal.SIGTERM)
CLOSED = 128 + signal.SIGHUP
"""The exit code, as shells give it."""
GRACE_SECONDS = 10.0
"""How long leaving may take without a terminal."""


def on_hangup(leave: Callable[[int], None], terminal: int = 0) -> None:
    """Calls `leave` on the running loop with the exit code, when a signal asks for it or the
    `terminal`, a descriptor, has gone."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, leave, 128 + number)
    watch = threading.Thread(target=_watch, args=(loop, leave, terminal), daemon=True)
    watch.start()


def _watch(loop: asyncio.AbstractEventLoop, leave: Callable[[int], None], terminal: int) -> None:
    """The signal goes to the first process of a terminal only, which may be another one that
    waits for this one: a shell, or make."""
    poll = select.poll()
    # A hang-up is told without being asked for.
    poll.register(terminal, 0)
    gone = [event for _, event in poll.poll() if event & (select.POLLHUP | select.POLLERR)]
    if not gone:
        # This system can't watch a terminal in this way.
        return
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        # Who draws would fail, and then wait for ever for one who has failed.
        os.dup2(null, descriptor)
    try:
        loop.call_soon_threadsafe(leave, CLOSED)
    except RuntimeError:
        # The loop has ended by itself.
        return
    time.sleep(GRACE_SECONDS)
    os._exit(CLOSED)
