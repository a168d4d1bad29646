"""The vector index on a Chroma server or Chroma Cloud.

Ids, vectors and the names of collections are all that is sent. Every library has collections
of its own there, so that no machine can touch what another one put in: two libraries that
name a collection alike have two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chatui.domain.errors import RetrievalError
from chatui.retrieval.index.chroma_database import ChromaDatabase, ServerCollection
from chatui.retrieval.index.chroma_records import base64_vector, namespaced, numbers, prefix_of
from chatui.retrieval.index.vectors import Nearest

VECTORS_PER_QUERY = 100


class ChromaServerIndex:
    """A VectorIndex. `library` gives the id of the library that the chunks belong to. Any
    number of processes may use one library's collections: the server puts them in order."""

    def __init__(self, database: ChromaDatabase, library: Callable[[], Awaitable[str]]) -> None:
        self._database = database
        self._library = library
        self._known: dict[str, ServerCollection] = {}

    async def start(self) -> None:
        """Connects ahead of the first call."""
        await self._database.place()

    async def add(
        self, collection: str, fingerprint: str, items: Sequence[tuple[str, bytes]]
    ) -> None:
        place = await self._database.place()
        encode = base64_vector if place.base64 else numbers
        rows = list(dict(items).items())
        for at in range(0, len(rows), place.records):
            part = rows[at : at + place.records]
            vectors = [vector for _, vector in part]
            body = {
                "ids": [id_ for id_, _ in part],
                "embeddings": await asyncio.to_thread(_encoded, encode, vectors),
            }
            while True:
                held = await self._fitting(collection, fingerprint, vectors)
                if held is None:
                    held = await self._make(collection, fingerprint, len(vectors[0]))
                if await self._database.ask(held, "upsert", body) is not None:
                    break
                # Another process has dropped it meanwhile.
                self._known.pop(collection, None)

    async def remove(self, collection: str, ids: Sequence[str]) -> None:
        records = (await self._database.place()).records
        for at in range(0, len(ids), records):
            await self._ask(collection, "delete", {"ids": list(ids[at : at + records])})

    async def drop(self, collection: str) -> None:
        self._known.pop(collection, None)
        await self._database.delete(namespaced(await self._library(), collection))

    async def clear(self) -> None:
        """Removes the collections of this library; those of others stay."""
        self._known.clear()
        prefix = prefix_of(await self._library())
        for name in await self._database.names():
            if name.startswith(prefix):
                await self._database.delete(name)

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
        if k < 1 or not vectors:
            return [[] for _ in vectors]
        most = (await self._database.place()).results
        found: list[Nearest] = []
        for at in range(0, len(vectors), VECTORS_PER_QUERY):
            part = vectors[at : at + VECTORS_PER_QUERY]
            body = {
                "query_embeddings": await asyncio.to_thread(_encoded, numbers, part),
                "n_results": k if most is None else min(k, most),
                "include": ["distances"],
            }
            answer = await self._ask(collection, "query", body, fingerprint, part)
            found += [[] for _ in part] if answer is None else _nearest(answer)
        return found

    async def likeness(
        self,
        collection: str,
        vector: bytes,
        chunk_ids: Sequence[str],
        *,
        fingerprint: str | None = None,
    ) -> dict[str, float]:
        """Nothing: what is stored here is quicker at hand than what a server sends."""
        return {}

    async def unfinished(self, collection: str) -> bool:
        """False: what a process of ours has begun, the server brings to its end."""
        return False

    async def count(self, collection: str) -> int:
        return int(await self._ask(collection, "count") or 0)

    async def ids(self, collection: str) -> list[str]:
        records = (await self._database.place()).records
        found: list[str] = []
        while True:
            body = {"include": [], "limit": records, "offset": len(found)}
            answer = await self._ask(collection, "get", body)
            if answer is None or not answer["ids"]:
                return found
            found += answer["ids"]

    async def close(self) -> None:
        await self._database.close()

    async def _ask(
        self,
        collection: str,
        verb: str,
        body: Mapping[str, Any] | None = None,
        fingerprint: str | None = None,
        vectors: Sequence[bytes] = (),
    ) -> Any:
        """What the server says of a collection; None when there is no such collection."""
        for _ in range(2):
            held = await self._fitting(collection, fingerprint, vectors)
            if held is None:
                return None
            answer = await self._database.ask(held, verb, body)
            if answer is not None:
                return answer
            # Another process has dropped it, and may have made it anew.
            self._known.pop(collection, None)
        return None

    async def _find(self, collection: str) -> ServerCollection | None:
        if collection not in self._known:
            held = await self._database.find(namespaced(await self._library(), collection))
            if held is None:
                return None
            self._known[collection] = held
        return self._known[collection]

    async def _make(self, collection: str, fingerprint: str, size: int) -> ServerCollection:
        metadata: dict[str, str | int] = {
            "name": collection.encode("utf-8", "replace").decode(),
            "fingerprint": fingerprint,
            "bytes": size,
        }
        name = namespaced(await self._library(), collection)
        self._known[collection] = await self._database.make(name, metadata)
        return self._known[collection]

    async def _fitting(
        self, collection: str, fingerprint: str | None, vectors: Sequence[bytes]
    ) -> ServerCollection | None:
        """The collection, when it holds vectors of that model. The server itself would take
        those of another one that happen to be as long."""
        for _ in range(2):
            held = await self._find(collection)
            if held is None or _fits(held, fingerprint, vectors):
                return held
            # Another process may have made it anew: ask the server.
            self._known.pop(collection, None)
        raise RetrievalError(
            f"The collection {collection!r} was indexed with another embedding model; ingest "
            "its documents again, or set retrieval.embedder back to that model."
        )


def _fits(held: ServerCollection, fingerprint: str | None, vectors: Sequence[bytes]) -> bool:
    if fingerprint is not None and held.fingerprint != fingerprint:
        return False
    return all(len(vector) == held.bytes for vector in vectors)


def _encoded(encode: Callable[[bytes], Any], vectors: Sequence[bytes]) -> list[Any]:
    return [encode(vector) for vector in vectors]


def _nearest(answer: Any) -> list[Nearest]:
    return [
        [(id_, 1.0 - distance) for id_, distance in zip(ids, distances, strict=True)]
        for ids, distances in zip(answer["ids"], answer["distances"], strict=True)
    ]
