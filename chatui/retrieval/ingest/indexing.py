"""Brings the vectors and the index up to date with the chunks in library.db.

The tables themselves say what is still to be done, so it does not matter who left it undone:
this ingest, one that was interrupted, or another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice

from chatui.retrieval.chunking.windows import windows
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.index.window_ids import named, window_ids
from chatui.retrieval.ingest.locks import collection_lock
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow

TEXTS_PER_STEP = 256
TEXTS_PER_CALL = 64
"""Saved and counted as soon as they are embedded. Those of a step go by their length, so that
texts of like length, which need little padding, come together."""

VECTORS_PER_STEP = 1000
"""Chroma is fastest with large batches; it takes 5,461 at most."""


class Indexer:
    def __init__(self, library: Library, embedder: Embedder, vectors: VectorIndex) -> None:
        self._library = library
        self._embedder = embedder
        self._vectors = vectors

    async def adopt_model(self, collection: CollectionRow) -> None:
        """Empties the index of a collection whose vectors are of another embedding model."""
        fingerprint = await self._embedder.fingerprint()
        async with collection_lock(self._library.path, collection.id):
            current = await self._library.collection(collection.name)
            if current.fingerprint == fingerprint:
                return
            if current.fingerprint:
                await self._vectors.drop(collection.name)
            await self._library.set_fingerprint(collection.id, fingerprint)

    async def empty_unfinished(self, collection: CollectionRow) -> bool:
        """Empties the index of a collection that a killed process has left half written, so that
        the steps fill it again from the stored vectors; False where it was whole."""
        async with collection_lock(self._library.path, collection.id):
            if not await self._vectors.unfinished(collection.name):
                return False
            current = await self._library.collection(collection.name)
            # In this order: who is killed in between finds the mark again.
            await self._library.set_fingerprint(collection.id, current.fingerprint)
            await self._vectors.drop(collection.name)
        return True

    async def fill(self, collection: CollectionRow) -> None:
        """Puts into the index what has a stored vector. Nothing is embedded."""
        while True:
            async with collection_lock(self._library.path, collection.id):
                current = await self._library.collection(collection.name)
                if not await self._add_ready(collection, current.fingerprint, wait=False):
                    return

    async def waiting(self, collection: CollectionRow) -> int:
        """Chunks without vectors."""
        fingerprint = await self._embedder.fingerprint()
        return await self._library.count_unembedded(collection.id, fingerprint)

    async def step(
        self,
        collection: CollectionRow,
        *,
        flush: bool = True,
        on_embedded: Callable[[int, float], None] = lambda texts, work: None,
    ) -> bool:
        """One batch of each kind of work; False when there was nothing left to do. `on_embedded`
        gets how many texts were embedded, and what share of all the characters that was, times the
        number of all texts: long ones take longer.

        A crash at any point leaves work for the next step, and nothing wrong. Without
        `flush` vectors go into the index by full batches only.
        """
        fingerprint = await self._embedder.fingerprint()
        async with collection_lock(self._library.path, collection.id):
            dropped = await self._drop_removed(collection)
            texts = await self._library.unembedded(collection.id, fingerprint, TEXTS_PER_STEP)
            wait = bool(texts) or not flush
            # Building the index keeps one processor busy, and embedding need not wait for it.
            adding = asyncio.create_task(self._add_ready(collection, fingerprint, wait=wait))
            try:
                await self._embed(fingerprint, texts, on_embedded)
                added = await adding
            finally:
                adding.cancel()
                await asyncio.gather(adding, return_exceptions=True)
        return bool(dropped or texts or added)

    async def _embed(
        self,
        fingerprint: str,
        texts: Sequence[tuple[bytes, str, str]],
        on_embedded: Callable[[int, float], None],
    ) -> None:
        by_length = sorted(texts, key=lambda item: len(item[2]))
        characters = sum(len(text) for _, _, text in texts) or 1
        for at in range(0, len(by_length), TEXTS_PER_CALL):
            part = by_length[at : at + TEXTS_PER_CALL]
            cut = [windows(prefix, text) for _, prefix, text in part]
            vectors = iter(
                await self._embedder.embed_documents([text for row in cut for text in row])
            )
            items = [
                (key, b"".join(islice(vectors, len(row))))
                for (key, _, _), row in zip(part, cut, strict=True)
            ]
            await self._library.save_vectors(fingerprint, items)
            share = sum(len(text) for _, _, text in part) / characters
            on_embedded(len(part), share * len(texts))

    async def _drop_removed(self, collection: CollectionRow) -> int:
        gone = await self._library.removals(collection.id, VECTORS_PER_STEP)
        if gone:
            ids = [id_ for chunk_id, count in gone for id_ in window_ids(chunk_id, count)]
            await self._vectors.remove(collection.name, ids)
            await self._library.settle_removals(collection.id, [chunk_id for chunk_id, _ in gone])
        return len(gone)

    async def _add_ready(self, collection: CollectionRow, fingerprint: str, wait: bool) -> int:
        """Adds vectors to the index; with `wait` only when there is a full batch of them."""
        ready = await self._library.unindexed(collection.id, fingerprint, VECTORS_PER_STEP)
        if not ready or (wait and len(ready) < VECTORS_PER_STEP):
            return 0
        size = 4 * await self._embedder.dimensions()
        await self._vectors.add(collection.name, fingerprint, named(ready, size))
        held = [(chunk_id, len(vectors) // size) for chunk_id, vectors in ready]
        await self._library.mark_indexed(collection.id, held)
        return len(ready)
