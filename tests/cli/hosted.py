"""A scripted server in a thread of its own, for verbs that run an event loop themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.patience import PATIENCE
from tests.scripted_server import Script, ScriptedServer


@contextmanager
def running(*scripts: Script) -> Iterator[ScriptedServer]:
    server = ScriptedServer(*scripts)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(PATIENCE)
        yield server
    finally:
        leaving = server.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(leaving, loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()
