"""Collections as a whole: remove one, rebuild its index, check it. Nothing is embedded here
that has a stored vector."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from chatui.domain.errors import IndexDamaged
from chatui.retrieval.embedding.embedder import Embedder
from chatui.retrieval.index.vectors import VectorIndex
from chatui.retrieval.index.window_ids import chunk_of, named
from chatui.retrieval.ingest.indexing import Indexer
from chatui.retrieval.ingest.locks import collection_lock
from chatui.retrieval.library.library import Library
from chatui.retrieval.library.records import CollectionRow

VECTORS_PER_CHECK = 500
NEIGHBOURS = 10
"""A chunk whose text stands in several places has as many vectors alike; that many are
looked through for its id."""

SAME = 0.999
"""Cosine of a vector with itself, less what the index's arithmetic may lose."""


ANOTHER_MODEL = "its vectors are of another embedding model than the present one"


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """Chunks that are done, of all that there are."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """`chunks` in the collection, of which `waiting` are not indexed yet; `lost` are ids that
    are not found by their own vectors, `strangers` ids in the index without a chunk.
    `faults` are clauses on what is wrong beside that."""

    collection: str
    chunks: int
    waiting: int
    checked: int
    lost: tuple[str, ...]
    strangers: tuple[str, ...]
    faults: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not (self.lost or self.strangers or self.waiting or self.faults)


class Upkeep:
    def __init__(self, library: Library, embedder: Embedder, vectors: VectorIndex) -> None:
        self._library = library
        self._embedder = embedder
        self._vectors = vectors
        self._indexer = Indexer(library, embedder, vectors)

    async def remove(self, name: str) -> None:
        """Removes a collection with its files' text, vectors and index. Raises
        NoSuchCollection. When it is broken off, the rest can be removed again."""
        row = await self._library.collection(name)
        async with collection_lock(self._library.path, row.id):
            await self._vectors.drop(name)
            await self._library.remove_collection(row.id)
        await self._library.forget_orphan_vectors()
        await self._library.scrub()

    async def rebuild(self, name: str) -> AsyncIterator[IndexProgress]:
        """Makes the collection's index anew from the stored vectors, and a broken full-text
        index from the stored texts.

        Only chunks without a vector of the present model are embedded. Where the index's
        files are damaged, those of all collections are made anew. Raises NoSuchCollection.
        """
        row = await self._library.collection(name)
        await self._library.mend_words()
        # Before its vectors are gone: whoever is killed in between leaves nothing that seems whole.
        await self._library.set_fingerprint(row.id, row.fingerprint)
        try:
            await self._vectors.drop(name)
            names = [name]
        except IndexDamaged:
            await self._vectors.clear()
            names = [info.name for info in await self._library.collections()]
        rows = [await self._library.collection(name) for name in names]
        for row in rows:
            await self._library.set_fingerprint(row.id, row.fingerprint)
        totals = [await self._library.count_chunks(row.id) for row in rows]
        for at, row in enumerate(rows):
            await self._indexer.adopt_model(row)
            while await self._indexer.step(row):
                indexed = await self._library.count_indexed(row.id)
                yield IndexProgress(sum(totals[:at]) + indexed, sum(totals))
        await self._library.note_unused_vectors(time.time())

    async def mend(self, name: str) -> None:
        """Makes the index of a collection anew where a killed process has left it half written,
        and goes on with what was broken off. Nothing is embedded. Raises NoSuchCollection."""
        row = await self._library.collection(name)
        if await self._indexer.empty_unfinished(row) or (
            await self._library.index_is_behind(row.id)
        ):
            await self._indexer.fill(row)

    async def check(self, name: str) -> IndexCheck:
        """Looks every chunk up by its own vector; counting them would prove nothing. The
        database and its full-text index are checked as well. Raises NoSuchCollection."""
        info = await self._library.collection_info(name)
        row = await self._library.collection(name)
        faults = await self._library.faults()
        if row.fingerprint and row.fingerprint != await self._embedder.fingerprint():
            faults.append(ANOTHER_MODEL)
        missing = await self._library.without_vector(row.id, row.fingerprint)
        try:
            checked, lost, strangers = await self._look_up(row)
        except IndexDamaged as error:
            faults.append(str(error).partition("; run ")[0].rstrip("."))
            checked, lost, strangers = 0, [], []
        return IndexCheck(
            collection=name,
            chunks=info.chunks,
            waiting=info.waiting,
            checked=checked + len(missing),
            lost=tuple(missing + lost),
            strangers=tuple(sorted(set(strangers) - set(missing))),
            faults=tuple(faults),
        )

    async def _look_up(self, row: CollectionRow) -> tuple[int, list[str], list[str]]:
        """How many chunks were looked up, the lost ones and the strangers."""
        held = set(await self._vectors.ids(row.name))
        lost: list[str] = []
        checked = after = 0
        ids: set[str] = set()
        while page := await self._library.indexed_after(
            row.id, row.fingerprint, after, VECTORS_PER_CHECK
        ):
            vectors = [
                pair
                for _, chunk_id, count, stored in page
                for pair in named([(chunk_id, stored)], len(stored) // count)
            ]
            nearest = await self._vectors.query_many(
                row.name, [vector for _, vector in vectors], NEIGHBOURS
            )
            gone = [
                chunk_of(id_)
                for (id_, _), neighbours in zip(vectors, nearest, strict=True)
                if id_ not in held or not _finds_itself(id_, neighbours)
            ]
            lost += dict.fromkeys(gone)
            ids.update(id_ for id_, _ in vectors)
            checked += len(page)
            after = page[-1][0]
        return checked, lost, [chunk_of(id_) for id_ in held - ids]


def _finds_itself(id_: str, neighbours: Sequence[tuple[str, float]]) -> bool:
    if any(neighbour == id_ for neighbour, _ in neighbours):
        return True
    alike = [similarity >= SAME for _, similarity in neighbours]
    return len(alike) == NEIGHBOURS and all(alike)
