"""The library: library.db behind one thread, with translated errors.

Every method runs one of the functions in `tables` and is described there.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from chatui.domain.errors import LibraryFailed
from chatui.retrieval.chunking.document import Chunk
from chatui.retrieval.library.counts import Counts
from chatui.retrieval.library.records import (
    Change,
    ChunkRow,
    CollectionInfo,
    CollectionRow,
    FileRow,
)
from chatui.retrieval.library.schema import open_database
from chatui.retrieval.library.tables import chunks, collections, disk, files, vectors, wording
from chatui.retrieval.library.tables.files import FilePlace, FileState
from chatui.system.sqlite import is_busy, is_damage

P = ParamSpec("P")
T = TypeVar("T")


class Library:
    """Opened by the first call. Raises LibraryFailed when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="library")
        self._db: sqlite3.Connection | None = None
        self._counts = Counts()

    async def close(self) -> None:
        """Waits for what is being written. The library cannot be used afterwards."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    async def id(self) -> str:
        return await self._run(collections.library_id)

    async def ensure_collection(self, name: str) -> CollectionRow:
        return await self._run(collections.ensure, name)

    async def collection(self, name: str) -> CollectionRow:
        return await self._run(collections.get, name)

    async def collections(self) -> list[CollectionInfo]:
        return await self._run(collections.infos)

    async def collection_info(self, name: str) -> CollectionInfo:
        return await self._run(collections.info, name)

    async def remove_collection(self, collection_id: int) -> None:
        await self._run(collections.remove, collection_id)

    async def set_fingerprint(self, collection_id: int, fingerprint: str) -> None:
        await self._run(collections.set_fingerprint, collection_id, fingerprint)

    async def files(self, collection_id: int) -> dict[str, FileRow]:
        return await self._run(files.of_collection, collection_id)

    async def put_file(
        self, collection_id: int, file: FileState, content: Sequence[Chunk] = ()
    ) -> Change:
        return await self._run(files.put, collection_id, file, content)

    async def place_files(self, places: Sequence[FilePlace]) -> None:
        await self._run(files.place, places)

    async def remove_files(self, file_ids: Sequence[int]) -> Change:
        return await self._run(files.remove, file_ids)

    async def search_words(
        self, collection_id: int, query: str, k: int, files: Sequence[int] | None = None
    ) -> tuple[list[tuple[str, float]], float]:
        count = self._counts.rows
        return await self._run(wording.search, collection_id, query, k, files, count=count)

    async def chunks_holding(self, collection_id: int, words: Sequence[str]) -> dict[str, int]:
        return await self._run(wording.holding, collection_id, words, count=self._counts.rows)

    async def file_chunks(self, file_id: int) -> list[ChunkRow]:
        return await self._run(chunks.of_file, file_id)

    async def chunk_ids_of(self, file_ids: Sequence[int]) -> list[str]:
        return await self._run(chunks.ids_of_files, file_ids)

    async def beginnings(self, file_ids: Sequence[int]) -> dict[int, str]:
        return await self._run(chunks.beginnings, file_ids)

    async def chunks(self, chunk_ids: Sequence[str]) -> dict[str, ChunkRow]:
        return await self._run(chunks.get, chunk_ids)

    async def chunks_around(self, chunk_ids: Sequence[str], reach: int) -> list[ChunkRow]:
        return await self._run(chunks.around, chunk_ids, reach)

    async def recognised(self, collection_id: int) -> dict[int, tuple[int, ...]]:
        return await self._run(chunks.recognised, collection_id)

    async def chunks_on_page(self, collection_id: int, page: int, most: int) -> list[str]:
        """Their ids, of every document that has such a page or slide."""
        return await self._run(chunks.on_page, collection_id, page, most)

    async def count_chunks(self, collection_id: int) -> int:
        return await self._run(self._counts.of, chunks.count, collection_id)

    async def count_indexed(self, collection_id: int) -> int:
        return await self._run(chunks.count_indexed, collection_id)

    async def count_vectors(self, collection_id: int) -> int:
        return await self._run(chunks.count_vectors, collection_id)

    async def unembedded(
        self, collection_id: int, fingerprint: str, limit: int
    ) -> list[tuple[bytes, str, str]]:
        return await self._run(vectors.unembedded, collection_id, fingerprint, limit)

    async def count_unembedded(self, collection_id: int, fingerprint: str) -> int:
        return await self._run(vectors.count_unembedded, collection_id, fingerprint)

    async def save_vectors(self, fingerprint: str, items: Sequence[tuple[bytes, bytes]]) -> None:
        await self._run(vectors.save, fingerprint, items)

    async def unindexed(
        self, collection_id: int, fingerprint: str, limit: int
    ) -> list[tuple[str, bytes]]:
        return await self._run(vectors.unindexed, collection_id, fingerprint, limit)

    async def mark_indexed(self, collection_id: int, held: Sequence[tuple[str, int]]) -> None:
        await self._run(vectors.mark_indexed, collection_id, held)

    async def removals(self, collection_id: int, limit: int) -> list[tuple[str, int]]:
        return await self._run(vectors.removals, collection_id, limit)

    async def settle_removals(self, collection_id: int, chunk_ids: Sequence[str]) -> None:
        await self._run(vectors.settle_removals, collection_id, chunk_ids)

    async def index_is_behind(self, collection_id: int) -> bool:
        return await self._run(vectors.has_work, collection_id)

    async def vectors(self, fingerprint: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        return await self._run(vectors.of_chunks, fingerprint, chunk_ids)

    async def indexed_after(
        self, collection_id: int, fingerprint: str, after: int, limit: int
    ) -> list[tuple[int, str, int, bytes]]:
        return await self._run(vectors.indexed_after, collection_id, fingerprint, after, limit)

    async def forget_orphan_vectors(self) -> int:
        return await self._run(vectors.forget_orphans)

    async def note_unused_vectors(self, now: float) -> None:
        await self._run(vectors.note_unused, now)

    async def forget_unused_vectors(self, before: float) -> int:
        return await self._run(vectors.forget_unused, before)

    async def without_vector(self, collection_id: int, fingerprint: str) -> list[str]:
        return await self._run(vectors.without_vector, collection_id, fingerprint)

    async def faults(self) -> list[str]:
        return await self._run(disk.faults)

    async def mend_words(self) -> bool:
        return await self._run(disk.mend_words)

    async def renew_words(self) -> bool:
        return await self._run(disk.renew_words)

    async def scrub(self) -> bool:
        return await self._run(disk.scrub)

    async def _run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def call() -> T:
            try:
                if self._db is None:
                    self._db = open_database(self.path)
                return function(self._db, *args, **kwargs)
            except (sqlite3.Error, OSError) as error:
                raise LibraryFailed(plain_sentence(self.path, error)) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def plain_sentence(path: Path, error: Exception) -> str:
    if is_busy(error):
        return f"{path} is in use by another chatui that does not let go; try again later."
    if is_damage(error):
        return (
            f"{path} is damaged ({error}): `chatui doctor --fix` puts what can be read of it into "
            "a new file and keeps this one beside that."
        )
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    return (
        f"{path} cannot be used ({reason}); see that its folder is writable and the disk not full."
    )
