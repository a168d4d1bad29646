"""One process at a time brings a collection's index up to date."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

POLL_SECONDS = 0.05


@asynccontextmanager
async def collection_lock(library: Path, collection_id: int) -> AsyncIterator[None]:
    """Waits for the collection's lock file beside library.db. The kernel lets go of it when
    a process dies. Others wait as long as it takes: nobody holds it for more than a batch."""
    handle = _open(library, collection_id)
    try:
        # Another process holds it, so there is no event to wait for.
        while not _taken(handle):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def _open(library: Path, collection_id: int) -> int:
    path = library.with_name(f"{library.name}-{collection_id}.lock")
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
