"""One process at a time brings a collection's index up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chatui.system.locks import LockFile


@asynccontextmanager
async def collection_lock(library: Path, collection_id: int) -> AsyncIterator[None]:
    """Waits for the collection's lock file beside library.db, as long as it takes: nobody holds
    it for more than a batch."""
    with LockFile(library.with_name(f"{library.name}-{collection_id}.lock")) as file:
        await file.wait()
        yield
