"""The port to the vector index, and its implementation on Chroma in a child process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from chatui.domain.errors import WorkerError
from chatui.retrieval.index.lock import IndexLock, index_exists
from chatui.retrieval.index.marks import WriteMark
from chatui.workers.environment import COMPUTING
from chatui.workers.host import Worker, WorkerSpec

ITEMS_PER_CALL = 1000
"""Chroma takes 5,461 at most."""
LOCK_SECONDS = 60.0
CANCEL_SECONDS = 30.0
"""A write under way is let finish when its caller leaves."""

Nearest = list[tuple[str, float]]
"""(chunk id, cosine similarity), nearest first."""


class VectorIndex(Protocol):
    """Finds the chunks whose vectors are nearest; collections are named by any text.

    Vectors are as `Embedder` makes them. It can be rebuilt from library.db at any time.
    Raises RetrievalError when it is busy or of another embedding model, IndexDamaged when
    it has to be rebuilt, WorkerError.
    """

    async def add(
        self, collection: str, fingerprint: str, items: Sequence[tuple[str, bytes]]
    ) -> None:
        """Puts (chunk id, vector) pairs in; an id that is there already is replaced."""
        ...

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        """Takes ids out; unknown ones are ignored."""
        ...

    async def drop(self, collection: str) -> None:
        """Removes a collection; nothing when there is none."""
        ...

    async def clear(self) -> None:
        """Removes all collections, also from files that cannot be opened any more."""
        ...

    async def query(
        self, collection: str, vector: bytes, k: int, *, fingerprint: str | None = None
    ) -> Nearest:
        """The `k` nearest, or all when there are fewer; [] for an unknown collection. With a
        fingerprint given, a collection of another model raises RetrievalError."""
        ...

    async def query_many(
        self,
        collection: str,
        vectors: Sequence[bytes],
        k: int,
        *,
        fingerprint: str | None = None,
    ) -> list[Nearest]:
        """What `query` gives, for each vector."""
        ...

    async def likeness(
        self,
        collection: str,
        vector: bytes,
        chunk_ids: Sequence[str],
        *,
        fingerprint: str | None = None,
    ) -> dict[str, float]:
        """The cosines of these chunks with the vector, by the nearest of the windows of each, as
        far as the index has them at hand; the library keeps the vectors of the others."""
        ...

    async def unfinished(self, collection: str) -> bool:
        """Whether a process that was killed has left the collection half written: it has to be
        dropped and filled again. To be asked by who alone may write in it."""
        ...

    async def count(self, collection: str) -> int: ...

    async def ids(self, collection: str) -> list[str]:
        """All chunk ids of a collection, in no particular order."""
        ...

    async def close(self) -> None: ...


class ChromaIndex:
    """Embedded Chroma in `folder`, in a child process that starts when it is first needed.

    Several processes may use one folder: writers take turns, and each sees what the others
    have written. A call that cannot have its turn within `lock_seconds` fails.
    """

    def __init__(
        self, folder: Path, *, log: Path | None = None, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        spec = WorkerSpec(
            "chatui.retrieval.index.service:VectorService",
            "the vector index",
            args=(str(folder), lock_seconds),
            needs=COMPUTING,
            cancel_seconds=CANCEL_SECONDS,
            log=log,
        )
        self.folder = folder
        self._lock_seconds = lock_seconds
        self._worker = Worker(spec)
        self._writing = False

    @property
    def pid(self) -> int | None:
        return self._worker.pid

    async def start(self) -> None:
        """Starts the process ahead of the first call, unless there is nothing to be found."""
        if await self._exists():
            await self._worker.start()

    async def add(
        self, collection: str, fingerprint: str, items: Sequence[tuple[str, bytes]]
    ) -> None:
        for part in _parts(items):
            ids = [id_ for id_, _ in part]
            vectors = [vector for _, vector in part]
            await self._write("add", collection, fingerprint, ids, vectors)

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        if await self._exists():
            for part in _parts(ids):
                await self._write("remove", collection, part)

    async def drop(self, collection: str) -> None:
        if await self._exists() or await self.unfinished(collection):
            await self._write("drop", collection)

    async def clear(self) -> None:
        await self._worker.call("clear")

    async def query(
        self, collection: str, vector: bytes, k: int, *, fingerprint: str | None = None
    ) -> Nearest:
        (nearest,) = await self.query_many(collection, [vector], k, fingerprint=fingerprint)
        return nearest

    async def query_many(
        self,
        collection: str,
        vectors: Sequence[bytes],
        k: int,
        *,
        fingerprint: str | None = None,
    ) -> list[Nearest]:
        if not await self._exists():
            return [[] for _ in vectors]
        found: list[Nearest] = []
        for part in _parts(vectors):
            rows = await self._worker.call("query", collection, fingerprint, part, k)
            found += [[(id_, similarity) for id_, similarity in row] for row in rows]
        return found

    async def likeness(
        self,
        collection: str,
        vector: bytes,
        chunk_ids: Sequence[str],
        *,
        fingerprint: str | None = None,
    ) -> dict[str, float]:
        if not chunk_ids or not await self._exists():
            return {}
        found: dict[str, float] = await self._worker.call(
            "likeness", collection, fingerprint, vector, list(chunk_ids)
        )
        return found

    async def unfinished(self, collection: str) -> bool:
        return await asyncio.to_thread(self._left_half_written, collection)

    async def count(self, collection: str) -> int:
        if not await self._exists():
            return 0
        number: int = await self._worker.call("count", collection)
        return number

    async def ids(self, collection: str) -> list[str]:
        if not await self._exists():
            return []
        return [id_ async for page in self._worker.stream("ids", collection) for id_ in page]

    async def close(self) -> None:
        """Ends the process, once a write that was broken off is through: it would leave the
        collection half written. A later call starts it again."""
        if self._writing and self.pid is not None:
            with suppress(WorkerError):
                await self._worker.call("settled", timeout=CANCEL_SECONDS)
        await self._worker.stop()

    async def _write(self, method: str, *args: Any) -> None:
        self._writing = True
        await self._worker.call(method, *args)
        self._writing = False

    def _left_half_written(self, collection: str) -> bool:
        mark = WriteMark(self.folder, collection)
        if not mark.is_set:
            return False
        # Its writer may be alive: then it has the lock.
        with IndexLock(self.folder, self._lock_seconds).hold(write=False):
            return mark.is_set

    async def _exists(self) -> bool:
        """Asked here, so that an empty library never waits for Chroma to start. A process
        that runs looks for itself."""
        return self.pid is not None or await asyncio.to_thread(index_exists, self.folder)


def _parts(items: Sequence[Any]) -> list[list[Any]]:
    starts = range(0, len(items), ITEMS_PER_CALL)
    return [list(items[start : start + ITEMS_PER_CALL]) for start in starts]
