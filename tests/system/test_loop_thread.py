from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from chatui.system.loop_thread import loop_beside
from tests.patience import PATIENCE


def test_a_signal_that_another_thread_got_is_heard_by_the_main_one() -> None:
    async def struck() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        await asyncio.sleep(PATIENCE)

    with loop_beside() as loop, pytest.raises(KeyboardInterrupt):
        # In here from the first moment: what comes earlier would end the whole run of the tests.
        asyncio.run_coroutine_threadsafe(struck(), loop).result(PATIENCE)


def test_what_was_begun_is_cancelled_and_the_thread_ends() -> None:
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.append("cancelled")

    before = signal.getsignal(signal.SIGURG)
    with loop_beside() as loop:
        begun = asyncio.run_coroutine_threadsafe(long(), loop)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(PATIENCE)

    assert (ended, begun.cancelled()) == (["cancelled"], True)
    assert "chatui-loop" not in {thread.name for thread in threading.enumerate()}
    assert signal.getsignal(signal.SIGURG) == before
