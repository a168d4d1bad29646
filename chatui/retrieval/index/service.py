"""The index process: embedded Chroma, opened only under the lock."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from uuid import UUID

from chatui.domain.errors import IndexDamaged, RetrievalError
from chatui.retrieval.index.lock import DATABASE, LOCK, QUEUE, IndexLock, index_exists
from chatui.retrieval.index.marks import WriteMark, chroma_name
from chatui.retrieval.index.quantized import QuantizedVectors, normal, read_vectors

IDS_PER_PAGE = 5000
SYNC_THRESHOLD = 2
"""The least that Chroma takes, so that the graph is written at the end of every call. What is not
written is replayed by the first query of every process, and is in no file."""
HNSW = {
    "space": "cosine",
    # Above the defaults of 100: the nearest 50 of 5,000 random vectors were found in 86%
    # instead of 66% of cases with 200 + 200, at 0.3 ms more a query.
    "ef_construction": 200,
    "ef_search": 400,
    # The default. With four times as many fewer vectors are hidden (see `quantized`), but never
    # none, and the index takes twice as long to fill.
    "max_neighbors": 16,
    "sync_threshold": SYNC_THRESHOLD,
}

Cancelled = Callable[[], bool]
Method = TypeVar("Method")

Beside = tuple[QuantizedVectors, list[str], Any]
"""The vectors in the graph's files, and the ids of those that are not in them with their vectors,
as rows of length 1."""

UNUSED = (
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
    "httpx._main",
    "jsonschema",
    "chromadb.api.async_client",
)


def never() -> bool:
    return False


@contextmanager
def _unused_left_out() -> Iterator[None]:
    """Chroma imports what would send traces away, with gRPC, by way of httpx a command line, a
    client for event loops, and what checks the settings of embedding models: a third of the time
    that its import takes, for what is never called."""
    sys.modules.setdefault("overrides", _Overrides("overrides"))
    missing = [name for name in UNUSED if name not in sys.modules]
    for name in missing:
        sys.modules[name] = _Nothing(name)
    try:
        yield
    finally:
        for name in missing:
            sys.modules.pop(name, None)


class _Nothing(ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("_"):
            raise AttributeError(name)
        return type(name, (), {})


class _Overrides(ModuleType):
    """The package's decorators, without its comparing of the signatures of all Chroma's methods at
    every start, which takes a fifth of it. Chroma's modules that come later get it too."""

    EnforceOverrides = type("EnforceOverrides", (), {})

    @staticmethod
    def override(method: Method) -> Method:
        return method

    overrides = override


