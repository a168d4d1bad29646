"""An event loop beside the main thread, for a program whose main thread waits for lines."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loop_beside() -> Iterator[asyncio.AbstractEventLoop]:
    """A running loop, whose tasks are cancelled and waited for at the end. From the main thread,
    which hears of signals while it waits."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="chatui-loop", daemon=True)
    thread.start()
    try:
        with _signals_wake_the_main_thread(loop):
            yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_ended(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def _signals_wake_the_main_thread(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """The kernel hands a signal to any thread. Python runs its handlers in the main one, which
    would go on waiting for a line or a lock that another thread's signal does not interrupt."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    main = threading.main_thread().ident
    assert main is not None

    def wake() -> None:
        # SIGURG says nothing here, and is what wakes.
        if any(number != signal.SIGURG for number in os.read(heard, 64)):
            signal.pthread_kill(main, signal.SIGURG)

    handler = signal.signal(signal.SIGURG, lambda number, frame: None)
    before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    loop.call_soon_threadsafe(loop.add_reader, heard, wake)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGURG, handler)
        asyncio.run_coroutine_threadsafe(_deaf(heard), loop).result()
        os.close(heard)
        os.close(told)


async def _deaf(heard: int) -> None:
    asyncio.get_running_loop().remove_reader(heard)


async def _ended() -> None:
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
