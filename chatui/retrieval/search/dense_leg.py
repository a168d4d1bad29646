"""The dense leg of a search: the question's vector, the chunks nearest to it in the index, and how
near others are by the vectors that the library keeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import product

from chatui.domain.errors import IndexDamaged
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.embedding.similarity import cosine, cosines
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.index.window_ids import best_of_chunks, parted
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow
from chatui.retrieval.search.fusion import Ranking, ranked
from chatui.retrieval.search.query import Query, embedded
from chatui.system.tasks import both

WINDOWS_PER_CHUNK = 2, 3
"""How many vectors the index is asked for, for each wanted chunk, and again where that was too few:
the nearest may be windows of one. Most chunks have two."""

MOST_COMPARED = 3000
"""Chunks of a few files whose vectors are compared one by one, in about 50 µs each; of more the
index is asked for those nearest to the question."""
MOST_ASKED = 4000

VOUCHED_SECONDS = 2.0
"""How long the index is taken to hold what it was found to hold."""


class DenseLeg:
    """Raises IndexDamaged when the index has lost vectors or is of another model, RetrievalError,
    EmbedderFailed, WorkerError."""

    def __init__(self, library: Library, embedder: Embedder, vectors: VectorIndex) -> None:
        self._library = library
        self._embedder = embedder
        self._vectors = vectors
        self._vouched: dict[int, float] = {}

    async def vector(self, row: CollectionRow, query: Query) -> bytes:
        """The query's vector, b"" when nothing is indexed. The index process starts while the
        query is being embedded: a first search waits for the slower of the two only."""
        if not row.is_indexed:
            return b""
        if row.fingerprint != await self._embedder.fingerprint():
            raise IndexDamaged(
                f"The index of the collection {row.name!r} was made with another embedding "
                "model; the next ingest makes it anew, as does "
                f"`chatui collections rebuild {row.name}`."
            )
        embedding = asyncio.create_task(embedded(query, self._embedder))
        try:
            await self._vouch(row)
            return await embedding
        finally:
            embedding.cancel()
            await asyncio.wait([embedding])

    async def nearest(
        self, row: CollectionRow, vector: bytes, k: int, files: Sequence[int] | None = None
    ) -> Ranking:
        """The `k` chunks nearest to the vector by the index, with their cosines; of `files` alone
        where they are given."""
        if not vector:
            return []
        if files is not None:
            return ranked(await self._likeness_within(row, vector, files, k))[:k]
        found: dict[str, float] = {}
        for asked in (k * windows for windows in WINDOWS_PER_CHUNK):
            nearest = await self._vectors.query(
                row.name, vector, asked, fingerprint=row.fingerprint
            )
            found = best_of_chunks(nearest)
            if len(nearest) < asked:
                # All there are, or the index has lost the rest just now.
                self._vouched.pop(row.id, None)
                await self._vouch(row)
            if len(found) >= k or len(nearest) < asked:
                break
        return ranked(found)[:k]

    async def likeness_to(
        self, row: CollectionRow, vector: bytes, ids: Sequence[str]
    ) -> dict[str, float]:
        """The cosines of these chunks by their stored vectors; those that have none are left
        out. The index process compares a hundred in a third of a millisecond, and those that it has
        not taken in are compared here, in 50 µs each."""
        found = await self._vectors.likeness(row.name, vector, ids, fingerprint=row.fingerprint)
        missing = [one for one in ids if one not in found]
        if not missing:
            return found
        stored = await self._library.vectors(row.fingerprint, missing)
        return found | await asyncio.to_thread(cosines, vector, stored)

    async def _likeness_within(
        self, row: CollectionRow, vector: bytes, files: Sequence[int], count: int
    ) -> dict[str, float]:
        """The same of the chunks of a few files: of all, which is exact, and hides none of them
        behind nearer ones of other files; or of many chunks at least of the `count` nearest that
        the index has found."""
        ids = await self._library.chunk_ids_of(files)
        if len(ids) > MOST_COMPARED:
            held = set(ids)
            nearest = await self._vectors.query(
                row.name, vector, MOST_ASKED, fingerprint=row.fingerprint
            )
            ids = [one for one in best_of_chunks(nearest) if one in held][: 2 * count]
        return await self.likeness_to(row, vector, ids)

    async def likeness_among(
        self, row: CollectionRow, ids: Sequence[str]
    ) -> Callable[[str, str], float]:
        """How alike two of these chunks are by their stored vectors, 0 where one has none."""
        stored = await self._library.vectors(row.fingerprint, ids)
        size = 4 * await self._embedder.dimensions()
        windows = {one: parted(vectors, size) for one, vectors in stored.items()}

        def likeness(left: str, right: str) -> float:
            pairs = product(windows.get(left, ()), windows.get(right, ()))
            return max((cosine(one, other) for one, other in pairs), default=0.0)

        return likeness

    async def _vouch(self, row: CollectionRow) -> None:
        """Raises IndexDamaged when the index holds fewer vectors than it has said. Counting
        takes as long as searching, so it is believed for a moment."""
        if time.monotonic() - self._vouched.get(row.id, float("-inf")) < VOUCHED_SECONDS:
            return
        expected, held = await both(
            self._library.count_vectors(row.id), self._vectors.count(row.name)
        )
        # Read again: an ingest may have removed chunks in between.
        if held < expected and held < await self._library.count_vectors(row.id):
            raise IndexDamaged(
                f"The index of the collection {row.name!r} has lost vectors; mend it with "
                f"`chatui collections rebuild {row.name}`, which embeds nothing anew."
            )
        self._vouched[row.id] = time.monotonic()