class VectorService:
    """The service. Collections are named by any text; vectors are float32 bytes.

    Raises RetrievalError when the lock cannot be had or the vectors are of another model,
    IndexDamaged when Chroma cannot use its files, or a process was killed while it wrote them.
    """

    def __init__(self, folder: str, wait_seconds: float) -> None:
        # Here and not later: it takes most of the time that this process needs to start. And not
        # where the user is: Chroma reads the `.env` of the working folder, which is some project's.
        with chdir(Path(__file__).parent), _unused_left_out():
            import chromadb  # noqa: F401

        self._folder = Path(folder)
        self._lock = IndexLock(self._folder, wait_seconds)
        self._client: Any = None
        self._generation = -1
        self._beside: dict[str, Beside] = {}
        """By Chroma's name."""
        self._side = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._asked: dict[str, Any] = {}
        """The collections that were asked since the client was opened and nothing written: Chroma
        takes a millisecond to find one."""

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
            self._refuse_half_written(collection)
            found = self._find(client, collection)
            about = {
                "name": collection.encode("utf-8", "replace").decode(),
                "fingerprint": fingerprint,
                "bytes": len(vectors[0]),
            }
            _check_model(
                (found.metadata or {}) if found else about, collection, fingerprint, vectors
            )
            with WriteMark(self._folder, collection).during():
                if found is None:
                    found = client.create_collection(
                        chroma_name(collection),
                        configuration={"hnsw": HNSW},
                        metadata=about,
                        embedding_function=None,
                    )
                elif _syncs_late(found):
                    found.modify(configuration={"hnsw": {"sync_threshold": SYNC_THRESHOLD}})
                # Chroma counts records: one alone would not be written yet.
                for _ in range(2 if len(rows) == 1 else 1):
                    found.upsert(ids=list(rows), embeddings=_matrix(list(rows.values())))

    def remove(self, collection: str, ids: Sequence[str], cancelled: Cancelled = never) -> None:
        if not index_exists(self._folder):
            return
        with self._writing(cancelled) as client:
            self._refuse_half_written(collection)
            found = self._find(client, collection)
            if found is not None and ids:
                with WriteMark(self._folder, collection).during():
                    found.delete(ids=list(ids))

    def drop(self, collection: str, cancelled: Cancelled = never) -> None:
        mark = WriteMark(self._folder, collection)
        if not index_exists(self._folder):
            mark.remove()
            return
        with self._writing(cancelled) as client, mark.during():
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
        with self._reading(collection, cancelled) as client:
            found = self._asked.get(collection) or self._find(client, collection)
            if found is None or k < 1 or not vectors:
                return [[] for _ in vectors]
            self._asked[collection] = found
            _check_model(found.metadata or {}, collection, fingerprint, vectors)
            matrix, known = _matrix(vectors), self._known_beside(found)
            # Both leave the interpreter to the other.
            looking = self._side.submit(_nearest_beside, known, matrix, k)
            result = found.query(query_embeddings=matrix, n_results=k, include=["distances"])
            beside = looking.result()
        near = [
            {id_: 1.0 - distance for id_, distance in zip(ids, distances, strict=True)}
            for ids, distances in zip(result["ids"], result["distances"], strict=True)
        ]
        # Where both know one, Chroma's counts: copies have to have the same.
        near = [dict(others) | row for others, row in zip(beside, near, strict=True)]
        return [sorted(row.items(), key=lambda one: -one[1])[:k] for row in near]

    def likeness(
        self,
        collection: str,
        fingerprint: str | None,
        vector: bytes,
        chunk_ids: Sequence[str],
        cancelled: Cancelled = never,
    ) -> dict[str, float]:
        """The cosines of these chunks with the vector, as far as they are at hand: of those in the
        graph's files, and none while others are in no file yet."""
        with self._reading(collection, cancelled) as client:
            found = self._asked.get(collection) or self._find(client, collection)
            if found is None:
                return {}
            self._asked[collection] = found
            _check_model(found.metadata or {}, collection, fingerprint, [vector])
            quantized, others, _ = self._known_beside(found)
            return {} if others else quantized.likeness(_matrix([vector]), chunk_ids)

    def settled(self) -> bool:
        """True, once the calls before this one have come to an end."""
        return True

    def count(self, collection: str, cancelled: Cancelled = never) -> int:
        with self._reading(collection, cancelled) as client:
            found = self._find(client, collection)
            return 0 if found is None else int(found.count())

    def ids(self, collection: str, cancelled: Cancelled = never) -> Iterator[list[str]]:
        """All ids of a collection, by the page."""
        with self._reading(collection, cancelled) as client:
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
                self._forget()

    @contextmanager
    def _reading(self, collection: str, cancelled: Cancelled) -> Iterator[Any]:
        if not index_exists(self._folder):
            yield None
            return
        with self._lock.hold(write=False, cancelled=cancelled) as generation, self._translated():
            self._refuse_half_written(collection)
            yield self._open(generation.read())

    def _refuse_half_written(self, collection: str) -> None:
        """The caller has the lock."""
        if WriteMark(self._folder, collection).is_set:
            raise IndexDamaged(
                f"The vector index of the collection {collection!r} was left half written by a "
                f"process that was killed; run `chatui collections rebuild {collection}`, or "
                "ingest once more."
            )

    def _known_beside(self, found: Any) -> Beside:
        """The caller has the lock."""
        if found.name not in self._beside:
            self._beside[found.name] = self._vectors_beside(found)
        return self._beside[found.name]

    def _vectors_beside(self, found: Any) -> Beside:
        """Read once for each state of the index."""
        quantized = read_vectors(self._folder / _segment(self._folder, str(found.id)))
        if int(found.count()) == len(quantized.ids) and not _syncs_late(found):
            return quantized, [], None
        # Removed since the files were written, or put in by a version that wrote them seldom.
        held = set(found.get(include=[])["ids"])
        others = sorted(held.difference(quantized.ids))
        quantized = quantized.without(set(quantized.ids) - held) if quantized.ids else quantized
        if not others:
            return quantized, [], None
        more = found.get(ids=others, include=["embeddings"])
        return quantized, list(more["ids"]), normal(more["embeddings"])

    def _open(self, generation: int) -> Any:
        """A client that has seen every write up to `generation`."""
        if self._client is None or self._generation != generation:
            self._close()
            self._client = _open_client(self._folder)
            self._generation = generation
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        self._forget()
        if client is not None:
            client.close()

    def _forget(self) -> None:
        self._beside.clear()
        self._asked.clear()

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


