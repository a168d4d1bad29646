"""The index process: embedded Chroma, opened only under the lock."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from chatui.domain.errors import IndexDamaged, RetrievalError
from chatui.retrieval.index.lock import DATABASE, LOCK, QUEUE, IndexLock, index_exists

IDS_PER_PAGE = 5000
HNSW = {
    "space": "cosine",
    # Above the defaults of 100: the nearest 50 of 5,000 random vectors were found in 86%
    # instead of 66% of cases with 200 + 200, at 0.3 ms more a query.
    "ef_construction": 200,
    "ef_search": 400,
    # With these links, the default, the graph has a vector now and then that no other one links to,
    # and no search finds it, however wide: of 6,000 in ten dense clusters 9 to 12, of usual
    # documents one in thousands. With 48 and 64 there was none, but then so much of the graph is
    # written over the one before at each sync that a kill in the middle of an ingest left an index
    # of no use in 4 of 43 tries; with 16 in none of 28. The words still find such a chunk.
    "max_neighbors": 16,
    # Vectors since the last sync are replayed by the first query of every process; half the
    # default halves that.
    "sync_threshold": 500,
}

Cancelled = Callable[[], bool]


def never() -> bool:
    return False


def chroma_name(collection: str) -> str:
    """A name that Chroma accepts for any text: 3 to 512 letters and digits."""
    return "c" + hashlib.sha256(collection.encode("utf-8", "surrogatepass")).hexdigest()[:40]


class VectorService:
    """The service. Collections are named by any text; vectors are float32 bytes.

    Raises RetrievalError when the lock cannot be had or the vectors are of another model,
    IndexDamaged when Chroma cannot use its files.
    """

    def __init__(self, folder: str, wait_seconds: float) -> None:
        # Here and not later: it takes most of the time that this process needs to start. And not
        # where the user is: Chroma reads the `.env` of the working folder, which is some project's.
        with chdir(Path(__file__).parent):
            import chromadb  # noqa: F401

        self._folder = Path(folder)
        self._lock = IndexLock(self._folder, wait_seconds)
        self._client: Any = None
        self._generation = -1

    def add(
        self,
        collection: str,
        fingerprint: str,
        ids: Sequence[str],
        vectors: Sequence[bytes],
        cancelled: Cancelled = never,
    ) -> None:
        """Puts vectors in; one whose id is there already is replaced."""
        # Of an id given twice the last one counts, as in two calls.
        rows = dict(zip(ids, vectors, strict=True))
        if not rows:
            return
        with self._writing(cancelled) as client:
            found = self._find(client, collection)
            if found is None:
                found = client.create_collection(
                    chroma_name(collection),
                    configuration={"hnsw": HNSW},
                    metadata={
                        "name": collection.encode("utf-8", "replace").decode(),
                        "fingerprint": fingerprint,
                        "bytes": len(vectors[0]),
                    },
                    embedding_function=None,
                )
            _check_model(found, collection, fingerprint, vectors)
            found.upsert(ids=list(rows), embeddings=_matrix(list(rows.values())))

    def remove(self, collection: str, ids: Sequence[str], cancelled: Cancelled = never) -> None:
        if not index_exists(self._folder):
            return
        with self._writing(cancelled) as client:
            found = self._find(client, collection)
            if found is not None and ids:
                found.delete(ids=list(ids))

    def drop(self, collection: str, cancelled: Cancelled = never) -> None:
        if not index_exists(self._folder):
            return
        with self._writing(cancelled) as client:
            if self._find(client, collection) is not None:
                client.delete_collection(chroma_name(collection))
                _sweep(self._folder)

    def clear(self, cancelled: Cancelled = never) -> None:
        """Removes everything, also when Chroma cannot open its files any more."""
        with self._lock.hold(write=True, cancelled=cancelled) as generation:
            generation.advance()
            self._close()
            for entry in self._folder.iterdir():
                if entry.name in (LOCK, QUEUE):
                    continue
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()

    def query(
        self,
        collection: str,
        fingerprint: str | None,
        vectors: Sequence[bytes],
        k: int,
        cancelled: Cancelled = never,
    ) -> list[list[tuple[str, float]]]:
        """For each vector the `k` nearest as (id, cosine similarity), nearest first."""
        with self._reading(cancelled) as client:
            found = self._find(client, collection)
            if found is None or k < 1 or not vectors:
                return [[] for _ in vectors]
            _check_model(found, collection, fingerprint, vectors)
            result = found.query(
                query_embeddings=_matrix(vectors), n_results=k, include=["distances"]
            )
        return [
            [(id_, 1.0 - distance) for id_, distance in zip(ids, distances, strict=True)]
            for ids, distances in zip(result["ids"], result["distances"], strict=True)
        ]

    def count(self, collection: str, cancelled: Cancelled = never) -> int:
        with self._reading(cancelled) as client:
            found = self._find(client, collection)
            return 0 if found is None else int(found.count())

    def ids(self, collection: str, cancelled: Cancelled = never) -> Iterator[list[str]]:
        """All ids of a collection, by the page."""
        with self._reading(cancelled) as client:
            found = self._find(client, collection)
            offset = 0
            while found is not None:
                page = found.get(include=[], limit=IDS_PER_PAGE, offset=offset)["ids"]
                if not page:
                    return
                yield page
                offset += len(page)

    @contextmanager
    def _writing(self, cancelled: Cancelled) -> Iterator[Any]:
        with self._lock.hold(write=True, cancelled=cancelled) as generation, self._translated():
            client = self._open(generation.read())
            generation.advance()
            try:
                yield client
            finally:
                self._generation = generation.advance()

    @contextmanager
    def _reading(self, cancelled: Cancelled) -> Iterator[Any]:
        if not index_exists(self._folder):
            yield None
            return
        with self._lock.hold(write=False, cancelled=cancelled) as generation, self._translated():
            yield self._open(generation.read())

    def _open(self, generation: int) -> Any:
        """A client that has seen every write up to `generation`."""
        if self._client is None or self._generation != generation:
            self._close()
            self._client = _open_client(self._folder)
            self._generation = generation
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _discard(self) -> None:
        """Chroma keeps a half-opened database for the next client of the path: not here."""
        from chromadb.api.shared_system_client import SharedSystemClient

        with suppress(Exception):
            self._close()
        SharedSystemClient.clear_system_cache()

    def _find(self, client: Any, collection: str) -> Any:
        from chromadb.errors import NotFoundError

        if client is None:
            return None
        try:
            return client.get_collection(chroma_name(collection), embedding_function=None)
        except NotFoundError:
            return None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The one seam where Chroma's errors become ours."""
        try:
            yield
        except (RetrievalError, GeneratorExit):
            raise
        # Chroma raises its own, SQLite's and plain errors, and on damaged files a panic of
        # its Rust core, which is no Exception.
        except BaseException as error:
            self._discard()
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise IndexDamaged(
                f"The vector index in {self._folder} cannot be used ({reason}); "
                "run `chatui collections rebuild`."
            ) from error


def _open_client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    # No `.env` here either: it could name a server that the vectors would go to.
    settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
    return chromadb.PersistentClient(str(folder), settings=settings)


def _check_model(
    found: Any, collection: str, fingerprint: str | None, vectors: Sequence[bytes]
) -> None:
    """Chroma itself takes vectors of another model when they happen to be as long."""
    stored = found.metadata or {}
    other = fingerprint is not None and stored.get("fingerprint") != fingerprint
    if other or any(len(vector) != stored.get("bytes") for vector in vectors):
        raise RetrievalError(
            f"The collection {collection!r} was indexed with another embedding model; ingest "
            "its documents again, or set retrieval.embedder back to that model."
        )


def _matrix(vectors: Sequence[bytes]) -> Any:
    import numpy

    return numpy.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), -1)


def _sweep(folder: Path) -> None:
    """Removes the vectors of dropped collections, which Chroma leaves on the disk."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        used = {row[0] for row in database.execute("SELECT id FROM segments")}
    for entry in folder.iterdir():
        with suppress(ValueError):
            if entry.is_dir() and str(UUID(entry.name)) not in used:
                shutil.rmtree(entry)