def _syncs_late(found: Any) -> bool:
    """Whether an older chatui has made the collection."""
    return (found.configuration.get("hnsw") or {}).get("sync_threshold") != SYNC_THRESHOLD


def _check_model(
    stored: Mapping[str, Any], collection: str, fingerprint: str | None, vectors: Sequence[bytes]
) -> None:
    """Chroma itself takes vectors of another model when they happen to be as long."""
    other = fingerprint is not None and stored.get("fingerprint") != fingerprint
    if other or any(len(vector) != stored.get("bytes") for vector in vectors):
        raise RetrievalError(
            f"The collection {collection!r} was indexed with another embedding model; ingest "
            "its documents again, or set retrieval.embedder back to that model."
        )


def _matrix(vectors: Sequence[bytes]) -> Any:
    import numpy

    return numpy.frombuffer(b"".join(vectors), "<f4").reshape(len(vectors), -1)


def _nearest(asked: Any, vectors: Any, k: int) -> list[list[tuple[int, float]]]:
    """For each the places and cosines of the `k` nearest `vectors`, which are of length 1."""
    import numpy

    rows = normal(asked)
    # For one, without the threads of BLAS, which go on spinning beside the search.
    cosines = rows @ vectors.T if len(rows) > 1 else numpy.einsum("ij,kj->ik", rows, vectors)
    most = min(k, len(vectors))
    places = numpy.argpartition(-cosines, most - 1, axis=1)[:, :most]
    found = numpy.take_along_axis(cosines, places, axis=1)
    return [
        list(zip(at, near, strict=True))
        for at, near in zip(places.tolist(), found.tolist(), strict=True)
    ]


def _nearest_beside(known: Beside, asked: Any, k: int) -> list[list[tuple[str, float]]]:
    """What the graph may have hidden: for each vector the nearest by their bits, and by themselves
    those that are in no file. While the caller has the lock."""
    quantized, others, theirs = known
    near = quantized.nearest(asked, k)
    if others:
        for row, more in zip(near, _nearest(asked, theirs, k), strict=True):
            row += [(others[at], cosine) for at, cosine in more]
    return near


def _segment(folder: Path, collection: str) -> str:
    """The folder of a collection's vectors, by Chroma's id of it."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        (found,) = database.execute(
            "SELECT id FROM segments WHERE collection = ? AND scope = 'VECTOR'", (collection,)
        ).fetchone()
    return str(UUID(found))


def _sweep(folder: Path) -> None:
    """Removes the vectors of dropped collections, which Chroma leaves on the disk."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        used = {row[0] for row in database.execute("SELECT id FROM segments")}
    for entry in folder.iterdir():
        with suppress(ValueError):
            if entry.is_dir() and str(UUID(entry.name)) not in used:
                shutil.rmtree(entry)
